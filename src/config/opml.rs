//! OPML subscription lists: feeds, with the folders around them as tags.
//!
//! Expands no entity but the five of XML, follows no reference, and bounds depth and number.

use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use quick_xml::{Error, XmlVersion};

use super::problem::{Place, Problem, Source};

/// Folders within folders at most.
const MOST_DEPTH: usize = 32;

/// Feeds of one file at most.
const MOST_FEEDS: usize = 50_000;

/// One feed of a subscription list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outline {
    /// `xmlUrl`, as written.
    pub(super) url: String,
    /// `text`, else `title`.
    pub(super) name: Option<String>,
    /// The folders around it, from the outside in.
    pub(super) tags: Vec<String>,
    /// Where it stands.
    pub(super) place: Place,
}

/// Reads a subscription list.
pub(super) fn read(source: &Arc<Source>) -> Result<Vec<Outline>, Problem> {
    let mut reader = Reader::from_str(&source.text);
    let mut walk = Walk { source, open: Vec::new(), found: Vec::new(), rooted: false };
    loop {
        let start = position(reader.buffer_position());
        let event = reader.read_event().map_err(|error| broken(source, position(reader.error_position()), &error))?;
        let place = Place::new(source, start..position(reader.buffer_position()));
        match event {
            Event::Eof if !walk.rooted => return Err(Problem::error("not an OPML file: it holds no <opml>").at(place)),
            Event::Eof if !walk.open.is_empty() => {
                return Err(Problem::error("broken OPML: it ends inside an element").at(place));
            }
            Event::Eof => return Ok(walk.found),
            Event::DocType(text) if text.borrow().into_inner().contains("<!ENTITY") => {
                return Err(Problem::error("an OPML file may not define entities").at(place));
            }
            Event::Start(element) => {
                let folder = walk.visit(&element, place)?;
                walk.open.push(folder);
            }
            Event::Empty(element) => {
                walk.visit(&element, place)?;
            }
            Event::End(_) => {
                walk.open.pop();
            }
            _ => {}
        }
    }
}

/// The way through a file.
struct Walk<'a> {
    source: &'a Arc<Source>,
    /// The elements around this point; folders with their names.
    open: Vec<Option<String>>,
    found: Vec<Outline>,
    /// Whether `<opml>` was seen.
    rooted: bool,
}

impl Walk<'_> {
    /// Takes an element in, and returns its name when it is a folder.
    fn visit(&mut self, element: &BytesStart<'_>, place: Place) -> Result<Option<String>, Problem> {
        let is = |name: &str| element.local_name().as_ref().eq_ignore_ascii_case(name);
        if !self.rooted && !is("opml") {
            return Err(Problem::error("not an OPML file: it does not begin with <opml>").at(place));
        }
        self.rooted = true;
        if self.open.len() >= MOST_DEPTH {
            return Err(Problem::error(format!("more than {MOST_DEPTH} folders within each other")).at(place));
        }
        if !is("outline") {
            return Ok(None);
        }
        let attribute = |name| attribute(element, name).map_err(|error| flawed(&error).at(place.clone()));
        let name = attribute("text")?.or(attribute("title")?);
        let Some(url) = attribute("xmlUrl")? else { return Ok(name) };
        if self.found.len() >= MOST_FEEDS {
            return Err(Problem::error(format!("more than {MOST_FEEDS} feeds")).at(place));
        }
        let tags = self.open.iter().flatten().cloned().collect();
        self.found.push(Outline { url, name, tags, place: Place::new(self.source, place.span()) });
        Ok(None)
    }
}

/// The trimmed value of an attribute, whatever the case of its name; none when it is empty.
fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Error> {
    for attribute in element.attributes() {
        let attribute = attribute?;
        if attribute.key.as_ref().eq_ignore_ascii_case(name) {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            // A plain `&` is common in addresses, and plain what it means.
            let value =
                value.unwrap_or_else(|_| html_escape::decode_html_entities(&attribute.value).into_owned().into());
            return Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty()));
        }
    }
    Ok(None)
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn broken(source: &Arc<Source>, at: usize, error: &Error) -> Problem {
    flawed(error).at(Place::new(source, at..at + 1))
}

fn flawed(error: &Error) -> Problem {
    Problem::error(format!("broken OPML: {error}"))
}
