//! Bytes → items and flaws. The only user of feed-rs.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use feed_rs::model::{Category, Entry, Feed, Link, Person};
use jiff::Timestamp;
use url::Url;

use crate::feed::Flaw;
use crate::item::{Item, ItemId};

use super::bounds;
use super::decode::decode;
use super::identity::{Marks, keys};

/// Entries read of one document at most: the longest real feeds have a thousand.
const MOST_ENTRIES: usize = 5_000;

/// Where Media RSS is declared. Nothing of it is used, while feed-rs calls itself for each group within a group and
/// copies what stands in the outer one into the inner ones; under another name it passes them over.
const MEDIA_RSS: &str = "http://search.yahoo.com/mrss/";

/// What web pages begin with.
const PAGES: [&str; 8] = ["<!doctype html", "<html", "<head", "<body", "<div", "<meta", "<script", "<title"];

/// Bytes of a text of an entry that are kept: a long book, were it to be read, and nothing that fills a disk.
const LONGEST_TEXT: usize = 256 << 10;

/// Bytes of a link: no browser follows a longer one everywhere.
const LONGEST_LINK: usize = 8 << 10;

/// Authors and tags of an entry that are kept, of each.
const MOST_NAMES: usize = 50;

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
    /// It holds more of something than can be read safely.
    #[error("not a feed: more than {most} {what}")]
    Excessive {
        /// How many can be read.
        most: usize,
        /// Of what.
        what: &'static str,
    },
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
    bounds::check(&text)?;
    let text = without_media(text);
    let parser =
        feed_rs::parser::Builder::new().base_uri(Some(base)).sanitize_content(false).id_generator(no_id).build();
    let model = catch_unwind(AssertUnwindSafe(|| parser.parse(text.as_bytes())))
        .map_err(|_| ParseError::Crashed)?
        .map_err(|error| malformed(&error))?;
    let mut parsed = items(model, feed, base);
    parsed.flaws.extend(flaw);
    if parsed.items.is_empty() && has_entries(&text) {
        parsed.flaws.push(Flaw::new("none of its entries could be read"));
    }
    Ok(parsed)
}

/// What is wrong, in a line: it may quote the document.
pub(super) fn malformed(error: &impl ToString) -> ParseError {
    ParseError::Malformed(error.to_string().chars().filter(|c| !c.is_control()).take(200).collect())
}

/// An entry without an id is known by what it is, not by what feed-rs would invent.
#[expect(clippy::ref_option, reason = "feed-rs asks for this form")]
fn no_id(_: &[Link], _: &Option<feed_rs::model::Text>, _: Option<&str>) -> String {
    String::new()
}

