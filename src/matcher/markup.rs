//! Reads a field of an item as a person would see it: tags and comments vanish, entities become characters, and
//! every character knows where it stands in the original. Knows nothing of words.

use html_escape::NAMED_ENTITIES;

/// Which markup a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// HTML, as in summaries and contents.
    Html,
    /// Mostly plain text: a tag is markup only when HTML knows it and it is void or properly closed, so that
    /// `5 < 6 & <b>` stays as typed.
    Title,
    /// None at all: terms and addresses.
    None,
}

/// What stands at one place of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// A character of the text.
    Char(char),
    /// A line break (`<br>`).
    Line,
    /// The edge of a block: a paragraph, a heading, a list item.
    Block,
}

/// A piece and the bytes of the original that it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) piece: Piece,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The longest entity that is looked up, without its ampersand.
const LONGEST_ENTITY: usize = 33;
/// How deep tags of a title may nest; deeper ones are text.
const DEEPEST_TITLE: usize = 32;

/// A cursor over one field.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    markup: Markup,
    /// The tags of a title that are markup, in order.
    title_tags: std::vec::IntoIter<Tag>,
    next_title_tag: Option<Tag>,
    /// The second character of an entity that stands for two.
    pending: Option<Read>,
    /// Set once no `>` is left: where the last `=` stands, 0 for nowhere. Spares a second search.
    unclosed: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Tag {
    start: usize,
    end: usize,
    effect: Option<Piece>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, markup: Markup) -> Self {
        let tags = if markup == Markup::Title && text.contains('<') { title_tags(text) } else { Vec::new() };
        let mut title_tags = tags.into_iter();
        let next_title_tag = title_tags.next();
        Self { text, at: 0, markup, title_tags, next_title_tag, pending: None, unclosed: None }
    }

    /// The letters and digits of ASCII that stand next: the fast path over most text.
    pub(super) fn ascii_word(&mut self) -> Option<(usize, &'a str)> {
        if self.pending.is_some() {
            return None;
        }
        let rest = self.text.get(self.at..)?;
        let length = rest.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let word = rest.get(..length).filter(|word| !word.is_empty())?;
        let start = self.at;
        self.at += length;
        Some((start, word))
    }

    fn char_at(&self, c: char, length: usize) -> Read {
        Read { piece: Piece::Char(c), start: self.at, end: self.at + length }
    }

    fn entity(&mut self) -> Option<Read> {
        let (length, first, second) = entity(self.text.get(self.at..)?)?;
        let read = self.char_at(first, length);
        self.pending = second.map(|c| self.char_at(c, length));
        Some(read)
    }

    fn tag(&mut self) -> Option<Tag> {
        match self.markup {
            Markup::None => None,
            Markup::Html => self.html_tag(),
            Markup::Title => {
                let tag = self.next_title_tag.filter(|tag| tag.start == self.at)?;
                self.next_title_tag = self.title_tags.next();
                Some(tag)
            }
        }
    }

    fn html_tag(&mut self) -> Option<Tag> {
        let start = self.at;
        let rest = self.text.get(start..)?;
        if let Some(length) = comment_length(rest) {
            return Some(Tag { start, end: start + length, effect: None });
        }
        let name = TagName::read(rest)?;
        if let Some(last_equals) = self.unclosed {
            return (name.kind.is_known() && last_equals > start).then_some(self.rest_of_text(start));
        }
        let Some(length) = tag_length(rest) else {
            self.unclosed = Some(self.text.rfind('=').unwrap_or(0));
            return self.html_tag();
        };
        let hidden = if name.hides_content() { hidden_length(rest.get(length..)?, name.text) } else { 0 };
        Some(Tag { start, end: start + length + hidden, effect: name.kind.effect() })
    }

    /// A tag that the publisher cut off: all that follows are its attributes.
    fn rest_of_text(&self, start: usize) -> Tag {
        Tag { start, end: self.text.len(), effect: None }
    }
}

