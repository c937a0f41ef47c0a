//! Literals that are no words: beginnings of words, stems, regular expressions. Knows nothing of rules.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use frostem::Stemmer;
use hashbrown::{HashMap, HashSet};
use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind};

use crate::item::Item;

use super::chars::Script;
use super::find::Found;
use super::lexicon::number;
use super::markup::{Markup, Piece, Scanner};
use super::parts;
use super::plan::AtomId;
use super::query::{Literal, MOST_REGEX, Mode};
use super::tokens::{Text, Token, size};

/// The languages whose words can be stemmed, by primary subtag.
const LANGUAGES: [&str; 20] = [
    "ar", "cs", "da", "nl", "en", "fi", "fr", "de", "el", "hu", "it", "no", "pl", "pt", "ro", "ru", "es", "sv", "tr",
    "uk",
];

/// A shorter literal is in nearly every text, and spares no work.
const SHORTEST_GATE: usize = 2;

/// A regular expression, and the literal without which it cannot match.
#[derive(Debug)]
struct Pattern {
    regex: Regex,
    atom: AtomId,
    gate: Option<String>,
}

/// All literals that are no words.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    /// Folded beginnings, and how long they can be.
    prefixes: HashMap<Box<str>, Vec<AtomId>>,
    prefix_lengths: Vec<usize>,
    /// Stems of each language.
    stems: HashMap<(&'static str, Box<str>), Vec<AtomId>>,
    expressions: Vec<Pattern>,
    /// The gates of all expressions that have one, without regard to case.
    gates: Option<AhoCorasick>,
    /// The expressions behind each gate.
    gated: Vec<usize>,
}

impl Patterns {
    /// Looks for `literal` too, under the name of `atom`.
    pub(super) fn add(&mut self, literal: &Literal, atom: AtomId) {
        match literal.mode {
            Mode::Prefix => {
                for token in folded(&literal.text) {
                    self.prefix_lengths.push(token.len());
                    self.prefixes.entry(token.into()).or_default().push(atom);
                }
            }
            Mode::Stem => {
                for language in LANGUAGES {
                    let Some(stemmer) = stemmer(language) else { continue };
                    for token in folded(&literal.text) {
                        let stem = stemmer.stem(&token).into_owned().into_boxed_str();
                        self.stems.entry((language, stem)).or_default().push(atom);
                    }
                }
            }
            Mode::Regex { ignore_case } => self.pattern(&literal.text, ignore_case, atom),
            Mode::Plain | Mode::Exact => {}
        }
    }

    fn pattern(&mut self, written: &str, ignore_case: bool, atom: AtomId) {
        let regex = RegexBuilder::new(written).case_insensitive(ignore_case).size_limit(MOST_REGEX).build();
        // A pattern that cannot be compiled was refused when it was read.
        if let Ok(regex) = regex {
            let gate = regex_syntax::parse(written).ok().and_then(|hir| required(&hir));
            self.expressions.push(Pattern { regex, atom, gate });
        }
    }

    /// Ready for use, once all literals were added.
    pub(super) fn ready(mut self) -> Self {
        self.prefix_lengths.sort_unstable();
        self.prefix_lengths.dedup();
        let with_gate = self.expressions.iter().enumerate().filter(|(_, pattern)| pattern.gate.is_some());
        self.gated = with_gate.map(|(index, _)| index).collect();
        let gates = self.expressions.iter().filter_map(|pattern| pattern.gate.as_deref());
        self.gates = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(gates)
            .ok()
            .filter(|_| !self.gated.is_empty());
        self
    }

    /// Regular expressions that nothing keeps from being tried on every text.
    pub(super) fn slow(&self) -> impl Iterator<Item = AtomId> {
        self.expressions.iter().filter(|pattern| pattern.gate.is_none()).map(|pattern| pattern.atom)
    }

    /// Notes in `found` all that occurs in `item`.
    pub(super) fn find(&self, item: &Item, found: &mut Found) {
        let mut places = Vec::new();
        if !self.prefixes.is_empty() {
            find_words(found, |text, token| self.beginning(text.surface(token)), &mut places);
        }
        let language = language(item, &found.text).filter(|_| !self.stems.is_empty());
        if let Some((language, stemmer)) = language.and_then(|language| Some((language, stemmer(language)?))) {
            let stem = |text: &Text, token: &Token| {
                let stem = stemmer.stem(text.surface(token)).into_owned().into_boxed_str();
                self.stems.get(&(language, stem)).cloned().unwrap_or_default()
            };
            find_words(found, stem, &mut places);
        }

        for span in &found.spans {
            if !self.expressions.is_empty() {
                let raw = parts::raw(item, span.field, span.index);
                self.find_patterns(raw, parts::markup_of(span.field), (span.first, span.end), found, &mut places);
            }
        }
        for (atom, tokens) in places {
            if let Some(place) = found.place(tokens.start, tokens.end) {
                found.post(atom, place);
            }
        }
    }

    fn beginning(&self, surface: &str) -> Vec<AtomId> {
        let heads = self.prefix_lengths.iter().filter_map(|length| surface.get(..*length));
        heads.filter_map(|head| self.prefixes.get(head)).flatten().copied().collect()
    }

