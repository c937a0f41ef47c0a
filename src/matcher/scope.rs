//! Which items a rule is for at all: by feed and by language. Knows nothing of terms.

use globset::{GlobBuilder, GlobMatcher};
use hashbrown::HashMap;
use url::Url;

use crate::feed::{Feed, FeedUrl};
use crate::item::Item;

use super::query::Origin;
use super::text::plain_title;

/// Something asked of where an item comes from.
#[derive(Debug)]
pub(super) enum Predicate {
    Feed(FeedSet),
    /// A host, in lower case, and all below it.
    Site(String),
    /// A primary subtag, in lower case.
    Lang(String),
}

impl Predicate {
    /// What `origin:name` asks.
    pub(super) fn new(origin: Origin, name: &str, feeds: &Feeds) -> Result<Self, globset::Error> {
        Ok(match origin {
            Origin::Feed => Self::Feed(feeds.set(name)?),
            Origin::Site => Self::Site(name.trim().trim_start_matches("www.").to_ascii_lowercase()),
            Origin::Lang => Self::Lang(primary(name)),
        })
    }

    /// Whether `item` comes from there.
    pub(super) fn admits(&self, item: &Item, feeds: &Feeds) -> bool {
        match self {
            Self::Feed(set) => set.holds(item, feeds),
            Self::Site(domain) => is_below(item, domain),
            Self::Lang(lang) => speaks(item, lang),
        }
    }
}

fn is_below(item: &Item, domain: &str) -> bool {
    let url = item.url.as_deref().and_then(|url| Url::parse(url).ok());
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    host.strip_suffix(domain).is_some_and(|below| below.is_empty() || below.ends_with('.'))
}

/// Whether `item` is in `lang`, or may be.
fn speaks(item: &Item, lang: &str) -> bool {
    if let Some(declared) = item.lang.as_deref().map(primary).filter(|lang| !is_unknown(lang)) {
        return declared == lang;
    }
    let script = writing(&plain_title(&item.title));
    script == Writing::Unknown || is_written_in(lang, script)
}

/// The feeds that a glob names, worked out when rules are compiled.
#[derive(Debug)]
pub(super) struct FeedSet {
    /// For each known feed, whether it is named.
    known: Vec<bool>,
    /// For the addresses of other feeds.
    glob: GlobMatcher,
}

impl FeedSet {
    fn holds(&self, item: &Item, feeds: &Feeds) -> bool {
        match feeds.find(&item.feed) {
            Some(index) => self.known.get(index).copied().unwrap_or(false),
            None => self.glob.is_match(&item.feed),
        }
    }
}

/// All known feeds.
#[derive(Debug)]
pub(super) struct Feeds {
    by_url: HashMap<String, usize>,
    /// Of each feed: its URL, name and tags.
    names: Vec<Vec<String>>,
}

impl Feeds {
    pub(super) fn new(feeds: &[Feed]) -> Self {
        let by_url = feeds.iter().enumerate().map(|(index, feed)| (feed.url.as_str().to_owned(), index)).collect();
        let names = |feed: &Feed| {
            let url = feed.url.as_str().to_owned();
            std::iter::once(url).chain(feed.name.clone()).chain(feed.tags.iter().cloned()).collect()
        };
        Self { by_url, names: feeds.iter().map(names).collect() }
    }

    fn set(&self, pattern: &str) -> Result<FeedSet, globset::Error> {
        let glob = GlobBuilder::new(&escape(pattern.trim()))
            .case_insensitive(true)
            .literal_separator(false)
            .backslash_escape(false)
            .build()?
            .compile_matcher();
        let known = self.names.iter().map(|names| names.iter().any(|name| glob.is_match(name))).collect();
        Ok(FeedSet { known, glob })
    }

    fn find(&self, address: &str) -> Option<usize> {
        let normal = || FeedUrl::parse(address).ok().and_then(|url| self.by_url.get(url.as_str()));
        self.by_url.get(address).or_else(normal).copied()
    }
}

/// Only `*` and `?` are wildcards to people.
fn escape(pattern: &str) -> String {
    let mut escaped = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        match c {
            '[' | ']' | '{' | '}' => escaped.extend(['[', c, ']']),
            _ => escaped.push(c),
        }
    }
    escaped
}

