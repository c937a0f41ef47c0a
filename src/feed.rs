//! One feed: what the operator says of it, what newshound remembers of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

/// The address of a feed: an absolute `http` or `https` URL, in the form the WHATWG URL standard gives it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeedUrl(Arc<str>);

/// Why a text is not the address of a feed.
#[derive(Debug, thiserror::Error)]
pub enum FeedUrlError {
    /// Not a URL at all.
    #[error("not a URL: {}", url_fault(*.0))]
    Malformed(#[from] url::ParseError),
    /// A URL of another kind.
    #[error("feeds are read over http and https, not {0}")]
    Scheme(String),
}

/// What is wrong with what should be a URL.
pub fn url_fault(error: url::ParseError) -> String {
    match error {
        url::ParseError::RelativeUrlWithoutBase => "it does not begin with https:// or http://".to_owned(),
        other => other.to_string(),
    }
}

impl FeedUrl {
    /// Checks and normalises `text`. The `feed:` that some programs put before an address is taken off.
    ///
    /// # Errors
    /// Fails when `text` is not an absolute http(s) URL.
    pub fn parse(text: &str) -> Result<Self, FeedUrlError> {
        let text = text.trim();
        let url = match text.split_at_checked(5) {
            Some((feed, address)) if feed.eq_ignore_ascii_case("feed:") => match address.strip_prefix("//") {
                Some(address) => Url::parse(&format!("http://{address}"))?,
                None => Url::parse(address)?,
            },
            _ => Url::parse(text)?,
        };
        match url.scheme() {
            "http" | "https" => Ok(Self(url.as_str().into())),
            other => Err(FeedUrlError::Scheme(other.to_owned())),
        }
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL, parsed.
    ///
    /// # Panics
    /// Never: it was parsed when it was made.
    pub fn to_url(&self) -> Url {
        Url::parse(&self.0).expect("a FeedUrl was parsed when it was made")
    }
}

/// For people and logs: without user name and password, and without the values of parameters that are named like a
/// secret.
impl fmt::Display for FeedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.to_url();
        // A URL that has a user name or password can have another.
        if !url.username().is_empty() {
            url.set_username("***").ok();
        }
        if url.password().is_some() {
            url.set_password(Some("***")).ok();
        }
        let query = url.query().map(|query| query.split('&').map(masked).collect::<Vec<_>>().join("&"));
        url.set_query(query.as_deref());
        f.write_str(url.as_str())
    }
}

/// A parameter of a query as it may be shown.
fn masked(pair: &str) -> String {
    const SECRETS: [&str; 6] = ["key", "token", "auth", "secret", "pass", "sig"];
    match pair.split_once('=') {
        Some((name, _)) if SECRETS.iter().any(|secret| name.to_ascii_lowercase().contains(secret)) => {
            format!("{name}=***")
        }
        _ => pair.to_owned(),
    }
}

/// What becomes of the items that a feed already holds at its first poll, its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backlog {
    /// Recent hits come together as one digest.
    #[default]
    Digest,
    /// They are remembered as seen and told to nobody.
    None,
    /// They count as news.
    All,
}

/// One feed as the operator wants it polled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Where it is.
    pub url: FeedUrl,
    /// What to call it; the feed's own title otherwise.
    pub name: Option<String>,
    /// For rules, routing and display.
    pub tags: Vec<String>,
    /// The independent publisher behind it.
    pub owner: String,
    /// How often it is polled, where the operator says so; never more often than the floor.
    pub every: Option<Duration>,
    /// What becomes of its first poll.
    pub backlog: Backlog,
}

impl Feed {
    /// A feed of which only the address is known, with the defaults of the config.
    pub fn at(url: FeedUrl) -> Self {
        let owner = owner_of(url.as_str());
        Self { url, name: None, tags: Vec::new(), owner, every: None, backlog: Backlog::default() }
    }
}

/// The publisher that an address speaks for: its registrable domain by the public-suffix list, else its host,
/// else the text itself.
pub fn owner_of(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return address.to_owned() };
    // An address in numbers has no domain.
    let domain = url.domain().and_then(psl::domain_str);
    domain.or(url.host_str()).unwrap_or(address).to_owned()
}

/// The validators of a conditional request, byte for byte as the server sent them (RFC 9110 §8.8).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Validators {
    /// The value of `ETag`, quotes and weakness marker included.
    pub etag: Option<Vec<u8>>,
    /// The value of `Last-Modified`.
    pub last_modified: Option<Vec<u8>>,
}

/// What newshound remembers of a feed between polls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedState {
    /// Which feed.
    pub url: FeedUrl,
    /// The feed's own title, once read.
    pub title: Option<String>,
    /// For the next conditional request.
    pub validators: Validators,
    /// Hash of the last body, to spare the parser when a server ignores validators.
    pub body_hash: Option<u64>,
    /// When it is polled next.
    pub next_due: Timestamp,
    /// Until when its server asked, in its last answer, to be left alone: nothing makes the feed due before.
    pub asked_until: Option<Timestamp>,
    /// The last poll, whatever came of it.
    pub polled_at: Option<Timestamp>,
    /// The last poll that brought a 200 that could be read, or a 304. None until the baseline stands.
    pub ok_at: Option<Timestamp>,
    /// The last time it brought a new item.
    pub item_at: Option<Timestamp>,
    /// Failed polls in a row.
    pub failures: u32,
    /// Why the last poll failed, for people.
    pub error: Option<String>,
    /// Defects that the last parse stepped over.
    pub flaws: Vec<Flaw>,
}

impl FeedState {
    /// A feed never polled, due at `now`.
    pub fn unpolled(url: FeedUrl, now: Timestamp) -> Self {
        Self {
            url,
            title: None,
            validators: Validators::default(),
            body_hash: None,
            next_due: now,
            asked_until: None,
            polled_at: None,
            ok_at: None,
            item_at: None,
            failures: 0,
            error: None,
            flaws: Vec::new(),
        }
    }
}

/// A defect that the parser stepped over, in words for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Flaw(String);

impl Flaw {
    /// Says what was wrong.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_absolute_and_of_the_web() {
        for (written, address) in [
            (" https://A.example/feed ", Some("https://a.example/feed")),
            ("feed://a.example/feed", Some("http://a.example/feed")),
            ("Feed:https://a.example/feed", Some("https://a.example/feed")),
            ("feed:javascript:alert(1)", None),
            ("feed.xml", None),
            ("ftp://a.example/feed", None),
        ] {
            assert_eq!(FeedUrl::parse(written).ok().as_ref().map(FeedUrl::as_str), address, "{written}");
        }
    }

    #[test]
    fn secrets_in_an_address_are_not_shown() {
        for (url, shown) in [
            ("https://a.example/feed?id=7&x", "https://a.example/feed?id=7&x"),
            ("https://me:hunter2@a.example/feed", "https://***:***@a.example/feed"),
            ("https://s3cr3t@a.example/feed", "https://***@a.example/feed"),
            (
                "https://a.example/feed?id=7&apiKey=abc&access_token=d",
                "https://a.example/feed?id=7&apiKey=***&access_token=***",
            ),
        ] {
            assert_eq!(FeedUrl::parse(url).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn the_owner_is_the_registrable_domain() {
        for (address, owner) in [
            ("https://feeds.bbci.co.uk/news", "bbci.co.uk"),
            ("https://www.example.com/feed", "example.com"),
            ("http://127.0.0.1:8080/feed", "127.0.0.1"),
            ("a file", "a file"),
        ] {
            assert_eq!(owner_of(address), owner);
        }
    }
}
