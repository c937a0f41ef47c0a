//! Whether a document can be given to feed-rs: it calls itself for elements within elements, and builds all that a
//! document holds before it returns any of it. Pure.
//!
//! One quick pass over the text, by the XML reader that feed-rs uses, so that both see the same elements.

use encoding_rs::{Encoding, UTF_8};
use quick_xml::Error;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::parse::{ParseError, malformed};

/// Elements within elements: the stack has an end.
const DEEPEST: usize = 100;

/// Entries of a document: each takes a kilobyte, though it be written in seven bytes.
const MOST_ENTRIES: usize = 10_000;

/// Elements of a document, or values of a JSON feed: some become many times as large as they are written.
const MOST_PARTS: usize = 200_000;

/// Attributes of an element: feed-rs compares each with all others.
const MOST_ATTRIBUTES: usize = 100;

/// Bytes of an `xml:base`: it is copied into every relative link.
const LONGEST_BASE: usize = 500;

/// Bytes of a JSON feed's own authors: they are copied into every entry that names none.
const LONGEST_AUTHORS: usize = 1_000;

/// Passes a document that can be read within bounds.
pub(super) fn check(text: &str) -> Result<(), ParseError> {
    match text.find(['<', '{']).and_then(|start| text.as_bytes().get(start)) {
        Some(b'{') => check_json(text),
        _ => check_xml(text),
    }
}

fn check_xml(text: &str) -> Result<(), ParseError> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    // As far as feed-rs may come, and further.
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    let (mut depth, mut entries, mut parts) = (0_usize, 0, 0);
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                (depth, parts) = (depth + 1, parts + 1);
                entries += usize::from(is_entry(&start));
                within(depth, DEEPEST, "elements within each other")?;
                within(entries, MOST_ENTRIES, "entries")?;
                within(parts, MOST_PARTS, "elements")?;
                check_attributes(&start)?;
            }
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Decl(declaration)) => {
                let encoding = declaration.encoding().and_then(Result::ok);
                if encoding.is_some_and(|label| Encoding::for_label(label.as_bytes()) != Some(UTF_8)) {
                    // What follows would be decoded once more: feed-rs would see another document.
                    return Err(ParseError::Malformed("its encoding is declared in its midst".to_owned()));
                }
            }
            Ok(Event::Eof) => return Ok(()),
            Ok(_) | Err(Error::IllFormed(_)) => {}
            // Nothing can be read from here on; feed-rs will say why.
            Err(_) => return Ok(()),
        }
    }
}

fn is_entry(start: &BytesStart<'_>) -> bool {
    // Without its prefix, as feed-rs takes it off.
    matches!(start.name().as_ref().rsplit(':').next(), Some("item" | "entry"))
}

fn check_attributes(start: &BytesStart<'_>) -> Result<(), ParseError> {
    // A shorter tag can hold neither so many nor so long ones.
    if start.len() <= LONGEST_BASE {
        return Ok(());
    }
    let mut attributes = start.attributes();
    for (number, attribute) in (1..).zip(attributes.with_checks(false).flatten()) {
        within(number, MOST_ATTRIBUTES, "attributes in one tag")?;
        if attribute.key.as_ref() == "xml:base" {
            within(attribute.value.len(), LONGEST_BASE, "bytes of xml:base")?;
        }
    }
    Ok(())
}

/// The parts of a JSON feed that are counted.
#[derive(Deserialize)]
struct Outline {
    #[serde(default)]
    author: Value,
    #[serde(default)]
    authors: Value,
    /// They take no room, however many.
    #[serde(default)]
    items: Vec<IgnoredAny>,
}

fn check_json(text: &str) -> Result<(), ParseError> {
    within(values(text), MOST_PARTS, "values")?;
    let outline: Outline = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    within(outline.items.len(), MOST_ENTRIES, "entries")?;
    let authors = outline.author.to_string().len() + outline.authors.to_string().len();
    within(authors, LONGEST_AUTHORS, "bytes of authors")
}

/// How many values JSON holds at most: each follows a comma or opens what it stands in.
fn values(json: &str) -> usize {
    let (mut values, mut in_string, mut escaped) = (0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b',' | b'{' | b'[' if !in_string => values += 1,
            _ => {}
        }
    }
    values
}

fn within(count: usize, most: usize, what: &'static str) -> Result<(), ParseError> {
    if count > most { Err(ParseError::Excessive { most, what }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rss(inside: &str) -> String {
        format!("<rss version=\"2.0\"><channel><item>{inside}</item></channel></rss>")
    }

    fn refused(document: &str) -> &'static str {
        match check(document) {
            Err(ParseError::Excessive { what, .. }) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn depth_is_what_the_parser_will_see_of_it() {
        let deep = "elements within each other";
        for open in ["<a>", "<a b='/'\n>", "<a b=\"/>\">", "<a><!-- </a> -->", "<a><?x </a> ?>", "<a><![CDATA[</a>]]>"]
        {
            assert_eq!(refused(&rss(&open.repeat(1_000))), deep, "{open}");
        }
        for flat in ["<a>b</a>", "<br/>", "<!-- <b> -->", "<?x <b> ?>", "<![CDATA[<b>]]>"] {
            assert_eq!(check(&rss(&flat.repeat(1_000))), Ok(()), "{flat}");
        }
    }

    #[test]
    fn what_would_fill_the_memory_is_refused() {
        let json = |items: &str| format!(r#"{{"title": "t", "items": [{items}]}}"#);
        let long = "x".repeat(5_000);
        for (document, what) in [
            (rss(&"<item/>".repeat(MOST_ENTRIES)), "entries"),
            (rss(&"<a:b:entry/>".repeat(MOST_ENTRIES)), "entries"),
            (rss(&"<link/>".repeat(MOST_PARTS)), "elements"),
            (rss(&format!("<a {}/>", "b=''\n".repeat(200))), "attributes in one tag"),
            (rss(&format!("<a xml:base='http://a.example/{long}'/>")), "bytes of xml:base"),
            (json(&vec![r#"{"id":""}"#; MOST_ENTRIES + 1].join(",")), "entries"),
            (json(&format!(r#"{{"tags":[{}""]}}"#, r#""\"","#.repeat(MOST_PARTS))), "values"),
            (format!(r#"{{"authors": [{{"name": "{long}"}}], "items": []}}"#), "bytes of authors"),
        ] {
            assert_eq!(refused(&document), what);
        }
        let sane = format!("<a b='{long}'/>{}", "<title>t</title>".repeat(5_000));
        assert_eq!(
            (check(&rss(&sane)), check(&json(&format!(r#"{{"a": "{}"}}"#, "{[,".repeat(MOST_PARTS))))),
            (Ok(()), Ok(()))
        );
    }

    #[test]
    fn no_second_encoding_can_hide_what_is_there() {
        let with = |encoding: &str| rss(&format!("<?xml version='1.0' encoding='{encoding}'?>"));
        assert!(matches!(check(&with("iso-2022-jp")), Err(ParseError::Malformed(_))));
        assert!(matches!(check(&with("windows-1252")), Err(ParseError::Malformed(_))));
        assert_eq!(check(&with("utf-8")), Ok(()));
    }
}
