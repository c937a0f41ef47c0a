//! Reads the terms that people write: words and phrases. Knows nothing of the rules they stand in.

use super::chars::{Kind, Script, kind};
use super::forms::{Need, TermKind, TermWord};
use super::markup::Markup;
use super::tokens::{Caps, Gap, Text, Token};

/// Terms in capitals up to this many letters match only capitals: `US` is not `us`.
const LONGEST_CAPITALS: usize = 4;
/// Names of one word up to this many letters match only with a capital.
const LONGEST_CAPITAL: usize = 3;
/// Phrases up to this many words match joined at any place; longer ones only where they are hyphenated.
const LONGEST_JOINED: usize = 4;
/// Places of one phrase where words may be joined: each doubles its forms.
const MOST_JOINTS: usize = 3;

/// Why a text cannot be a term of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    /// Nothing that could stand in a text.
    #[error("a term needs a letter or a digit")]
    Empty,
    /// It is written as a query.
    #[error("a list holds words and phrases; `{0}` is an operator")]
    Operator(String),
}

/// Checks that `term` is a word or phrase, not nothing and not a query.
///
/// # Errors
/// Fails when it holds no letter or digit, or an operator.
pub fn check_term(term: &str) -> Result<(), TermError> {
    if let Some(operator) = operator(term) {
        return Err(TermError::Operator(operator.to_owned()));
    }
    if !term.chars().any(|c| matches!(kind(c), Kind::Word(_))) {
        return Err(TermError::Empty);
    }
    Ok(())
}

/// The first operator of the query language that stands in `term`.
fn operator(term: &str) -> Option<&str> {
    let word = term.split_whitespace().find(|word| {
        let name = word.split_once('/').map_or(*word, |(name, _)| name);
        let counted = word.split_once('/').is_none_or(|(_, count)| count.bytes().all(|byte| byte.is_ascii_digit()));
        let starred = word.strip_suffix('*').is_some_and(|stem| stem.ends_with(char::is_alphanumeric));
        matches!(*word, "AND" | "OR" | "NOT") || (counted && matches!(name, "NEAR" | "BEFORE")) || starred
    });
    let bracket = || term.find(['(', ')']).and_then(|at| term.get(at..=at));
    word.or_else(bracket)
}

/// The words of `term` in every way of joining them: `Jong-un` is `jong un` and `jongun`. Empty when it has no word.
pub(super) fn readings(term: &str, kind: TermKind) -> Vec<Vec<TermWord>> {
    let text = Text::of(term, Markup::None);
    if text.tokens.is_empty() {
        return Vec::new();
    }
    let case = case(&text, kind);
    let joints = joints(&text);
    (0..1_u32 << joints.len()).map(|choice| reading(&text, &joints, choice, kind, case)).collect()
}

/// How the words of a term must be capitalised.
fn case(text: &Text, kind: TermKind) -> Need {
    match text.tokens.as_slice() {
        _ if is_capitals(text) => Need::Capitals,
        // `Xi` is neither the team's `XI` nor the letter `xi`
        [token] if kind == TermKind::Name && token.caps == Caps::First && is_short(text, token) => Need::Capital,
        _ => Need::Nothing,
    }
}

fn is_short(text: &Text, token: &Token) -> bool {
    text.surface(token).chars().count() <= LONGEST_CAPITAL
}

fn is_capitals(text: &Text) -> bool {
    let letters: usize = text.tokens.iter().map(|token| text.surface(token).chars().count()).sum();
    let all_capitals = text.tokens.iter().all(|token| {
        token.caps == Caps::All && !token.possessive && text.surface(token).chars().all(char::is_alphabetic)
    });
    all_capitals && letters <= LONGEST_CAPITALS
}

/// The tokens that may be joined to the one before them.
fn joints(text: &Text) -> Vec<usize> {
    let short = text.tokens.len() <= LONGEST_JOINED;
    let pairs = text.tokens.iter().zip(text.tokens.iter().skip(1)).enumerate();
    pairs
        .filter(|(_, (one, other))| {
            let joined = short || other.gap == Gap::Glued;
            joined && one.script == other.script && one.script != Script::Unsegmented && !one.possessive
        })
        .map(|(index, _)| index + 1)
        .take(MOST_JOINTS)
        .collect()
}

fn reading(text: &Text, joints: &[usize], choice: u32, kind: TermKind, case: Need) -> Vec<TermWord> {
    let mut words: Vec<TermWord> = Vec::new();
    for (index, token) in text.tokens.iter().enumerate() {
        let joint = joints.iter().position(|joint| *joint == index);
        let joined = joint.is_some_and(|bit| choice >> bit & 1 == 1);
        match words.last_mut().filter(|_| joined) {
            Some(word) => {
                word.folded.push_str(text.surface(token));
                word.need = need(token, case);
            }
            None => words.push(TermWord {
                folded: text.surface(token).to_owned(),
                script: token.script,
                need: need(token, case),
                first: index == 0,
                last: false,
                kind,
            }),
        }
    }
    let several = text.tokens.len() > 1;
    if let Some(last) = words.last_mut() {
        // a joined name of several words is as sure as its parts
        last.last = !(several && last.first && kind == TermKind::Name && last.script != Script::Hangul);
    }
    words
}

fn need(token: &Token, case: Need) -> Need {
    if token.possessive { Need::Possessive } else { case }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_hold_words_and_phrases_only() {
        for term in
            ["visit", "arms deal", "Kim Jong-un", "AT&T", "and", "near", "G7", "金正恩", "TCP/IP", "R&D", "OR/MS"]
        {
            assert_eq!(check_term(term), Ok(()), "{term}");
        }
        for (term, operator) in [
            ("arms AND deal", "AND"),
            ("NOT Russia", "NOT"),
            ("munitions NEAR/6 sale", "NEAR/6"),
            ("a BEFORE/3 b", "BEFORE/3"),
            ("(sell", "("),
            ("missil*", "missil*"),
        ] {
            assert_eq!(check_term(term), Err(TermError::Operator(operator.to_owned())), "{term}");
        }
        for term in ["", "  ", "—", "🔥"] {
            assert_eq!(check_term(term), Err(TermError::Empty), "{term}");
        }
        let error = check_term("a NEAR/5 b").unwrap_err().to_string();
        assert_eq!(error, "a list holds words and phrases; `NEAR/5` is an operator");
    }

    #[test]
    fn words_are_read_joined_and_apart() {
        let read = |term| -> Vec<String> {
            let readings = readings(term, TermKind::Name);
            readings
                .iter()
                .map(|words| words.iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" "))
                .collect()
        };
        assert_eq!(read("Jong-un"), ["jong un", "jongun"]);
        assert_eq!(read("Kim Jong Un"), ["kim jong un", "kimjong un", "kim jongun", "kimjongun"]);
        assert_eq!(read("a b c d-e"), ["a b c d e", "a b c de"]);
        assert_eq!(read("金正恩"), ["金 正 恩"]);
    }
}
