//! What a reader made of an entry, in one spelling for all, so that readers can be compared:
//! - titles as plain text: entities decoded and tags removed, as deep as they are nested (suites differ in how
//!   often they unescape), white space collapsed;
//! - links resolved against the feed's address and spelt as the URL standard does;
//! - ids as the item id that newshound makes of a guid;
//! - dates as instants: when it was published, else when it was updated.

use std::panic::catch_unwind;

use feed_rs::model;
use jiff::Timestamp;
use newshound::item::{Item, ItemId};
use serde_json::Value;
use url::Url;

/// The compared fields.
pub(super) const FIELDS: [&str; 4] = ["title", "link", "id", "date"];

/// One entry: a value for each of [`FIELDS`].
pub(super) type Entry = [Option<String>; FIELDS.len()];

/// What a suite expects, `value` being an entry as it writes it, for a feed at `url` whose text is `document`.
/// Left out are ids that the suite's reader made up, and text that it could not decode itself.
pub(super) fn expected(value: &Value, document: &str, url: &Url) -> Entry {
    let text = |pointers: &[&str]| pointers.iter().find_map(|pointer| value.pointer(pointer)?.as_str());
    let title = text(&["/title/content", "/title"]).map(plain);
    let link = text(&["/link", "/url"]).or_else(|| alternate(value.get("links")?));
    let id = text(&["/guid/value", "/guid", "/id"]).map(str::trim).filter(|id| document.contains(id));
    let entry = [title, link.map(|link| absolute(link, url)), id.map(|id| hashed(id, url)), date(value)];
    entry.map(|value| value.filter(|value| !value.is_empty() && !value.contains(char::REPLACEMENT_CHARACTER)))
}

/// The first of Atom's links that leads to where a person reads the entry.
fn alternate(links: &Value) -> Option<&str> {
    let is_alternate = |link: &&Value| matches!(link["rel"].as_str(), None | Some("alternate"));
    links.as_array()?.iter().filter(is_alternate).find_map(|link| link["href"].as_str())
}

fn date(value: &Value) -> Option<String> {
    let published = ["publishedParsed", "pubDateParsed", "isoDate", "published", "date_published"];
    let updated = ["updatedParsed", "updated", "date_modified"];
    let date = published.iter().chain(&updated).find_map(|key| value[key].as_str()?.parse::<Timestamp>().ok());
    date.map(|date| date.to_string())
}

/// The entries that newshound reads from the feed at `url`; none where it cannot read it.
pub(super) fn by_newshound(bytes: &[u8], url: &Url) -> Vec<Entry> {
    let items = newshound::poller::parse(bytes, None, url).map(|parsed| parsed.items).unwrap_or_default();
    let entry = |item: &Item| {
        let link = item.url.as_deref().map(|link| absolute(link, url));
        let date = item.published.map(|date| date.to_string());
        [Some(plain(&item.title)), link, Some(item.id.to_string()), date]
    };
    items.iter().map(entry).collect()
}

/// The entries that feed-rs alone reads from the feed at `url`; none where it fails or panics.
pub(super) fn by_feed_rs(bytes: &[u8], url: &Url) -> Vec<Entry> {
    let feed = catch_unwind(|| feed_rs::parser::parse(bytes).ok()).ok().flatten();
    feed.map(|feed| feed.entries.iter().map(|entry| of_feed_rs(entry, url)).collect()).unwrap_or_default()
}

fn of_feed_rs(entry: &model::Entry, url: &Url) -> Entry {
    let title = entry.title.as_ref().map(|title| plain(&title.content));
    let is_alternate = |link: &&model::Link| matches!(link.rel.as_deref(), None | Some("alternate"));
    let link = entry.links.iter().find(is_alternate).map(|link| absolute(&link.href, url));
    let date = entry.published.or(entry.updated).map(|date| date.timestamp_micros());
    let date = date.and_then(|date| Timestamp::from_microsecond(date).ok()).map(|date| date.to_string());
    [title, link, Some(hashed(entry.id.trim(), url)), date]
}

fn absolute(link: &str, url: &Url) -> String {
    url.join(link.trim()).map_or_else(|_| link.trim().to_owned(), String::from)
}

fn hashed(guid: &str, url: &Url) -> String {
    ItemId::of(url.as_str(), guid).to_string()
}

fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    // No title in the suites is escaped more than twice.
    for _ in 0..3 {
        text = html_escape::decode_html_entities(&without_tags(&text)).into_owned();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_tags(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        kept.push_str(before);
        let is_tag = after.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/' || first == '!');
        match after.split_once('>') {
            Some((_, behind)) if is_tag => rest = behind,
            _ => {
                kept.push('<');
                rest = after;
            }
        }
    }
    kept + rest
}
