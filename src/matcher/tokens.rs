//! Cuts fields into tokens: folded words that know their sentence and the bytes they were read from. Titles,
//! texts and the terms of rules are all cut here, so that they agree. Knows nothing of terms.

mod boilerplate;
mod tokeniser;
mod word;

use super::chars::Script;
use super::markup::{Markup, Scanner};

use tokeniser::Tokeniser;

/// What is read of one field; longer ones are cut here. It keeps offsets within 32 bits.
pub(super) const LONGEST_FIELD: usize = 8 << 20;
/// A headline of so many words, all in capitals, shouts; fewer are an acronym or a call.
const SHOUT: usize = 3;

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
