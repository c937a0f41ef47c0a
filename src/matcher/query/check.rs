//! Whether a tree makes sense: what must stand in a place can, and patterns can be read.

use super::error::Note;
use super::tree::{Expr, Literal, Mode, Node, Reach};

/// Shorter beginnings would be nearly every word.
const SHORTEST_PREFIX: usize = 2;

/// Reports what makes no sense in `node`.
pub(super) fn check(node: &Node, errors: &mut Vec<Note>) {
    match &node.expr {
        Expr::Near(Reach::Before(_), nodes) => nodes.iter().for_each(|node| place(node, false, errors)),
        Expr::Near(_, nodes) => nodes.iter().for_each(|node| place(node, true, errors)),
        Expr::Apart(_, left, right) => [left, right].into_iter().for_each(|node| place(node, false, errors)),
        Expr::Count(inner, _) | Expr::First(_, inner) => place(inner, false, errors),
        Expr::Literal(literal) => check_literal(literal, node, errors),
        _ => {}
    }
    for child in node.children() {
        check(child, errors);
    }
}

/// What in `node` keeps it from having a place in a text, as a member of a topic must.
pub fn placeless(node: &Node) -> Vec<Note> {
    let mut notes = Vec::new();
    place(node, false, &mut notes);
    notes
}

/// Reports what has no place in a text. `groups` may be needed as a whole: AND and OF.
fn place(node: &Node, groups: bool, errors: &mut Vec<Note>) {
    let (message, hint) = match &node.expr {
        Expr::Literal(_)
        | Expr::Entity(_)
        | Expr::Kind(_)
        | Expr::Topic(_)
        | Expr::Near(..)
        | Expr::Apart(..)
        | Expr::First(..) => return,
        Expr::Within(_, inner) => return place(inner, groups, errors),
        Expr::Or(nodes) => return nodes.iter().for_each(|node| place(node, groups, errors)),
        Expr::And(nodes) | Expr::Of(_, nodes) if groups => {
            return nodes.iter().for_each(|node| place(node, groups, errors));
        }
        Expr::And(_) | Expr::Of(..) => {
            ("a group that is needed as a whole has no one place", "use OR, or NEAR between its members")
        }
        Expr::Not(_) => ("what is not there has no place", "use `a NOT NEAR/8 b`, or put `AND NOT` outside"),
        Expr::Count(..) | Expr::Score(..) => ("a number has no place", "put it outside, with AND"),
        Expr::Origin(..) | Expr::Story(_) => ("this is about the whole item", "put it outside, with AND"),
    };
    errors.push(Note::new(node.span.clone(), message).hint(hint));
}

fn check_literal(literal: &Literal, node: &Node, errors: &mut Vec<Note>) {
    let span = || node.span.clone();
    let letters = literal.text.chars().filter(|c| c.is_alphanumeric()).count();
    match literal.mode {
        Mode::Regex { ignore_case } => errors.extend(check_regex(&literal.text, ignore_case, node)),
        _ if letters == 0 => errors.push(Note::new(span(), "a term needs a letter or a digit")),
        Mode::Prefix if letters < SHORTEST_PREFIX => {
            errors.push(
                Note::new(span(), "nearly every word begins so").hint("give at least two letters before the `*`"),
            );
        }
        Mode::Plain | Mode::Exact | Mode::Stem | Mode::Prefix => {}
    }
}

fn check_regex(pattern: &str, ignore_case: bool, written: &Node) -> Option<Note> {
    let compiled = regex::RegexBuilder::new(pattern).case_insensitive(ignore_case).size_limit(MOST_REGEX).build();
    let message = match compiled {
        Ok(regex) if regex.is_match("") => "this matches everything".to_owned(),
        Ok(_) => return None,
        Err(regex::Error::CompiledTooBig(_)) => "this regular expression is too large".to_owned(),
        Err(error) => {
            // The last line of the crate's message is the reason; above it stands the pattern.
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            format!("not a regular expression: {reason}")
        }
    };
    let note = Note::new(written.span.clone(), message);
    Some(if pattern.contains("(i?)") { note.hint("did you mean `(?i)`, or `/…/i`?") } else { note })
}

/// Bytes that a compiled regular expression may take.
pub(in crate::matcher) const MOST_REGEX: usize = 1 << 20;