impl Iterator for Scanner<'_> {
    type Item = Read;

    fn next(&mut self) -> Option<Read> {
        if let Some(read) = self.pending.take() {
            return Some(read);
        }
        loop {
            let c = self.text.get(self.at..)?.chars().next()?;
            let read = match c {
                '<' => match self.tag() {
                    Some(Tag { end, effect: None, .. }) => {
                        self.at = end;
                        continue;
                    }
                    Some(Tag { start, end, effect: Some(piece) }) => Read { piece, start, end },
                    None => self.char_at(c, 1),
                },
                '&' if self.markup != Markup::None => self.entity().unwrap_or_else(|| self.char_at(c, 1)),
                _ => self.char_at(c, c.len_utf8()),
            };
            self.at = read.end;
            return Some(read);
        }
    }
}

/// What a tag does to the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TagKind {
    Block,
    VoidBlock,
    Line,
    Inline,
    VoidInline,
    /// Its content is not text.
    Hidden,
    Unknown,
}

impl TagKind {
    fn of(name: &str) -> Self {
        let mut lower = [0_u8; 10];
        let Some(slot) = lower.get_mut(..name.len()) else {
            return Self::Unknown;
        };
        slot.copy_from_slice(name.as_bytes());
        slot.make_ascii_lowercase();
        match &*slot {
            b"br" => Self::Line,
            b"hr" => Self::VoidBlock,
            b"p" | b"div" | b"li" | b"ul" | b"ol" | b"td" | b"th" | b"tr" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5"
            | b"h6" | b"dd" | b"dl" | b"dt" | b"table" | b"tbody" | b"thead" | b"tfoot" | b"caption" | b"article"
            | b"section" | b"header" | b"footer" | b"aside" | b"nav" | b"main" | b"figure" | b"figcaption"
            | b"blockquote" | b"pre" | b"address" | b"center" | b"details" | b"summary" | b"form" | b"fieldset"
            | b"legend" | b"hgroup" | b"menu" | b"body" | b"html" | b"head" | b"title" | b"option" | b"select"
            | b"dialog" | b"dir" => Self::Block,
            b"img" | b"wbr" | b"input" | b"embed" | b"source" | b"track" | b"param" | b"area" | b"link" | b"meta"
            | b"base" | b"col" => Self::VoidInline,
            b"script" | b"style" | b"template" | b"iframe" | b"svg" | b"noframes" | b"noembed" => Self::Hidden,
            b"a" | b"b" | b"i" | b"u" | b"s" | b"q" | b"em" | b"tt" | b"rp" | b"rt" | b"abbr" | b"acronym" | b"bdi"
            | b"bdo" | b"big" | b"cite" | b"code" | b"data" | b"del" | b"dfn" | b"font" | b"ins" | b"kbd"
            | b"label" | b"mark" | b"ruby" | b"samp" | b"small" | b"span" | b"strike" | b"strong" | b"sub" | b"sup"
            | b"time" | b"var" | b"video" | b"audio" | b"picture" | b"object" | b"canvas" | b"button" | b"map"
            | b"noscript" | b"math" | b"textarea" | b"blink" | b"marquee" | b"nobr" => Self::Inline,
            _ => Self::Unknown,
        }
    }

    fn is_known(self) -> bool {
        self != Self::Unknown
    }

    fn is_void(self) -> bool {
        matches!(self, Self::Line | Self::VoidBlock | Self::VoidInline)
    }

    fn effect(self) -> Option<Piece> {
        match self {
            Self::Block | Self::VoidBlock => Some(Piece::Block),
            Self::Line => Some(Piece::Line),
            Self::Inline | Self::VoidInline | Self::Hidden | Self::Unknown => None,
        }
    }
}

struct TagName<'a> {
    text: &'a str,
    kind: TagKind,
    closing: bool,
}

impl<'a> TagName<'a> {
    /// Reads `<name` or `</name` at the start of `rest`.
    fn read(rest: &'a str) -> Option<Self> {
        let inner = rest.strip_prefix('<')?;
        let (inner, closing) = inner.strip_prefix('/').map_or((inner, false), |inner| (inner, true));
        let length = inner.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(inner.len());
        let text = inner.get(..length).filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))?;
        Some(Self { text, kind: TagKind::of(text), closing })
    }

    fn hides_content(&self) -> bool {
        self.kind == TagKind::Hidden && !self.closing
    }
}

