//! Cuts fields into tokens: folded words that know their sentence and the bytes they were read from. Titles,
//! texts and the terms of rules are all cut here, so that they agree. Knows nothing of terms.

mod boilerplate;
mod word;

use super::chars::{self, Kind, Script};
use super::fold::{fold_char, fold_text};
use super::markup::{Markup, Piece, Read, Scanner};

use word::{Word, is_abbreviation};

/// What is read of one field; longer ones are cut here. It keeps offsets within 32 bits.
pub(super) const LONGEST_FIELD: usize = 8 << 20;
/// A headline of so many words, all in capitals, shouts; fewer are an acronym or a call.
const SHOUT: usize = 3;
/// Marks on one letter that are looked at.
const MOST_MARKS: usize = 16;

/// How a word is capitalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Caps {
    /// `2024`, `東`: there is no case.
    No,
    /// `word`, `iPhone`
    Small,
    /// `Word`
    First,
    /// `WORD`
    All,
    /// `UAVs`
    Plural,
    /// `WORD` where every word is written so, which says nothing of it.
    Shouted,
}

/// What stands between a token and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// Nothing, a hyphen, an apostrophe.
    Glued,
    /// White space.
    Space,
    /// Anything else.
    Other,
}

/// One word, or one character of a script without blanks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    /// First byte in the field.
    pub(super) start: u32,
    /// Behind the last byte in the field.
    pub(super) end: u32,
    folded_start: u32,
    folded_end: u32,
    /// Counts through all fields.
    pub(super) sentence: u32,
    /// Counts through all fields.
    pub(super) paragraph: u32,
    pub(super) script: Script,
    pub(super) caps: Caps,
    pub(super) gap: Gap,
    /// Whether `'s` follows.
    pub(super) possessive: bool,
}

/// The tokens of one or several fields.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// All folded words, one behind the other: neighbours joined are one slice.
    folded: String,
    pub(super) tokens: Vec<Token>,
    sentence: u32,
    paragraph: u32,
}

impl Text {
    /// The tokens of one field.
    pub(super) fn of(raw: &str, markup: Markup) -> Self {
        let mut text = Self::default();
        text.push_field(raw, markup);
        text
    }

    pub(super) fn clear(&mut self) {
        self.folded.clear();
        self.tokens.clear();
        self.sentence = 0;
        self.paragraph = 0;
    }

    /// Adds the tokens of `raw`, a field of its own.
    pub(super) fn push_field(&mut self, raw: &str, markup: Markup) {
        let raw = raw.get(..raw.floor_char_boundary(LONGEST_FIELD)).unwrap_or(raw);
        let first = self.tokens.len();
        Tokeniser::new(self).read(Scanner::new(raw, markup));
        match markup {
            Markup::Title => self.hear_shouting(first),
            Markup::Html => self.drop_boilerplate(first),
            Markup::None => {}
        }
        self.sentence += 1;
        self.paragraph += 1;
    }

    /// Takes out the sentences from the token `first` on that are none of the news.
    fn drop_boilerplate(&mut self, first: usize) {
        let mut kept = first;
        let mut from = first;
        while let Some(sentence) = self.tokens.get(from).map(|token| token.sentence) {
            let rest = self.tokens.get(from..).unwrap_or_default();
            let length = rest.iter().take_while(|token| token.sentence == sentence).count();
            let words = rest.iter().take(length.min(boilerplate::LONGEST + 1)).map(|token| self.surface(token));
            let is_news = length > boilerplate::LONGEST || !boilerplate::is_boilerplate(&words.collect::<Vec<_>>());
            if is_news {
                self.tokens.copy_within(from..from + length, kept);
                kept += length;
            }
            from += length;
        }
        self.tokens.truncate(kept);
    }

    /// Marks the tokens from `first` on as shouted, if they are a headline in nothing but capitals.
    fn hear_shouting(&mut self, first: usize) {
        let tokens = self.tokens.get_mut(first..).unwrap_or_default();
        let capitals = tokens.iter().filter(|token| token.caps == Caps::All).count();
        if capitals >= SHOUT && tokens.iter().all(|token| matches!(token.caps, Caps::All | Caps::No)) {
            tokens.iter_mut().filter(|token| token.caps == Caps::All).for_each(|token| token.caps = Caps::Shouted);
        }
    }

    /// The folded form of `token`.
    pub(super) fn surface(&self, token: &Token) -> &str {
        self.joined(token, token)
    }

    /// The folded form of the tokens `first` to `last` as one word.
    pub(super) fn joined(&self, first: &Token, last: &Token) -> &str {
        self.folded.get(size(first.folded_start)..size(last.folded_end)).unwrap_or_default()
    }
}

/// A position as it is kept: fields end before 32 bits do.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A kept position as an index.
pub(super) fn size(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    None,
    /// A stop that blanks have not followed yet.
    Seen,
    /// A stop and blanks: a capital makes it the end of the sentence.
    Spaced,
}

