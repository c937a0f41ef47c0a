//! A word while its letters are still being read. Knows nothing of what stands around it.

use super::super::chars::Script;
use super::{Caps, Gap};

/// A word that may still grow.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) folded: usize,
    pub(super) script: Script,
    pub(super) gap: Gap,
    pub(super) upper: usize,
    pub(super) lower: usize,
    /// Its first letter.
    pub(super) first: char,
    pub(super) ends_lower: bool,
    /// The last letter and where its folded form begins: marks may follow.
    pub(super) last: char,
    pub(super) last_folded: usize,
    /// Stands behind an apostrophe.
    pub(super) behind_apostrophe: bool,
    /// Letters since the start or the last inner dot.
    pub(super) letters: usize,
    /// Inner dots, as in `U.S`.
    pub(super) dots: usize,
    /// Where the last inner dot's segment begins, in the field and folded.
    pub(super) segment: (usize, usize),
    /// End of a dot that followed a single letter, as long as nothing follows it.
    pub(super) dot: Option<usize>,
    /// An apostrophe between Cyrillic letters belongs to the word.
    pub(super) apostrophe: bool,
}

impl Word {
    /// Takes `count` more letters, the last of which is `last`.
    pub(super) fn grow(&mut self, last: char, last_folded: usize, end: usize, count: usize) {
        self.last = last;
        self.last_folded = last_folded;
        self.end = end;
        self.letters += count;
        self.ends_lower = last.is_lowercase();
        self.apostrophe = false;
    }

    pub(super) fn can_be_initial(&self) -> bool {
        self.letters == 1
            && self.dot.is_none()
            && self.last.is_alphabetic()
            && !self.apostrophe
            && matches!(self.script, Script::Alphabet | Script::Cyrillic)
    }

    pub(super) fn caps(&self) -> Caps {
        match (self.upper, self.lower) {
            (0, 0) => Caps::No,
            (_, 0) => Caps::All,
            (2.., 1) if self.ends_lower && self.last == 's' => Caps::Plural,
            _ if self.first.is_uppercase() => Caps::First,
            _ => Caps::Small,
        }
    }
}

/// Words whose full stop does not end a sentence.
pub(super) fn is_abbreviation(word: &str) -> bool {
    const ABBREVIATIONS: [&str; 34] = [
        "mr", "mrs", "ms", "dr", "st", "gen", "sen", "rep", "gov", "lt", "col", "sgt", "capt", "maj", "adm", "prof",
        "jr", "sr", "vs", "inc", "corp", "ltd", "co", "pres", "jan", "feb", "aug", "sept", "oct", "nov", "dec", "hon",
        "rev", "im",
    ];
    ABBREVIATIONS.contains(&word)
}
