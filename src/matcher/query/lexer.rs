//! Text → words and signs, each with its place. Knows which words are operators, not what they do.

use std::ops::Range;

use crate::matcher::rule::Part;

use super::MOST_WORDS;
use super::error::{Note, did_you_mean};
use super::tree::{Literal, Mode, Operator, Origin, Reach};

/// The smallest meaningful piece of a query.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A word without quotation marks, which may be a name or a number too.
    Word(String),
    Literal(Literal),
    Entity(String),
    Topic(String),
    /// `title:`, `title|tag:`
    Within(Vec<Part>),
    /// `feed:bbc`
    Origin(Origin, String),
    /// `story.new`, `age`
    Story(String),
    Open,
    Shut,
    Comma,
    /// `^4`
    Weight(i32),
    Compare(Operator),
    And,
    Or,
    Not,
    Of,
    Reach(Reach),
}

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) span: Range<usize>,
}

/// The names of all parts, with a sign between them, are shorter.
const LONGEST_FIELD: usize = 40;

/// Marks that word processors put for `"`.
const SMART_QUOTES: &str = "“”„‟«»〝〞";

const PARTS: [(&str, Part); 6] = [
    ("title", Part::Title),
    ("lead", Part::Lead),
    ("text", Part::Text),
    ("url", Part::Url),
    ("author", Part::Author),
    ("tag", Part::Tag),
];

const ORIGINS: [(&str, Origin); 3] = [("feed", Origin::Feed), ("site", Origin::Site), ("lang", Origin::Lang)];