#[derive(Debug)]
struct Tokeniser<'t> {
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
    fn new(text: &'t mut Text) -> Self {
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

    fn read(mut self, mut scanner: Scanner<'_>) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The folded words, sentences parted by ` / `.
    fn words(raw: &str, markup: Markup) -> String {
        let text = Text::of(raw, markup);
        let mut out = String::new();
        let mut sentence = text.tokens.first().map_or(0, |token| token.sentence);
        for token in &text.tokens {
            if !out.is_empty() {
                out.push_str(if token.sentence == sentence { " " } else { " / " });
            }
            sentence = token.sentence;
            out.push_str(text.surface(token));
        }
        out
    }

    #[test]
    fn text_is_cut_into_folded_words() {
        for (raw, expected) in [
            ("Kim Jong-un's visit", "kim jong un visit"),
            ("Putin’s PUTIN'S Putins'", "putin putin putins"),
            ("l'Iran, d’armes", "l iran d armes"),
            ("U.S. and I.C.C.", "us and icc"),
            ("the U.S.-led U.S.'s", "the us led us"),
            ("U.S", "us"),
            ("В.Путин и А.С.Пушкин", "в путин и ас пушкин"),
            ("J.Smith", "j smith"),
            ("Мар'їнка", "марінка"),
            ("P&uuml;tin <b>Pu</b>tin", "putin putin"),
            ("Pu\u{AD}tin Pu\u{200B}tin", "putin putin"),
            ("e\u{301}t\u{301}e", "ete"),
            ("и\u{306}", "й"),
            ("F-16 F16 G7은", "f 16 f16 g7 은"),
            ("金正恩 キム・ジョンウン", "金 正 恩 キ ム ジ ョ ン ウ ン"),
            ("ｶﾞ", "ガ"),
            ("東京、都市", "東 京 , 都 市"),
            ("김정은이 왔다", "김정은이 왔다"),
            ("2023年", "2023 年"),
            ("", ""),
            ("🔥 & — !", ""),
        ] {
            assert_eq!(words(raw, Markup::Html), expected, "{raw}");
        }
    }

    #[test]
    fn sentences_end_where_readers_see_them_end() {
        for (raw, expected) in [
            ("He left. Putin stayed", "he left / putin stayed"),
            ("He left.\" Putin stayed? Yes! 5", "he left / putin stayed / yes / 5"),
            ("Mr. Kim and J. Smith of the U.S. Senate", "mr kim and j smith of the us senate"),
            ("at 3.5 per cent. of example.com", "at 3 5 per cent of example com"),
            ("Yahoo! shares", "yahoo shares"),
            ("他来了。他走了", "他 来 了 / 他 走 了"),
            ("كيم؟ بوتين", "كيم / بوتين"),
            ("a<br>b<p>c</p>d", "a / b / c / d"),
            ("one\ntwo\n\nthree", "one two / three"),
        ] {
            assert_eq!(words(raw, Markup::Html), expected, "{raw}");
        }
    }

    #[test]
    fn paragraphs_end_at_blocks_and_blank_lines() {
        for (raw, expected) in [
            ("<p>a. B</p><p>c</p>", 2),
            ("a<br>b", 1),
            ("a<br>\nb", 1),
            ("a<br>\n<br>b", 2),
            ("a\n\nb", 2),
            ("a\nb", 1),
        ] {
            let mut paragraphs: Vec<u32> =
                Text::of(raw, Markup::Html).tokens.iter().map(|token| token.paragraph).collect();
            paragraphs.dedup();
            assert_eq!(paragraphs.len(), expected, "{raw}");
        }
    }

    #[test]
    fn capitals_are_noted() {
        for (raw, expected) in [
            ("US", Caps::All),
            ("U.S.", Caps::All),
            ("us", Caps::Small),
            ("Us", Caps::First),
            ("UAVs", Caps::Plural),
            ("Ps", Caps::First),
            ("iPhone", Caps::Small),
            ("McDonald", Caps::First),
            ("ООН", Caps::All),
            ("2024", Caps::No),
        ] {
            assert_eq!(Text::of(raw, Markup::None).tokens[0].caps, expected, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn tokens_slice_the_original_in_order(
            raw in "(<|>|</?[a-z]{1,4}>|&[a-z]{1,5};|&#x?[0-9a-f]{1,5};|[.'\\-\n ]|[A-Za-z]{1,3}|[а-я]|[\u{300}-\u{310}]|\\PC){0,40}",
        ) {
            for markup in [Markup::Html, Markup::Title, Markup::None] {
                let text = Text::of(&raw, markup);
                let mut end = 0;
                for token in &text.tokens {
                    prop_assert!(token.start >= end && token.end >= token.start);
                    prop_assert!(raw.get(size(token.start)..size(token.end)).is_some());
                    prop_assert!(!text.surface(token).is_empty());
                    end = token.end;
                }
            }
        }
    }
}
