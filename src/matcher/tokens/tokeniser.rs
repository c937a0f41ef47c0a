//! The machine that cuts one field: character by character, with the word that is open and what ended before it.

use crate::matcher::chars::{self, Kind, Script};
use crate::matcher::fold::{fold_char, fold_text};
use crate::matcher::markup::{Piece, Read, Scanner};

use super::word::{Word, is_abbreviation};
use super::{Gap, Text, Token, offset};

/// Marks on one letter that are looked at.
const MOST_MARKS: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    None,
    /// A stop that blanks have not followed yet.
    Seen,
    /// A stop and blanks: a capital makes it the end of the sentence.
    Spaced,
}

/// Reads one field into a text.
#[derive(Debug)]
pub(super) struct Tokeniser<'t> {
    text: &'t mut Text,
    /// Tokens of fields before this one.
    earlier: usize,
    word: Option<Word>,
    gap: Gap,
    stop: Stop,
    comma: bool,
    apostrophe: bool,
    /// Line breaks of the source, and `<br>`s, since the last word.
    newlines: usize,
    lines: usize,
    /// The last letter with its marks, once it has some.
    cluster: String,
}

impl<'t> Tokeniser<'t> {
    pub(super) fn new(text: &'t mut Text) -> Self {
        let earlier = text.tokens.len();
        Self {
            text,
            earlier,
            word: None,
            gap: Gap::Other,
            stop: Stop::None,
            comma: false,
            apostrophe: false,
            newlines: 0,
            lines: 0,
            cluster: String::new(),
        }
    }

    pub(super) fn read(mut self, mut scanner: Scanner<'_>) {
        loop {
            if let Some((start, run)) = scanner.ascii_word() {
                self.ascii(start, run);
            } else if let Some(read) = scanner.next() {
                self.piece(read);
            } else {
                return self.close();
            }
        }
    }

    fn piece(&mut self, read: Read) {
        match read.piece {
            Piece::Char(c) => self.char(c, read),
            Piece::Line => {
                self.end_sentence();
                self.lines += 1;
                self.blank_line(self.lines);
            }
            Piece::Block => self.end_paragraph(),
        }
    }

    fn char(&mut self, c: char, read: Read) {
        match chars::kind(c) {
            Kind::Word(script) => self.letter(c, script, read),
            Kind::Mark => self.mark(c, read.end),
            Kind::Ignored => {}
            Kind::Apostrophe => self.apostrophe(),
            Kind::Joiner => self.joiner(),
            Kind::Dot => self.dot(read.end),
            Kind::Stop => {
                self.other();
                self.stop = Stop::Seen;
            }
            Kind::FullStop => self.end_sentence(),
            Kind::Comma => {
                self.other();
                self.comma = true;
            }
            Kind::Space => self.space(),
            Kind::Newline => {
                self.space();
                self.newlines += 1;
                self.blank_line(self.newlines);
            }
            Kind::Other => self.other(),
        }
    }

    /// Several letters and digits at once. Single letters go the long way: they may be initials.
    fn ascii(&mut self, start: usize, run: &str) {
        let Some(last) = run.chars().next_back() else {
            return;
        };
        if run.len() == 1 {
            let read = Read { piece: Piece::Char(last), start, end: start + 1 };
            return self.letter(last, Script::Alphabet, read);
        }
        if self.word.as_ref().is_some_and(|word| word.dot.is_some() || word.dots > 0) {
            self.split_or_close();
        }
        let word = Self::word_for(&mut self.word, Script::Alphabet);
        if word.is_none() {
            self.open(run.chars().next().unwrap_or(last), Script::Alphabet, start);
        }
        let folded = &mut self.text.folded;
        let at = folded.len();
        folded.push_str(run);
        if let Some(tail) = folded.get_mut(at..) {
            tail.make_ascii_lowercase();
        }
        if let Some(word) = &mut self.word {
            word.upper += run.bytes().filter(u8::is_ascii_uppercase).count();
            word.lower += run.bytes().filter(u8::is_ascii_lowercase).count();
            word.grow(last, at + run.len() - 1, start + run.len(), run.len());
        }
        self.cluster.clear();
    }

    fn letter(&mut self, c: char, script: Script, read: Read) {
        if self.word.as_ref().is_some_and(|word| word.dots > 0 && word.dot.is_none()) {
            self.split_or_close();
        }
        if self.word.as_ref().is_some_and(|word| word.dot.is_some() && !c.is_alphabetic()) {
            self.close();
        }
        // digits go with the letters before them
        let script = match &self.word {
            Some(word) if c.is_ascii_digit() && word.script != Script::Unsegmented => word.script,
            _ => script,
        };
        if Self::word_for(&mut self.word, script).is_none() {
            self.open(c, script, read.start);
        }
        let at = self.text.folded.len();
        fold_char(c, &mut self.text.folded);
        if let Some(word) = &mut self.word {
            if word.dot.take().is_some() {
                word.dots += 1;
                word.letters = 0;
                word.segment = (read.start, at);
            }
            word.upper += usize::from(c.is_uppercase());
            word.lower += usize::from(c.is_lowercase());
            word.grow(c, at, read.end, 1);
        }
        self.cluster.clear();
    }

    /// The open word, if a letter of `script` can continue it.
    fn word_for(word: &mut Option<Word>, script: Script) -> Option<&mut Word> {
        word.as_mut().filter(|word| {
            word.script == script && script != Script::Unsegmented && (!word.apostrophe || script == Script::Cyrillic)
        })
    }

