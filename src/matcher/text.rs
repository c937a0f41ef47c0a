//! Fields of items as plain text, for people and for comparison. Shares its eyes with the matcher: what is markup
//! here is markup there. Knows nothing of rules.

use std::borrow::Cow;
use std::ops::Range;

use super::markup::{Markup, Piece, Scanner};
use super::tokens::Text;

/// One line of plain text: tags out, entities decoded, white space collapsed, control characters gone.
pub fn plain(field: &str) -> Cow<'_, str> {
    one_line(field, Markup::Html)
}

/// Like [`plain`], with an empty line between paragraphs and a line break for each `<br>`.
pub fn plain_paragraphs(field: &str) -> String {
    let mut writer = Writer::new(true);
    writer.write(Scanner::new(field, Markup::Html));
    writer.text
}

/// A title as one line of plain text. A tag is markup only when HTML knows it and it is void or properly closed:
/// `5 < 6 & <b>` stays as typed.
pub fn plain_title(title: &str) -> Cow<'_, str> {
    one_line(title, Markup::Title)
}

/// The folded words of a title, joined by blanks: equal for titles that say the same. Empty when it has no word.
pub fn folded_title(title: &str) -> String {
    let text = Text::of(title, Markup::Title);
    let words: Vec<&str> = text.tokens.iter().map(|token| text.surface(token)).filter(|word| *word != ",").collect();
    words.join(" ")
}

/// The part of `field` that lies in `range`, as one line of plain text.
pub(super) fn plain_part(field: &str, markup: Markup, range: Range<usize>) -> String {
    let mut writer = Writer::new(false);
    if markup == Markup::Title {
        // whether a tag is markup hangs on the whole title
        writer.write(Scanner::new(field, markup).filter(|read| range.start <= read.start && read.end <= range.end));
    } else {
        writer.write(Scanner::new(field.get(range).unwrap_or_default(), markup));
    }
    writer.text
}

fn one_line(field: &str, markup: Markup) -> Cow<'_, str> {
    let trimmed = field.trim_matches(' ');
    if is_plain(trimmed) {
        return Cow::Borrowed(trimmed);
    }
    let mut writer = Writer::new(false);
    writer.write(Scanner::new(field, markup));
    Cow::Owned(writer.text)
}

/// Whether nothing about `text` would change.
fn is_plain(text: &str) -> bool {
    let mut blank = false;
    text.chars().all(|c| {
        let doubled = blank && c == ' ';
        blank = c == ' ';
        let changes = matches!(c, '<' | '&') || is_unfit(c) || (c.is_whitespace() && c != ' ');
        !doubled && !changes
    })
}

/// Control characters, and those that turn the direction of text around: they can make a line lie.
fn is_unfit(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The break that is due before the next character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Nothing,
    Blank,
    Line,
    Paragraph,
}

struct Writer {
    text: String,
    due: Due,
    paragraphs: bool,
}

impl Writer {
    fn new(paragraphs: bool) -> Self {
        Self { text: String::new(), due: Due::Nothing, paragraphs }
    }

    fn write(&mut self, pieces: impl Iterator<Item = super::markup::Read>) {
        for read in pieces {
            match read.piece {
                Piece::Char(c) if c.is_whitespace() => self.due = self.due.max(Due::Blank),
                Piece::Char(c) if is_unfit(c) => {}
                Piece::Char(c) => self.char(c),
                Piece::Line => self.due = self.due.max(Due::Line),
                Piece::Block => self.due = Due::Paragraph,
            }
        }
    }

    fn char(&mut self, c: char) {
        if !self.text.is_empty() {
            self.text.push_str(match self.due {
                Due::Nothing => "",
                Due::Line if self.paragraphs => "\n",
                Due::Paragraph if self.paragraphs => "\n\n",
                Due::Blank | Due::Line | Due::Paragraph => " ",
            });
        }
        self.due = Due::Nothing;
        self.text.push(c);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_become_one_plain_line() {
        for (field, expected) in [
            ("Kim met Putin", "Kim met Putin"),
            ("  Kim \n\t met&nbsp;Putin ", "Kim met Putin"),
            ("<p>Kim</p><p>met<br>Pu<b>tin</b></p><script>x</script>", "Kim met Putin"),
            ("a\u{0}b\u{1B}[31mc\u{202E}d", "ab[31mcd"),
            ("AT&amp;T &lt;b&gt;", "AT&T <b>"),
            ("", ""),
        ] {
            assert_eq!(plain(field), expected, "{field}");
        }
        assert!(matches!(plain("as it was"), Cow::Borrowed(_)));
    }

    #[test]
    fn paragraphs_can_be_kept() {
        let html = "<p>One\ntwo</p>\n<p>three<br>four</p>";
        assert_eq!(plain_paragraphs(html), "One two\n\nthree\nfour");
    }

    #[test]
    fn titles_stay_as_typed() {
        assert_eq!(plain_title("5 < 6 & <b>"), "5 < 6 & <b>");
        assert_eq!(plain_title("<b>Putin</b> visits"), "Putin visits");
    }

    #[test]
    fn titles_that_say_the_same_fold_alike() {
        for (one, other) in [
            ("Kim Jong-un visits Russia", "KIM JONG UN  visits <b>Russia</b>!"),
            ("Putin’s visit: day 2", "Putin's visit — day 2"),
            ("東京、都市", "東京 都市"),
        ] {
            assert_eq!(folded_title(one), folded_title(other));
        }
        assert_eq!(folded_title("🔥🔥"), "");
    }

    proptest! {
        #[test]
        fn plain_text_is_one_clean_line(field in "(<|>|</?[a-z]{1,4}>|&[a-z]{1,5};|[\n\t ]|\\PC|\\pC){0,30}") {
            for line in [plain(&field), plain_title(&field)] {
                prop_assert!(!line.contains(|c: char| is_unfit(c) || (c.is_whitespace() && c != ' ')));
                prop_assert!(!line.contains("  ") && line.trim() == line);
            }
        }
    }
}
