//! Text on its way to a person: cleaned of what could make it lie or break its carrier, cut to size, escaped by type.
//! Knows nothing of alerts.

use std::fmt;

/// Text without controls, terminal escapes, direction marks and invisible characters. Sinks take no other.
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

    /// The first `most` characters, the last of them an ellipsis where more there were.
    #[must_use]
    pub fn cut(self, most: usize) -> Self {
        let Some((end, _)) = self.0.char_indices().nth(most) else { return self };
        let mut head: String = self.0.chars().take(most.saturating_sub(1)).collect();
        debug_assert!(head.len() <= end, "a part is shorter than the whole");
        head.truncate(head.trim_end().len());
        head.push('…');
        Self(head)
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

/// Text escaped for the markup of desktop notifications (Desktop Notifications Specification, "Markup").
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Markup(String);

impl Markup {
    /// Escapes `text`.
    pub(super) fn of(text: &Clean) -> Self {
        let mut markup = String::with_capacity(text.0.len());
        for character in text.0.chars() {
            match character {
                '&' => markup.push_str("&amp;"),
                '<' => markup.push_str("&lt;"),
                '>' => markup.push_str("&gt;"),
                other => markup.push(other),
            }
        }
        Self(markup)
    }

    /// The escaped text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
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
    fn cutting_never_splits_a_character() {
        let cut = |text: &str, most| Clean::line(text).cut(most).0;
        assert_eq!([cut("北京北京", 4), cut("北京北京", 3), cut("ab cd", 4)], ["北京北京", "北京…", "ab…"]);
    }

    #[test]
    fn markup_arrives_as_typed() {
        assert_eq!(Markup::of(&Clean::line("5 < 6 & <b>")).as_str(), "5 &lt; 6 &amp; &lt;b&gt;");
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