    fn find_patterns(
        &self,
        raw: &str,
        markup: Markup,
        span: (u32, u32),
        found: &Found,
        places: &mut Vec<(AtomId, Range<u32>)>,
    ) {
        let text = Plain::of(raw, markup);
        let mut worth: HashSet<usize> = (0..self.expressions.len())
            .filter(|index| self.expressions.get(*index).is_some_and(|it| it.gate.is_none()))
            .collect();
        if let Some(gates) = &self.gates {
            let seen =
                gates.find_overlapping_iter(&text.text).filter_map(|seen| self.gated.get(seen.pattern().as_usize()));
            worth.extend(seen);
        }
        let mut worth: Vec<usize> = worth.into_iter().collect();
        worth.sort_unstable();
        for pattern in worth.into_iter().filter_map(|index| self.expressions.get(index)) {
            for matched in pattern.regex.find_iter(&text.text) {
                let tokens = tokens_in(found, span, &text.original(matched.range()));
                places.extend(tokens.map(|tokens| (pattern.atom, tokens)));
            }
        }
    }
}

/// Notes the atoms that `look_up` knows for each token.
fn find_words(found: &Found, look_up: impl Fn(&Text, &Token) -> Vec<AtomId>, places: &mut Vec<(AtomId, Range<u32>)>) {
    for (index, token) in found.text.tokens.iter().enumerate() {
        let at = number(index);
        places.extend(look_up(&found.text, token).into_iter().map(|atom| (atom, at..at + 1)));
    }
}

/// The tokens of a field that lie in `range`, in whole or in part.
fn tokens_in(found: &Found, (first, end): (u32, u32), range: &Range<usize>) -> Option<Range<u32>> {
    let tokens = found.text.tokens.get(size(first)..size(end))?;
    let from = tokens.partition_point(|token| size(token.end) <= range.start);
    let to = tokens.partition_point(|token| size(token.start) < range.end);
    (from < to).then(|| first + number(from)..first + number(to))
}

/// A field as a person sees it, with the way back to what was written.
struct Plain {
    text: String,
    /// For each character: where it is in the text, and where it was written.
    places: Vec<(usize, Range<usize>)>,
}

impl Plain {
    fn of(raw: &str, markup: Markup) -> Self {
        let mut plain = Self { text: String::with_capacity(raw.len()), places: Vec::new() };
        for read in Scanner::new(raw, markup) {
            plain.places.push((plain.text.len(), read.start..read.end));
            plain.text.push(match read.piece {
                Piece::Char(c) => c,
                Piece::Line | Piece::Block => '\n',
            });
        }
        plain
    }

    /// Where a stretch of the text was written.
    fn original(&self, range: Range<usize>) -> Range<usize> {
        let first = self.places.partition_point(|(at, _)| *at < range.start);
        let end = self.places.partition_point(|(at, _)| *at < range.end);
        let start = self.places.get(first).map_or(0, |(_, written)| written.start);
        let past = end.checked_sub(1).and_then(|last| self.places.get(last)).map_or(start, |(_, written)| written.end);
        start..past
    }
}

/// The longest piece of text that every match of `hir` holds, in letters whose case does not matter to a search.
fn required(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let text = str::from_utf8(&literal.0).ok()?;
            let is_plain = |c: char| c.is_ascii() || (!c.is_lowercase() && !c.is_uppercase());
            let runs = text.split(|c: char| !is_plain(c)).max_by_key(|run| run.len())?;
            (runs.len() >= SHORTEST_GATE).then(|| runs.to_owned())
        }
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(required).max_by_key(String::len),
        HirKind::Repetition(_) | HirKind::Alternation(_) | HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => {
            None
        }
    }
}

fn folded(word: &str) -> Vec<String> {
    let text = Text::of(word, Markup::None);
    // A beginning of several words begins with the last of them.
    text.tokens.last().map(|token| text.surface(token).to_owned()).into_iter().collect()
}

fn stemmer(language: &str) -> Option<Stemmer> {
    Stemmer::try_from_name(language).ok()
}

/// The language in which words of `item` are stemmed: its own, else the commonest of its script.
fn language(item: &Item, text: &Text) -> Option<&'static str> {
    if let Some(lang) = &item.lang {
        let primary = lang.split(['-', '_']).next().unwrap_or_default();
        let norwegian = ["nb", "nn"].contains(&primary).then_some("no");
        return LANGUAGES.iter().copied().find(|known| *known == primary).or(norwegian);
    }
    match text.tokens.first()?.script {
        Script::Alphabet => Some("en"),
        Script::Cyrillic => Some("ru"),
        Script::Arabic => Some("ar"),
        Script::Hangul | Script::Hebrew | Script::Unsegmented => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_cannot_do_without_is_found() {
        let gate = |pattern: &str| regex_syntax::parse(pattern).ok().and_then(|hir| required(&hir));
        for (pattern, expected) in [
            ("F-?16", Some("16")),
            ("(?:kim|putin)", None),
            ("miss[il]+es? (launch|test)", Some("miss")),
            ("(nuclear)+ test", Some("nuclear")),
            ("\\d+", None),
            ("x?", None),
            ("Путин vs NATO", Some(" vs NATO")),
            ("金正恩.*平壤", Some("金正恩")),
        ] {
            assert_eq!(gate(pattern).as_deref(), expected, "{pattern}");
        }
    }

    #[test]
    fn the_way_back_leads_to_what_was_written() {
        let raw = "<p>F&#45;16 &amp; <b>Su</b>-35</p>";
        let plain = Plain::of(raw, Markup::Html);
        let at = plain.text.find("F-16").unwrap();
        assert_eq!(raw.get(plain.original(at..at + 4)), Some("F&#45;16"));
        let at = plain.text.find("Su-35").unwrap();
        assert_eq!(raw.get(plain.original(at..at + 5)), Some("Su</b>-35"));
    }
}