/// The length of the comment, declaration or instruction that `rest` begins with. An unclosed comment takes all.
fn comment_length(rest: &str) -> Option<usize> {
    const CDATA: &str = "<![CDATA[";
    if rest.starts_with(CDATA) {
        return Some(CDATA.len());
    }
    if let Some(inner) = rest.strip_prefix("<!--") {
        return Some(inner.find("-->").map_or(rest.len(), |found| found + 7));
    }
    if rest.starts_with("<!") || rest.starts_with("<?") {
        return Some(rest.find('>').map_or(rest.len(), |found| found + 1));
    }
    None
}

/// The length of the tag that `rest` begins with: a `>` inside quotes does not end it, unless they never close.
fn tag_length(rest: &str) -> Option<usize> {
    let mut quote = None;
    let mut previous = b' ';
    for (index, byte) in rest.bytes().enumerate() {
        match quote {
            Some(open) if open == byte => quote = None,
            None if byte == b'>' => return Some(index + 1),
            None if previous == b'=' && matches!(byte, b'"' | b'\'') => quote = Some(byte),
            Some(_) | None => {}
        }
        if !byte.is_ascii_whitespace() {
            previous = byte;
        }
    }
    rest.find('>').map(|index| index + 1)
}

/// How much of `rest` belongs to the hidden element `name` that was just opened, its closing tag included.
fn hidden_length(rest: &str, name: &str) -> usize {
    rest.match_indices("</")
        .find_map(|(index, _)| {
            let closing = rest.get(index..)?;
            let found = TagName::read(closing).filter(|found| found.text.eq_ignore_ascii_case(name));
            found.map(|_| closing.find('>').map_or(rest.len(), |length| index + length + 1))
        })
        .unwrap_or(rest.len())
}

/// The tags of a title that are markup: known ones that are void or properly closed, and comments.
fn title_tags(text: &str) -> Vec<Tag> {
    let mut tags: Vec<(Tag, bool)> = Vec::new();
    let mut open: Vec<(&str, usize)> = Vec::new();
    // sought once: a title of openings alone would be searched again and again
    let last_comment_end = text.rfind("-->").unwrap_or(0);
    let mut at = 0;
    while let Some((start, rest)) = next_angle(text, at) {
        at = start + 1;
        if rest.starts_with("<!--") && start < last_comment_end {
            at = rest.find("-->").map_or(at, |length| start + length + 3);
            tags.push((Tag { start, end: at, effect: None }, true));
            continue;
        }
        let Some(name) = TagName::read(rest).filter(|name| name.kind.is_known()) else {
            continue;
        };
        let Some(length) = tag_length(rest) else {
            break;
        };
        at = start + length;
        let closed = name.kind.is_void() || rest.get(..length).is_some_and(|tag| tag.ends_with("/>"));
        let accepted = closed || (name.closing && accept_opener(&name, &mut open, &mut tags));
        if !accepted && !name.closing && open.len() < DEEPEST_TITLE {
            open.push((name.text, tags.len()));
        }
        tags.push((Tag { start, end: at, effect: name.kind.effect() }, accepted));
    }
    tags.into_iter().filter_map(|(tag, accepted)| accepted.then_some(tag)).collect()
}

fn next_angle(text: &str, at: usize) -> Option<(usize, &str)> {
    let start = at + text.get(at..)?.find('<')?;
    Some((start, text.get(start..)?))
}

/// Finds the tag that `name` closes, and makes it markup.
fn accept_opener(name: &TagName<'_>, open: &mut Vec<(&str, usize)>, tags: &mut [(Tag, bool)]) -> bool {
    let Some(found) = open.iter().rposition(|(opened, _)| opened.eq_ignore_ascii_case(name.text)) else {
        return false;
    };
    if let Some((_, accepted)) = open.get(found).and_then(|(_, index)| tags.get_mut(*index)) {
        *accepted = true;
    }
    open.truncate(found);
    true
}

/// Reads the entity that `rest` begins with: its length and the one or two characters that it stands for.
fn entity(rest: &str) -> Option<(usize, char, Option<char>)> {
    let body = rest.strip_prefix('&')?;
    let length = body.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';')?;
    let name = body.get(..length)?;
    let whole = length + 2;
    if let Some(number) = name.strip_prefix('#') {
        return Some((whole, numbered(number)?, None));
    }
    let found = NAMED_ENTITIES.binary_search_by_key(&name.as_bytes(), |(known, _)| known).ok()?;
    let mut characters = NAMED_ENTITIES.get(found)?.1.chars();
    Some((whole, characters.next()?, characters.next()))
}