    /// Begins a word with `first`, whose folded form is about to be appended.
    fn open(&mut self, first: char, script: Script, start: usize) {
        self.close();
        if self.stop == Stop::Spaced && !first.is_lowercase() {
            self.end_sentence();
        }
        if script == Script::Unsegmented && self.comma {
            self.push_comma(start);
        }
        let folded = self.text.folded.len();
        self.word = Some(Word {
            start,
            end: start,
            folded,
            script,
            gap: self.gap,
            upper: 0,
            lower: 0,
            first,
            ends_lower: false,
            last: first,
            last_folded: folded,
            behind_apostrophe: self.apostrophe,
            letters: 0,
            dots: 0,
            segment: (start, folded),
            dot: None,
            apostrophe: false,
        });
        self.gap = Gap::Glued;
        self.stop = Stop::None;
        self.comma = false;
        self.apostrophe = false;
        self.newlines = 0;
        self.lines = 0;
    }

    /// Ends the open word: it becomes a token, or tells that the token before it is a possessive.
    fn close(&mut self) {
        let Some(word) = self.word.take() else {
            return;
        };
        let folded_end = self.text.folded.len();
        let surface = self.text.folded.get(word.folded..).unwrap_or_default();
        if surface.is_empty() {
            return;
        }
        if word.behind_apostrophe && surface == "s" && self.text.tokens.len() > self.earlier {
            self.text.folded.truncate(word.folded);
            if let Some(owner) = self.text.tokens.last_mut() {
                owner.possessive = true;
            }
            return;
        }
        let end = word.dot.filter(|_| word.dots > 0).unwrap_or(word.end);
        self.push(&word, end, folded_end);
    }

    fn push(&mut self, word: &Word, end: usize, folded_end: usize) {
        self.text.tokens.push(Token {
            start: offset(word.start),
            end: offset(end),
            folded_start: offset(word.folded),
            folded_end: offset(folded_end),
            sentence: self.text.sentence,
            paragraph: self.text.paragraph,
            script: word.script,
            caps: word.caps(),
            gap: word.gap,
            possessive: false,
        });
    }

    /// Parts what only looked like an acronym: `А.С.Пушкин` is `А.С.` and `Пушкин`.
    fn split_or_close(&mut self) {
        let Some(word) = self.word.take_if(|word| word.dots > 0 && word.dot.is_none()) else {
            return self.close();
        };
        let (start, folded) = word.segment;
        self.push(&word, start, folded);
        let upper = usize::from(word.last.is_uppercase());
        let lower = usize::from(word.last.is_lowercase());
        self.word = Some(Word { start, folded, upper, lower, first: word.last, dots: 0, gap: Gap::Glued, ..word });
    }

    /// A mark changes the last letter: both are folded again, together.
    fn mark(&mut self, mark: char, end: usize) {
        let Some(word) = self.word.as_mut().filter(|word| word.dot.is_none() && !word.apostrophe) else {
            return;
        };
        word.end = end;
        if self.cluster.is_empty() {
            self.cluster.push(word.last);
        }
        if self.cluster.chars().count() <= MOST_MARKS {
            self.cluster.push(mark);
            self.text.folded.truncate(word.last_folded);
            fold_text(&self.cluster, &mut self.text.folded);
        }
    }

    fn apostrophe(&mut self) {
        match &mut self.word {
            Some(word) if word.script == Script::Cyrillic && word.dot.is_none() => word.apostrophe = true,
            Some(_) => {
                self.close();
                self.apostrophe = true;
            }
            None => self.other(),
        }
    }

    fn joiner(&mut self) {
        self.close();
        self.apostrophe = false;
    }

    fn dot(&mut self, end: usize) {
        match &mut self.word {
            Some(word) if word.can_be_initial() => word.dot = Some(end),
            Some(word) => {
                let abbreviated = self.text.folded.get(word.folded..).is_some_and(is_abbreviation);
                self.other();
                self.stop = if abbreviated { Stop::None } else { Stop::Seen };
            }
            None => {
                self.other();
                self.stop = Stop::Seen;
            }
        }
    }

    fn space(&mut self) {
        self.close();
        self.gap = self.gap.max(Gap::Space);
        self.apostrophe = false;
        if self.stop == Stop::Seen {
            self.stop = Stop::Spaced;
        }
    }

    fn other(&mut self) {
        self.close();
        self.gap = Gap::Other;
        self.apostrophe = false;
        self.newlines = 0;
        self.lines = 0;
    }

    /// The second line break in a row ends the paragraph. Those of the source and those of HTML count apart: many
    /// write both for one.
    fn blank_line(&mut self, breaks: usize) {
        if breaks == 2 {
            self.end_paragraph();
        }
    }

    fn end_sentence(&mut self) {
        self.close();
        self.gap = Gap::Other;
        self.stop = Stop::None;
        self.comma = false;
        self.apostrophe = false;
        self.text.sentence += 1;
    }

    fn end_paragraph(&mut self) {
        self.end_sentence();
        self.text.paragraph += 1;
    }

    /// Makes a token of the comma between two stretches of unsegmented text, or `京都` would stand in `東京、都市`.
    fn push_comma(&mut self, at: usize) {
        let sentence = self.text.sentence;
        let follows = |token: &Token| token.script == Script::Unsegmented && token.sentence == sentence;
        let Some(before) = self.text.tokens.last().copied().filter(follows) else {
            return;
        };
        let folded_start = offset(self.text.folded.len());
        self.text.folded.push(',');
        let (start, end) = (offset(at), offset(at));
        let folded_end = folded_start + 1;
        self.text.tokens.push(Token { start, end, folded_start, folded_end, ..before });
    }
}
