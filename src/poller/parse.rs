//! Bytes → items and flaws. The only user of feed-rs.

use std::panic::{AssertUnwindSafe, catch_unwind};

use feed_rs::model::{Entry, Feed, Link, Person};
use jiff::Timestamp;
use url::Url;

use crate::feed::Flaw;
use crate::item::{Item, ItemId};

use super::decode::decode;
use super::identity::{Marks, keys};

/// Entries read of one document at most: the longest real feeds have a thousand.
const MOST_ENTRIES: usize = 5_000;

/// Elements within elements at most: feed-rs goes into each by a call of its own, and the stack has an end.
const DEEPEST: usize = 200;

/// A document that was read as a feed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parsed {
    /// The feed's own title, which may hold HTML.
    pub title: Option<String>,
    /// Its entries, in the document's order, each once, ids set; `first_seen` is not.
    pub items: Vec<Item>,
    /// What was stepped over.
    pub flaws: Vec<Flaw>,
}

/// Why a document is not a feed. One clear fragment for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing is in it.
    #[error("an empty document, not a feed")]
    Empty,
    /// HTML.
    #[error("a web page, not a feed: look on it for the address of its RSS, Atom or JSON feed")]
    WebPage,
    /// Elements within elements without end.
    #[error("not a feed: elements are nested more than {DEEPEST} deep")]
    TooDeep,
    /// Neither RSS, Atom nor JSON Feed, or a broken one.
    #[error("not a feed that can be read: {0}")]
    Malformed(String),
    /// The parser has a bug.
    #[error("the feed parser crashed on it")]
    Crashed,
}

/// Reads an RSS, Atom or JSON feed found at `url`. Never panics: a panic inside the parser is an error.
///
/// # Errors
/// Fails when the document is no feed, or so broken that no entry can be read.
pub fn parse(bytes: &[u8], content_type: Option<&str>, url: &Url) -> Result<Parsed, ParseError> {
    parse_from(bytes, content_type, url, url)
}

/// Reads a document of the feed called `feed` that was found at `base`, where redirects led: identities hang on the
/// one, relative links on the other.
pub(super) fn parse_from(
    bytes: &[u8],
    content_type: Option<&str>,
    feed: &Url,
    base: &Url,
) -> Result<Parsed, ParseError> {
    let (text, flaw) = decode(bytes, content_type);
    if text.trim().is_empty() {
        return Err(ParseError::Empty);
    }
    if is_web_page(&text) {
        return Err(ParseError::WebPage);
    }
    if is_too_deep(&text) {
        return Err(ParseError::TooDeep);
    }
    let parser =
        feed_rs::parser::Builder::new().base_uri(Some(base)).sanitize_content(false).id_generator(no_id).build();
    let model = catch_unwind(AssertUnwindSafe(|| parser.parse(text.as_bytes())))
        .map_err(|_| ParseError::Crashed)?
        .map_err(|error| ParseError::Malformed(error.to_string()))?;
    let mut parsed = items(model, feed, base);
    parsed.flaws.extend(flaw);
    if parsed.items.is_empty() && has_entries(&text) {
        parsed.flaws.push(Flaw::new("none of its entries could be read"));
    }
    Ok(parsed)
}

/// An entry without an id is known by what it is, not by what feed-rs would invent.
#[expect(clippy::ref_option, reason = "feed-rs asks for this form")]
fn no_id(_: &[Link], _: &Option<feed_rs::model::Text>, _: Option<&str>) -> String {
    String::new()
}

fn is_web_page(text: &str) -> bool {
    let starts = |start: &str| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    starts("<!doctype html") || starts("<html")
}

/// Whether a document shows entries, be it in a form that feed-rs does not know.
fn has_entries(text: &str) -> bool {
    ["<item>", "<item ", "<entry>", "<entry "].iter().any(|tag| text.contains(tag))
}