/// The character of a numeric entity. Numbers of the C1 controls mean windows-1252, as in browsers.
fn numbered(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    match u8::try_from(code) {
        Ok(byte @ 0x80..=0x9F) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next(),
        Ok(0) => Some(char::REPLACEMENT_CHARACTER),
        _ => Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text as seen, lines as `/` and blocks as `|`.
    fn seen(text: &str, markup: Markup) -> String {
        Scanner::new(text, markup)
            .map(|read| match read.piece {
                Piece::Char(c) => c,
                Piece::Line => '/',
                Piece::Block => '|',
            })
            .collect()
    }

    #[test]
    fn html_shows_its_text_only() {
        for (html, expected) in [
            ("<p>Kim <b>met</b> Putin</p>", "|Kim met Putin|"),
            ("a<br>b<BR/>c<hr>d", "a/b/c|d"),
            ("a <img alt=\"x > y\" src='z'> b", "a  b"),
            ("a <a title=it's>b</a>", "a b"),
            ("a <a title=\"open>b", "a b"),
            ("x<script>if (a < b) { '</p>' }</ScRiPt >y<style>p{}</style>z", "xyz"),
            ("x<script>never closed", "x"),
            ("a<!-- Kim <b> -->b<!-- open", "ab"),
            ("<!DOCTYPE html><?xml version='1.0'?>a", "a"),
            ("<![CDATA[a]]>", "a]]>"),
            ("5 < 6 and 7 <8", "5 < 6 and 7 <8"),
            ("if a <b then", "if a <b then"),
            ("read more <a href=\"https://kim.example/", "read more "),
            ("<unknown-tag>a</unknown-tag>", "a"),
        ] {
            assert_eq!(seen(html, Markup::Html), expected, "{html}");
        }
    }

    #[test]
    fn titles_keep_what_is_no_markup() {
        for (title, expected) in [
            ("5 < 6 & <b>", "5 < 6 & <b>"),
            ("<b>Putin</b> visits", "Putin visits"),
            ("<b><i>Putin</b> visits", "<i>Putin visits"),
            ("Kim<br>Putin <img src=x> </b>", "Kim/Putin  </b>"),
            ("a <Kim> b</Kim>", "a <Kim> b</Kim>"),
            ("<p>Kim</p>", "|Kim|"),
            ("a<!-- b -->c<!-- d", "ac<!-- d"),
            ("<b", "<b"),
        ] {
            assert_eq!(seen(title, Markup::Title), expected, "{title}");
        }
    }

    #[test]
    fn entities_become_characters() {
        for (text, expected) in [
            ("P&uuml;tin &amp; Kim&#39;s", "Pütin & Kim's"),
            ("&#x41F;&#1091;", "Пу"),
            ("it&#146;s", "it’s"),
            ("&lt;b&gt;", "<b>"),
            ("AT&T &; &nosuch; &#xD800; &#0;", "AT&T &; &nosuch; \u{FFFD} \u{FFFD}"),
            ("&#99999999999;", "&#99999999999;"),
            ("&bne;", "=\u{20E5}"),
        ] {
            assert_eq!(seen(text, Markup::Title), expected, "{text}");
        }
        assert_eq!(seen("a&amp;b<p>", Markup::None), "a&amp;b<p>");
    }

    #[test]
    fn openings_without_end_are_read_once() {
        for opening in ["<!--", "<b", "<b x='", "<![CDATA[", "</", "</script", "<script", "&", "<br", "<!"] {
            let hostile = opening.repeat(100_000);
            for markup in [Markup::Html, Markup::Title, Markup::None] {
                let scripted = format!("<script>{hostile}");
                assert!(Scanner::new(&hostile, markup).count() + Scanner::new(&scripted, markup).count() < 2_000_000);
            }
        }
    }

    proptest! {
        #[test]
        fn offsets_always_slice_the_original(text in "(<|>|</?[a-z]{1,6}|&|&#?[a-z0-9]{0,4};|[\"'=/ !-]|\\PC){0,40}") {
            for markup in [Markup::Html, Markup::Title, Markup::None] {
                let mut end = 0;
                for read in Scanner::new(&text, markup) {
                    prop_assert!(read.start >= end || read.end == end);
                    prop_assert!(text.get(read.start..read.end).is_some());
                    end = read.end;
                }
            }
        }
    }
}