/// Whether a document begins as pages do, be it behind comments.
fn is_web_page(text: &str) -> bool {
    let mut rest = text.trim_start();
    while let Some((_, behind)) = rest.strip_prefix("<!--").and_then(|comment| comment.split_once("-->")) {
        rest = behind.trim_start();
    }
    PAGES.iter().any(|start| rest.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

/// Whether a document shows entries, be it in a form that feed-rs does not know.
fn has_entries(text: &str) -> bool {
    ["<item>", "<item ", "<entry>", "<entry "].iter().any(|tag| text.contains(tag))
}

/// Media RSS made unknown to feed-rs, and the name still what people know.
fn without_media(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains(MEDIA_RSS) { text.replace(MEDIA_RSS, &format!("{MEDIA_RSS}#")).into() } else { text }
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
    let mut item = Item {
        id: ItemId::new(""),
        feed: String::new(),
        url,
        title: entry.title.map(|title| title.content.trim().to_owned()).unwrap_or_default(),
        summary: entry.summary.and_then(|summary| filled(summary.content)),
        content: entry.content.and_then(|content| content.body).and_then(filled),
        authors: entry.authors.into_iter().filter_map(author).take(MOST_NAMES).collect(),
        tags: entry.categories.into_iter().filter_map(tag).take(MOST_NAMES).collect(),
        lang: entry.language.as_deref().and_then(language),
        published: entry.published.or(entry.updated).and_then(timestamp),
        first_seen: None,
        flaws,
    };
    if shorten(&mut item) {
        item.flaws.push(Flaw::new(format!("more than {} KB of text, of which the first are kept", LONGEST_TEXT >> 10)));
    }
    (guid, item)
}

/// Cuts texts that are too long; returns whether there were any.
fn shorten(item: &mut Item) -> bool {
    let texts = [Some(&mut item.title), item.summary.as_mut(), item.content.as_mut()];
    let texts = texts.into_iter().flatten().chain(&mut item.authors).chain(&mut item.tags);
    let cut = |text: &mut String| {
        let end = text.floor_char_boundary(LONGEST_TEXT);
        let is_long = end < text.len();
        text.truncate(end);
        is_long
    };
    texts.map(cut).fold(false, |any, is_long| any | is_long)
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
    let url = base.join(href).ok().filter(is_web).filter(|url| url.as_str().len() <= LONGEST_LINK);
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

fn tag(category: Category) -> Option<String> {
    filled(category.label.unwrap_or(category.term))
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
        let long = "x".repeat(10_000);
        assert_eq!(read(&rss(&format!("<item><title>a</title><link>/{long}</link></item>"))).items[0].url, None);
        assert_eq!(parsed.items[0].flaws.len(), 1);
    }

    #[test]
    fn what_is_no_feed_is_named() {
        assert_eq!(refused(b" \n"), ParseError::Empty);
        assert_eq!(refused(b"<!DOCTYPE html><html></html>"), ParseError::WebPage);
        for page in [
            &b"\xEF\xBB\xBF<HTML lang=en>"[..],
            b"\n<!-- a --> <!-- b -->\n<!DOCTYPE HTML>",
            b"<head><p>",
            b"<div id=x>",
        ] {
            assert_eq!(refused(page), ParseError::WebPage);
        }
        for document in [&b"plain"[..], b"{}", b"[]", b"<opml/>", b"<rss version='2.0'><channel><item>", b"\x00\xFF"] {
            assert!(matches!(refused(document), ParseError::Malformed(_)), "{document:?}");
        }
    }

    #[test]
    fn bottomless_nesting_is_refused_before_it_can_break_the_stack() {
        let media = |item: &str| {
            format!(
                "<rss version=\"2.0\" xmlns:media = '{MEDIA_RSS}'><channel><item><title>t</title>{item}</item></channel></rss>"
            )
        };
        assert!(matches!(
            refused(media(&"<media:group b=\"/>\">".repeat(1_500)).as_bytes()),
            ParseError::Excessive { .. }
        ));
        // As deep as is let through, in a debug build on a thread of the usual size.
        let nested = |name: &str| format!("{}{}", format!("<{name}>").repeat(96), format!("</{name}>").repeat(96));
        assert_eq!(read(&media(&nested("media:group"))).items.len(), 1);
        let categories = format!("{}{}", "<i:category text='x'>".repeat(97), "</i:category>".repeat(97));
        let itunes = "http://www.itunes.com/dtds/podcast-1.0.dtd";
        read(&format!("<rss version='2.0' xmlns:i='{itunes}'><channel>{categories}</channel></rss>"));
        let wide = rss(&"<item><title>a<br/>b</title><guid>x</guid><!-- x <b> y --></item>".repeat(1000));
        assert_eq!(read(&wide).items.len(), 1);
    }

    #[test]
    fn media_go_unread_however_they_are_declared() {
        for text in [format!("xmlns:m = '{MEDIA_RSS}'"), format!("xmlns:m=\"{MEDIA_RSS}\"")] {
            let hidden = without_media(text.as_str().into()).into_owned();
            assert_eq!(hidden.replace('#', ""), text);
            assert!(hidden.contains("/mrss/#"), "{hidden}");
        }
        assert!(without_media(format!("{MEDIA_RSS}/").into()).ends_with("/mrss/#/"), "nothing makes it whole again");
    }

    #[test]
    fn texts_without_end_are_cut_and_said() {
        let long = "é".repeat(LONGEST_TEXT);
        let tags = "<category>x</category>".repeat(2 * MOST_NAMES);
        let parsed = read(&rss(&format!("<item><guid>g</guid><description>{long}</description>{tags}</item>")));
        let item = &parsed.items[0];
        assert_eq!((item.summary.as_ref().unwrap().len(), item.tags.len()), (LONGEST_TEXT, MOST_NAMES));
        assert_eq!(item.flaws, [Flaw::new("more than 256 KB of text, of which the first are kept")]);
    }

    #[test]
    fn what_is_quoted_of_a_document_is_one_clean_line() {
        let ParseError::Malformed(error) = refused(b"<rss version='2.0'></\x1B[31mevil\n>") else { panic!() };
        assert!(error.contains("evil") && !error.contains(char::is_control), "{error:?}");
    }

    #[test]
    fn a_declaration_that_would_crash_the_parser_is_an_error() {
        // It decodes anew at a declaration, and breaks where the text behind it has been decoded already.
        let gap = " ".repeat(100_000);
        let twice = rss(&format!("{gap}<?xml version=\"1.0\" encoding=\"windows-1252\"?>{gap}"));
        assert!(matches!(refused(twice.as_bytes()), ParseError::Malformed(_)));
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