fn primary(lang: &str) -> String {
    lang.split(['-', '_']).next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Codes that stand for no language, for several, or for one that is not known.
fn is_unknown(lang: &str) -> bool {
    matches!(lang, "" | "und" | "mul" | "zxx" | "mis")
}

/// How a text is written, as far as that tells of its language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    Hebrew,
    Hangul,
    Kana,
    Han,
    Thai,
    Devanagari,
    Unknown,
}

/// The writing of most letters of `text`; one kana makes Japanese of any number of Han.
fn writing(text: &str) -> Writing {
    const ALL: [Writing; 10] = [
        Writing::Latin,
        Writing::Cyrillic,
        Writing::Greek,
        Writing::Arabic,
        Writing::Hebrew,
        Writing::Hangul,
        Writing::Kana,
        Writing::Han,
        Writing::Thai,
        Writing::Devanagari,
    ];
    let letters: Vec<Writing> = text.chars().filter(|c| c.is_alphabetic()).map(writing_of).collect();
    let count = |writing: Writing| letters.iter().filter(|found| **found == writing).count();
    let most =
        ALL.into_iter().max_by_key(|writing| count(*writing)).filter(|writing| count(*writing) * 2 > letters.len());
    let most = most.unwrap_or(Writing::Unknown);
    let japanese = matches!(most, Writing::Han | Writing::Unknown) && count(Writing::Kana) > 0;
    if japanese { Writing::Kana } else { most }
}

fn writing_of(c: char) -> Writing {
    match u32::from(c) {
        0x41..0x250 | 0x1E00..0x1F00 | 0xFF21..0xFF5B => Writing::Latin,
        0x370..0x400 | 0x1F00..0x2000 => Writing::Greek,
        0x400..0x530 => Writing::Cyrillic,
        0x590..0x600 => Writing::Hebrew,
        0x600..0x780 | 0xFB50..0xFE00 | 0xFE70..0xFF00 => Writing::Arabic,
        0x900..0x980 => Writing::Devanagari,
        0xE00..0xE80 => Writing::Thai,
        0x1100..0x1200 | 0x3130..0x3190 | 0xAC00..0xD7B0 => Writing::Hangul,
        0x3040..0x3100 | 0x31F0..0x3200 | 0xFF66..0xFFA0 => Writing::Kana,
        0x3400..0xA000 | 0x20000..0x32000 => Writing::Han,
        _ => Writing::Unknown,
    }
}

/// Whether `lang` can be written so. Languages that are not listed are taken to be written in Latin.
fn is_written_in(lang: &str, writing: Writing) -> bool {
    match lang {
        "ru" | "uk" | "be" | "bg" | "mk" | "ky" | "tg" | "mn" | "kk" => writing == Writing::Cyrillic,
        "sr" | "bs" | "uz" => matches!(writing, Writing::Cyrillic | Writing::Latin),
        "el" => writing == Writing::Greek,
        "ar" | "fa" | "ur" | "ps" | "sd" | "ug" | "ckb" => writing == Writing::Arabic,
        "ku" => matches!(writing, Writing::Arabic | Writing::Latin),
        "he" | "yi" | "iw" => writing == Writing::Hebrew,
        "ko" => writing == Writing::Hangul,
        "ja" => matches!(writing, Writing::Kana | Writing::Han),
        "zh" | "yue" => writing == Writing::Han,
        "th" => writing == Writing::Thai,
        "hi" | "mr" | "ne" => writing == Writing::Devanagari,
        _ => writing == Writing::Latin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_is_that_of_most_letters() {
        for (text, expected) in [
            ("Kim met Putin", Writing::Latin),
            ("Ким встретил Putin", Writing::Cyrillic),
            ("金正恩", Writing::Han),
            ("金正恩が訪問", Writing::Kana),
            ("김정은 방문 (Kim)", Writing::Hangul),
            ("كيم", Writing::Arabic),
            ("2024!", Writing::Unknown),
        ] {
            assert_eq!(writing(text), expected, "{text}");
        }
    }

    #[test]
    fn only_stars_and_question_marks_are_wildcards() {
        assert_eq!(escape("a[b]{c}*?"), "a[[]b[]][{]c[}]*?");
    }
}