/// Whether elements are nested deeper than any feed needs. Counts tags without reading them, so that it can only see
/// too much depth, never too little, except where text holds unescaped closing tags.
fn is_too_deep(text: &str) -> bool {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut rest = text;
    while let Some((_, tag)) = rest.split_once('<') {
        rest = tag;
        if let Some(data) = tag.strip_prefix("![CDATA[") {
            rest = data.split_once("]]>").map_or("", |(_, behind)| behind);
        } else if tag.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if tag.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            let (inside, behind) = tag.split_once('>').unwrap_or((tag, ""));
            rest = behind;
            depth += usize::from(!inside.ends_with('/'));
            deepest = deepest.max(depth);
        }
    }
    deepest > DEEPEST && !text.starts_with('{')
}

fn items(model: Feed, feed: &Url, base: &Url) -> Parsed {
    let mut flaws = Vec::new();
    let total = model.entries.len();
    if total > MOST_ENTRIES {
        flaws.push(Flaw::new(format!("{total} entries, of which the first {MOST_ENTRIES} were read")));
    }
    let language = model.language.as_deref().and_then(language);
    let entries: Vec<_> = model.entries.into_iter().take(MOST_ENTRIES).map(|entry| read(entry, base)).collect();
    let marks: Vec<_> = entries.iter().map(|(guid, item)| marks(guid, item)).collect();
    let keys = keys(&marks);
    let mut items: Vec<Item> = Vec::with_capacity(entries.len());
    let mut known = std::collections::HashSet::with_capacity(entries.len());
    let (mut empty, mut repeated) = (0, 0);
    for (key, (guid, mut item)) in keys.into_iter().zip(entries) {
        if guid.is_empty() && is_empty(&item) {
            empty += 1;
            continue;
        }
        item.id = ItemId::of(feed.as_str(), &key);
        feed.as_str().clone_into(&mut item.feed);
        item.lang = item.lang.or_else(|| language.clone());
        if known.insert(item.id.clone()) {
            items.push(item);
        } else {
            repeated += 1;
        }
    }
    for (count, what) in [(empty, "with nothing in them"), (repeated, "that stand in it twice")] {
        if count > 0 {
            flaws.push(Flaw::new(format!("{count} entries {what} were left out")));
        }
    }
    let title = model.title.map(|title| title.content).filter(|title| !title.trim().is_empty());
    Parsed { title, items, flaws }
}

fn is_empty(item: &Item) -> bool {
    let says_something = item.url.is_some() || item.summary.is_some() || item.content.is_some();
    !says_something && item.title.is_empty() && item.published.is_none()
}

fn marks<'a>(guid: &'a str, item: &'a Item) -> Marks<'a> {
    let text = item.summary.as_deref().or(item.content.as_deref()).unwrap_or_default();
    Marks { guid, link: item.url.as_deref(), title: &item.title, text }
}

/// The guid of an entry, empty where it has none, and the entry as an item that has no id and feed yet.
fn read(entry: Entry, base: &Url) -> (String, Item) {
    let guid = entry.id.trim().to_owned();
    let mut flaws = Vec::new();
    let url = link(&entry.links, &guid, base, &mut flaws);
    let item = Item {
        id: ItemId::new(""),
        feed: String::new(),
        url,
        title: entry.title.map(|title| title.content.trim().to_owned()).unwrap_or_default(),
        summary: entry.summary.and_then(|summary| filled(summary.content)),
        content: entry.content.and_then(|content| content.body).and_then(filled),
        authors: entry.authors.into_iter().filter_map(author).collect(),
        tags: entry.categories.into_iter().filter_map(|tag| filled(tag.label.unwrap_or(tag.term))).collect(),
        lang: entry.language.as_deref().and_then(language),
        published: entry.published.or(entry.updated).and_then(timestamp),
        first_seen: None,
        flaws,
    };
    (guid, item)
}