/// Reads all of `text`; what cannot be read is reported and stepped over.
pub(super) fn read(text: &str) -> (Vec<Lexeme>, Vec<Note>) {
    let mut lexer = Lexer { text, at: 0, lexemes: Vec::new(), notes: Vec::new() };
    while let Some(c) = lexer.peek() {
        lexer.token(c);
    }
    (lexer.lexemes, lexer.notes)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    lexemes: Vec<Lexeme>,
    notes: Vec<Note>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn push(&mut self, start: usize, token: Token) {
        self.lexemes.push(Lexeme { token, span: start..self.at });
    }

    /// Takes `length` bytes as `token`.
    fn sign(&mut self, length: usize, token: Token) {
        let start = self.at;
        self.at += length;
        self.push(start, token);
    }

    fn token(&mut self, c: char) {
        let next = self.rest().chars().nth(1);
        match c {
            c if c.is_whitespace() => self.at += c.len_utf8(),
            '(' => self.sign(1, Token::Open),
            ')' => self.sign(1, Token::Shut),
            ',' => self.sign(1, Token::Comma),
            '>' | '<' | '=' if next == Some('=') && c != '=' => {
                self.sign(2, Token::Compare(if c == '>' { Operator::AtLeast } else { Operator::AtMost }));
            }
            '>' => self.sign(1, Token::Compare(Operator::MoreThan)),
            '<' => self.sign(1, Token::Compare(Operator::LessThan)),
            '=' if next == Some('"') => self.quoted(1, Mode::Exact),
            '=' => self.sign(1, Token::Compare(Operator::Equal)),
            '"' => self.quoted(0, Mode::Plain),
            c if SMART_QUOTES.contains(c) => self.smart_quoted(c),
            '/' => self.regex(),
            '^' => self.weight(),
            _ => self.word(),
        }
    }

    /// `"…"`, with `\"` and `\\` inside, behind `skip` bytes.
    fn quoted(&mut self, skip: usize, mode: Mode) {
        let start = self.at;
        let (mut text, mut escaped) = (String::new(), false);
        for (index, c) in self.rest().char_indices().skip(skip + 1) {
            match c {
                _ if escaped => {
                    text.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    self.at += index + 1;
                    return self.push(start, Token::Literal(Literal { text, mode }));
                }
                _ => text.push(c),
            }
        }
        self.at = self.text.len();
        self.notes.push(Note::new(start..start + skip + 1, "a quotation without an end").hint("close it with `\"`"));
        self.push(start, Token::Literal(Literal { text, mode }));
    }

    /// What was meant as a quotation is read as one, and reported.
    fn smart_quoted(&mut self, opening: char) {
        let start = self.at;
        self.at += opening.len_utf8();
        let end = self.rest().find(|c| SMART_QUOTES.contains(c) || c == '"').unwrap_or(self.rest().len());
        let text = self.rest().get(..end).unwrap_or_default().to_owned();
        self.at += end + self.rest().get(end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let note = Note::new(start..self.at, format!("`{opening}` is no quotation mark here"));
        self.notes.push(note.hint(format!("did you mean `\"{text}\"`, with straight quotation marks?")));
        self.push(start, Token::Literal(Literal { text, mode: Mode::Plain }));
    }

    /// `/…/` or `/…/i`, with `\/` for a slash.
    fn regex(&mut self) {
        let start = self.at;
        let (mut pattern, mut escaped) = (String::new(), false);
        let mut end = None;
        for (index, c) in self.rest().char_indices().skip(1) {
            match c {
                '/' if escaped => pattern.push('/'),
                _ if escaped => pattern.extend(['\\', c]),
                '/' => {
                    end = Some(index + 1);
                    break;
                }
                '\\' => {}
                _ => pattern.push(c),
            }
            escaped = c == '\\' && !escaped;
        }
        let Some(end) = end else {
            self.at = self.text.len();
            let note = Note::new(start..start + 1, "a regular expression without an end");
            self.notes.push(note.hint("close it with `/`; for a word with a slash, put it in quotes"));
            return;
        };
        self.at += end;
        let flags: String = self.rest().chars().take_while(char::is_ascii_alphanumeric).collect();
        self.at += flags.len();
        if !matches!(flags.as_str(), "" | "i") {
            let span = self.at - flags.len()..self.at;
            self.notes.push(
                Note::new(span, format!("unknown flag `{flags}`")).hint("the only flag is `i`: case does not matter"),
            );
        }
        let mode = Mode::Regex { ignore_case: flags == "i" };
        self.push(start, Token::Literal(Literal { text: pattern, mode }));
    }

    fn weight(&mut self) {
        let start = self.at;
        let digits = self.rest().get(1..).unwrap_or_default();
        let length = digits.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(digits.len());
        self.at += 1 + length;
        match digits.get(..length).unwrap_or_default().parse() {
            Ok(weight) => self.push(start, Token::Weight(weight)),
            Err(_) => self.notes.push(Note::new(start..self.at, "a weight is a whole number, such as `^4`")),
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let rest = self.rest();
        if let Some((field, length)) = field(rest) {
            self.at += length;
            return match field {
                Field::Parts(parts) => self.push(start, Token::Within(parts)),
                Field::Origin(origin) => self.origin(start, origin),
            };
        }
        let length = word_length(rest);
        let word = rest.get(..length).unwrap_or_default();
        self.at += length;
        match (word.strip_prefix('@'), word.strip_prefix('#'), word.strip_prefix('~')) {
            (Some(id), ..) => self.push(start, Token::Entity(id.to_owned())),
            (_, Some(name), _) => self.push(start, Token::Topic(name.to_owned())),
            (.., Some("")) if self.peek() == Some('"') => self.quoted(0, Mode::Stem),
            (.., Some(stem)) => self.push(start, Token::Literal(literal(stem, Mode::Stem))),
            _ => self.plain(start, word),
        }
    }

    /// The name behind `feed:`, as it stands or in quotes.
    fn origin(&mut self, start: usize, origin: Origin) {
        if self.peek() == Some('"') {
            self.quoted(0, Mode::Plain);
            if let Some(Lexeme { token: Token::Literal(name), .. }) = self.lexemes.pop() {
                self.push(start, Token::Origin(origin, name.text));
            }
            return;
        }
        let length = self.rest().find(|c: char| c.is_whitespace() || "(),^\"".contains(c)).unwrap_or(self.rest().len());
        let name = self.rest().get(..length).unwrap_or_default().to_owned();
        self.at += length;
        self.push(start, Token::Origin(origin, name));
    }

    fn plain(&mut self, start: usize, word: &str) {
        if let Some(token) = self.operator(start, word) {
            return self.push(start, token);
        }
        if word == "age" || word.starts_with("story.") {
            return self.push(start, Token::Story(word.to_owned()));
        }
        let Some((beginning, tail)) = word.find('*').map(|at| word.split_at(at)) else {
            return self.push(start, Token::Word(word.to_owned()));
        };
        if tail != "*" || beginning.is_empty() {
            let note = Note::new(start..self.at, "a star stands at the end of a word");
            self.notes.push(note.hint("`missil*` is every word that begins so; use `/…/` for more"));
        }
        self.push(start, Token::Literal(literal(beginning, Mode::Prefix)));
    }

    /// The operator that `word` is.
    fn operator(&mut self, start: usize, word: &str) -> Option<Token> {
        let (name, number) = word.split_once('/').map_or((word, None), |(name, number)| (name, Some(number)));
        match (name, number) {
            ("AND", None) => Some(Token::And),
            ("OR", None) => Some(Token::Or),
            ("NOT", None) => Some(Token::Not),
            ("OF", None) => Some(Token::Of),
            ("SENTENCE", None) => Some(Token::Reach(Reach::Sentence)),
            ("PARA", None) => Some(Token::Reach(Reach::Paragraph)),
            ("NEAR" | "BEFORE", number) => {
                let words = self.words(start, name, number);
                Some(Token::Reach(if name == "NEAR" { Reach::Words(words) } else { Reach::Before(words) }))
            }
            _ => None,
        }
    }

    /// The number of `NEAR/8`.
    fn words(&mut self, start: usize, name: &str, number: Option<&str>) -> u32 {
        let span = start..self.at;
        let Some(number) = number else {
            self.notes
                .push(Note::new(span, format!("`{name}` needs a number of words")).hint(format!("such as `{name}/8`")));
            return 1;
        };
        match number.parse() {
            Ok(words) if (1..=MOST_WORDS).contains(&words) => return words,
            Ok(_) => {
                let note = Note::new(span, format!("`{name}` reaches 1 to {MOST_WORDS} words"));
                self.notes.push(note.hint("use `PARA` for a paragraph, `AND` for the whole item"));
            }
            Err(_) => {
                let note = Note::new(span, format!("`{number}` is no number of words"));
                self.notes.push(note.hint(format!("such as `{name}/8`")));
            }
        }
        1
    }
}

fn literal(text: &str, mode: Mode) -> Literal {
    Literal { text: text.to_owned(), mode }
}

/// How far a word goes: to a blank, a bracket, a comma that is not inside a number, a comparison or a weight.
fn word_length(text: &str) -> usize {
    let mut before = ' ';
    let mut chars = text.char_indices().peekable();
    while let Some((index, c)) = chars.next() {
        let after = chars.peek().map_or(' ', |(_, c)| *c);
        let ends = match c {
            ',' => !(before.is_ascii_digit() && after.is_ascii_digit()),
            '^' => after.is_ascii_digit() || after == '-',
            '(' | ')' | '"' | '<' | '>' | '=' => true,
            c => c.is_whitespace() || SMART_QUOTES.contains(c),
        };
        if ends && index > 0 {
            return index;
        }
        before = c;
    }
    text.len()
}

/// What stands before a colon.
enum Field {
    Parts(Vec<Part>),
    Origin(Origin),
}

/// The field that `text` begins with, and the length of its name with the colon.
fn field(text: &str) -> Option<(Field, usize)> {
    let head = text.get(..text.floor_char_boundary(LONGEST_FIELD))?;
    let (name, _) = head.split_once(':')?;
    let length = name.len() + 1;
    if let Some((_, origin)) = ORIGINS.iter().find(|(known, _)| *known == name) {
        return Some((Field::Origin(*origin), length));
    }
    let part = |name: &str| PARTS.iter().find(|(known, _)| *known == name).map(|(_, part)| *part);
    let parts = name.split('|').map(part).collect::<Option<Vec<_>>>()?;
    Some((Field::Parts(parts), length))
}

/// The name of a part, as it is written.
pub(super) fn part_name(part: Part) -> &'static str {
    PARTS.iter().find(|(_, known)| *known == part).map_or("", |(name, _)| name)
}

/// The name of an origin, as it is written.
pub(super) fn origin_name(origin: Origin) -> &'static str {
    ORIGINS.iter().find(|(_, known)| *known == origin).map_or("", |(name, _)| name)
}

