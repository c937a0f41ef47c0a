//! Text on its way to a person: cleaned of what could make it lie or break its carrier, and cut to size.

use std::fmt::{self, Write};

/// Text without controls, terminal escapes, direction marks and invisible characters. What is shown is of this type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clean(String);

impl Clean {
    /// Cleans one line: all white space becomes single blanks.
    pub fn line(text: &str) -> Self {
        let mut clean = String::with_capacity(text.len());
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            if character.is_whitespace() {
                if !clean.is_empty() && !clean.ends_with(' ') {
                    clean.push(' ');
                }
            } else if is_joiner(character) {
                let inside = clean.ends_with(char::is_alphanumeric);
                if inside && characters.peek().is_some_and(|next| next.is_alphanumeric()) {
                    clean.push(character);
                }
            } else if !is_unfit(character) {
                clean.push(character);
            }
        }
        clean.truncate(clean.trim_end().len());
        Self(clean)
    }

    /// Cleans several lines; empty ones are left out.
    pub fn lines(text: &str) -> Self {
        let lines: Vec<_> = text.lines().map(|line| Self::line(line).0).filter(|line| !line.is_empty()).collect();
        Self(lines.join("\n"))
    }

    /// At most `most` characters of it, as [`cut`] does.
    #[must_use]
    pub fn cut(self, most: usize) -> Self {
        Self(cut(&self.0, most))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// At most `most` characters of `text`: where there are more, an ellipsis stands last, after a whole word where words
/// are short enough.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let kept = most.saturating_sub(1);
    let head: String = text.chars().take(kept).collect();
    let words = head.rsplit_once(' ').map(|(words, _)| words).filter(|words| words.chars().count() * 2 > kept);
    format!("{}…", words.unwrap_or(&head).trim_end())
}

/// `json` with what could command a terminal written as escapes: the same value, for any eyes.
pub fn shown_json(json: String) -> String {
    let is_shown = |character: char| character == '\n' || !is_unfit(character);
    if json.chars().all(is_shown) {
        return json;
    }
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        if is_shown(character) {
            shown.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // A string takes all that is written to it.
                write!(shown, "\\u{unit:04x}").ok();
            }
        }
    }
    shown
}

/// Joiners have a meaning inside words (Persian, Hindi, emoji) and hide things elsewhere.
fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200C}' | '\u{200D}')
}

/// Controls (NUL breaks D-Bus, ESC rules terminals), direction marks, invisible characters, noncharacters.
fn is_unfit(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
        || matches!(u32::from(character) & 0xFFFF, 0xFFFE | 0xFFFF)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_could_lie_or_break_is_taken_out() {
        let cases = [
            ("plain", "plain"),
            ("  a \t b\n\nc  ", "a b c"),
            ("nul\0 and \u{1b}[31mred\u{1b}[0m", "nul and [31mred[0m"),
            ("evil\u{202e}txt.exe", "eviltxt.exe"),
            ("zero\u{200b}width\u{feff}", "zerowidth"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("\u{200d}edge\u{200c} ", "edge"),
            ("soft\u{ad}hyphen", "softhyphen"),
            ("5 < 6 & <b>", "5 < 6 & <b>"),
            ("", ""),
        ];
        for (text, clean) in cases {
            assert_eq!(Clean::line(text).as_str(), clean, "{text:?}");
        }
        assert_eq!(Clean::lines("a\r\n\n \nb\0").as_str(), "a\nb");
    }

    #[test]
    fn text_is_cut_between_words_where_it_can_and_never_inside_a_character() {
        for (text, most, shown) in [
            ("one two", 7, "one two"),
            ("one two three", 11, "one two…"),
            ("ab cd", 4, "ab…"),
            ("a veryveryverylongword", 12, "a veryveryv…"),
            ("北京北京", 4, "北京北京"),
            ("北京北京", 3, "北京…"),
            ("北京 北京北京北京", 8, "北京 北京北京…"),
            ("ab", 0, "…"),
        ] {
            assert_eq!(cut(text, most), shown, "{text}");
        }
    }

    #[test]
    fn json_is_shown_without_what_commands_a_terminal_and_means_the_same() {
        for text in ["plain 北京", "c1 \u{9b}2J, del \u{7f}, rtl \u{202e}", "tag \u{e0041}", "esc \u{1b}[2J"] {
            let shown = shown_json(serde_json::to_string(text).unwrap());
            assert!(!shown.chars().any(is_unfit), "{shown:?}");
            assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
        }
    }

    proptest! {
        #[test]
        fn cleaning_is_idempotent_and_leaves_nothing_unfit(text in any::<String>()) {
            let clean = Clean::line(&text);
            prop_assert_eq!(Clean::line(clean.as_str()), clean.clone());
            prop_assert!(!clean.as_str().chars().any(is_unfit));
        }
    }
}