/// Where a person reads an entry: its first link that is no enclosure or comment, else a guid that is an address.
fn link(links: &[Link], guid: &str, base: &Url, flaws: &mut Vec<Flaw>) -> Option<String> {
    let is_page = |link: &&Link| {
        link.target.is_none() && link.rel.as_deref().is_none_or(|rel| rel.eq_ignore_ascii_case("alternate"))
    };
    let written = links.iter().find(is_page).map(|link| link.href.trim()).filter(|href| !href.is_empty());
    let Some(href) = written else {
        return Url::parse(guid).ok().filter(is_web).map(Into::into);
    };
    let url = base.join(href).ok().filter(is_web);
    if url.is_none() {
        flaws.push(Flaw::new("its link is no address of the web"));
    }
    url.map(Into::into)
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

fn filled(text: String) -> Option<String> {
    (!text.trim().is_empty()).then_some(text)
}

fn author(person: Person) -> Option<String> {
    person.name.or(person.email).and_then(filled).map(|name| name.trim().to_owned())
}

/// A language tag with its first subtag in lower case; None for what is no tag.
fn language(tag: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-");
    let (primary, rest) = tag.split_once('-').map_or((tag.as_str(), ""), |(primary, rest)| (primary, rest));
    if !matches!(primary.len(), 2 | 3) || !primary.chars().all(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    let primary = primary.to_ascii_lowercase();
    Some(if rest.is_empty() { primary } else { format!("{primary}-{rest}") })
}

fn timestamp(date: chrono::DateTime<chrono::Utc>) -> Option<Timestamp> {
    let nanos = i32::try_from(date.timestamp_subsec_nanos()).ok()?;
    Timestamp::new(date.timestamp(), nanos).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "https://news.example/feeds/world.xml";

    fn read(document: &str) -> Parsed {
        parse(document.as_bytes(), None, &Url::parse(AT).unwrap()).unwrap()
    }

    fn refused(document: &[u8]) -> ParseError {
        parse(document, None, &Url::parse(AT).unwrap()).unwrap_err()
    }

    fn rss(items: &str) -> String {
        format!("<rss version=\"2.0\"><channel><title>World</title><language>en-GB</language>{items}</channel></rss>")
    }

    #[test]
    fn an_rss_item_is_read_whole() {
        let parsed = read(&rss(
            "<item><guid isPermaLink=\"false\"> g1 </guid><title>Kim &amp; Putin</title><link>/story/1</link>\
             <description>&lt;p&gt;They met.&lt;/p&gt;</description><author>desk@news.example (Jane Doe)</author>\
             <category>World</category><pubDate>Tue, 12 Sep 2023 08:30:00 +0300</pubDate></item>",
        ));
        assert_eq!(parsed.title.as_deref(), Some("World"));
        let item = &parsed.items[0];
        assert_eq!(item.id, ItemId::of(AT, "g1"));
        assert_eq!(item.title, "Kim & Putin");
        assert_eq!(item.url.as_deref(), Some("https://news.example/story/1"));
        assert_eq!(item.summary.as_deref(), Some("<p>They met.</p>"));
        assert_eq!((item.tags.as_slice(), item.lang.as_deref()), (&["World".to_owned()][..], Some("en-gb")));
        assert_eq!(item.published.unwrap().to_string(), "2023-09-12T05:30:00Z");
        assert!(parsed.flaws.is_empty() && item.flaws.is_empty());
    }

    #[test]
    fn atom_and_json_feeds_are_read_too() {
        let atom = read(
            "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom' xml:lang='de'><title>Welt</title><entry>\
             <id>urn:1</id><title>Kim</title><link rel='enclosure' href='/audio'/><link href='/1'/>\
             <updated>2023-09-12T05:30:00Z</updated><content type='html'>&lt;b&gt;x&lt;/b&gt;</content></entry></feed>",
        );
        let item = &atom.items[0];
        assert_eq!((item.id.clone(), item.url.as_deref()), (ItemId::of(AT, "urn:1"), Some("https://news.example/1")));
        assert_eq!(item.content.as_deref(), Some("<b>x</b>"));
        let json = read(
            r#"{"version":"https://jsonfeed.org/version/1.1","title":"J","items":[{"id":"1","title":"Kim","url":"https://news.example/1","content_text":"x"}]}"#,
        );
        assert_eq!((json.items.len(), json.items[0].id.clone()), (1, ItemId::of(AT, "1")));
    }

    #[test]
    fn an_entry_without_guid_and_link_keeps_its_identity() {
        let item = "<item><title>Only a title</title></item>";
        let one = read(&rss(item));
        let two = read(&rss(&format!("<item><title>Another</title></item>{item}")));
        assert_eq!(one.items[0].id, two.items[1].id);
    }

    #[test]
    fn what_is_empty_or_repeated_is_left_out_and_said() {
        let item = "<item><guid>g</guid><title>t</title></item>";
        let parsed = read(&rss(&format!("{item}<item></item>{item}")));
        assert_eq!(parsed.items.len(), 1);
        let flaws: Vec<_> = parsed.flaws.iter().map(ToString::to_string).collect();
        assert_eq!(
            flaws,
            ["1 entries with nothing in them were left out", "1 entries that stand in it twice were left out"]
        );
    }

    #[test]
    fn an_entry_of_which_only_the_guid_or_the_date_is_known_is_kept() {
        let date = "<pubDate>Tue, 12 Sep 2023 08:30:00 GMT</pubDate>";
        let parsed = read(&rss(&format!("<item><guid>g</guid></item><item>{date}</item>")));
        assert_eq!(parsed.items[0].id, ItemId::of(AT, "g"));
        assert!(parsed.items[1].published.is_some() && parsed.flaws.is_empty());
    }

    #[test]
    fn only_addresses_of_the_web_become_links() {
        let parsed = read(&rss("<item><title>a</title><link>javascript:alert(1)</link></item>\
             <item><guid>https://news.example/2</guid><title>b</title></item>"));
        let urls: Vec<_> = parsed.items.iter().map(|item| item.url.as_deref()).collect();
        assert_eq!(urls, [None, Some("https://news.example/2")]);
        assert_eq!(parsed.items[0].flaws.len(), 1);
    }

    #[test]
    fn what_is_no_feed_is_named() {
        assert_eq!(refused(b" \n"), ParseError::Empty);
        assert_eq!(refused(b"<!DOCTYPE html><html></html>"), ParseError::WebPage);
        assert_eq!(refused(b"\xEF\xBB\xBF<HTML lang=en>"), ParseError::WebPage);
        for document in [&b"plain"[..], b"{}", b"[]", b"<opml/>", b"<rss version='2.0'><channel><item>", b"\x00\xFF"] {
            assert!(matches!(refused(document), ParseError::Malformed(_)), "{document:?}");
        }
    }

    #[test]
    fn bottomless_nesting_is_refused_before_it_can_break_the_stack() {
        let deep = |open: &str| rss(&format!("<item>{}", open.repeat(100_000)));
        assert_eq!(refused(deep("<a>").as_bytes()), ParseError::TooDeep);
        assert_eq!(refused(deep("<a b='/'\n>").as_bytes()), ParseError::TooDeep);
        let wide = rss(&"<item><title>a<br/>b</title><guid>x</guid></item>".repeat(1000));
        assert_eq!(read(&wide).items.len(), 1);
    }

    #[test]
    fn a_crash_inside_the_parser_is_an_error() {
        // It decodes anew at a declaration, and breaks where the text behind it has been decoded already.
        let gap = " ".repeat(100_000);
        let twice = rss(&format!("{gap}<?xml version=\"1.0\" encoding=\"windows-1252\"?>{gap}"));
        assert_eq!(refused(twice.as_bytes()), ParseError::Crashed);
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let url = Url::parse(AT).unwrap();
            parse(&bytes, None, &url).ok();
            parse(&[b"<rss version=\"2.0\"><channel><item>", &bytes[..]].concat(), None, &url).ok();
        }
    }
}