/// The operator or field that `word` was probably meant to be, if it looks like one.
pub(super) fn meant(word: &str) -> Option<String> {
    let fields = PARTS.iter().map(|(name, _)| *name).chain(ORIGINS.iter().map(|(name, _)| *name));
    match word.split_once(':') {
        Some((name, _)) if name.chars().all(char::is_alphabetic) => did_you_mean(name, fields),
        _ => None,
    }
}

/// Whether `word` must be quoted to be read as a word.
pub(super) fn is_special(word: &str) -> bool {
    let (lexemes, notes) = read(word);
    let plain = |lexeme: &Lexeme| lexeme.token == Token::Word(word.to_owned()) && meant(word).is_none();
    !(notes.is_empty() && matches!(lexemes.as_slice(), [lexeme] if plain(lexeme)))
}

/// Whether a member of a list says more than its words: a sign of the language, or an operator.
pub fn looks_like_query(text: &str) -> bool {
    let (lexemes, notes) = read(text);
    let is_sign = |(index, lexeme): (usize, &Lexeme)| match &lexeme.token {
        Token::Word(_) | Token::Comma | Token::Compare(_) | Token::Weight(_) | Token::Story(_) => false,
        // `BANK OF AMERICA` is a name, `2 OF (a, b)` is not
        Token::Of => lexemes.get(index + 1).is_some_and(|next| next.token == Token::Open),
        _ => true,
    };
    !notes.is_empty() || lexemes.iter().enumerate().any(is_sign)
}
