//! One entry of a feed, normalised: the noun that every stage shares.
//!
//! Also the wire form `fetch --json`, `match` and `replay` speak: one JSON object a line.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::feed::Flaw;

/// The stable identity of an item: equal for the same entry of the same feed, across restarts and machines.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(Arc<str>);

impl ItemId {
    /// Takes an id as another program wrote it.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The id of an entry known by `key` (its guid, link or content hash) in the feed at `feed`: 16 hex digits.
    pub fn of(feed: &str, key: &str) -> Self {
        Self::new(hex(stable_hash(&[feed, key])))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A 64-bit hash of `parts` that never changes between releases and machines (XXH3, parts separated by NUL).
pub fn stable_hash(parts: &[&str]) -> u64 {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    hasher.digest()
}

/// A hash as 16 hex digits: how ids made here are written.
pub fn hex(hash: u64) -> String {
    format!("{hash:016x}")
}

/// One entry of a feed. Text fields are as the publisher wrote them and may hold HTML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Stable identity; empty only while a line of JSON is being read (see [`Item::read_json`]).
    #[serde(default = "unnamed")]
    pub id: ItemId,
    /// The URL of the feed it came from; empty when a line of JSON names none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub feed: String,
    /// Where a person reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The headline.
    pub title: String,
    /// The teaser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The whole text, where the feed carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Names of its authors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// The publisher's own categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Declared language, as BCP 47 (`en`, `zh-Hans`), lower case first subtag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// When the publisher says it was published: hostile, never used to decide what is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// When newshound first saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Timestamp>,
    /// Defects the parser stepped over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flaws: Vec<Flaw>,
}

fn unnamed() -> ItemId {
    ItemId::new("")
}

impl Item {
    /// An item that is only a headline, of no feed.
    pub fn headline(title: &str) -> Self {
        Self {
            id: ItemId::of("", title),
            feed: String::new(),
            url: None,
            title: title.to_owned(),
            summary: None,
            content: None,
            authors: Vec::new(),
            tags: Vec::new(),
            lang: None,
            published: None,
            first_seen: None,
            flaws: Vec::new(),
        }
    }

    /// Reads one line of items as JSON Lines. Unknown keys are ignored; an item without an id gets one from
    /// its feed and link (else title).
    ///
    /// # Errors
    /// Fails when the line is not a JSON object with a `title`, or a date is not RFC 3339.
    pub fn read_json(line: &str) -> Result<Self, serde_json::Error> {
        let mut item: Self = serde_json::from_str(line)?;
        if item.id.as_str().is_empty() {
            let key = item.url.as_deref().unwrap_or(&item.title);
            item.id = ItemId::of(&item.feed, key);
        }
        Ok(item)
    }

    /// When it arrived: first seen, else published.
    pub fn arrived(&self) -> Option<Timestamp> {
        self.first_seen.or(self.published)
    }
}
