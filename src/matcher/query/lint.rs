//! What a query that holds probably does not mean.

use std::collections::HashMap;

use crate::matcher::text::folded_title;

use super::error::Note;
use super::tree::{Expr, Literal, Mode, Node};

/// Words that stand in nearly every text of their language.
const COMMON: [&str; 40] = [
    "the", "an", "of", "and", "or", "in", "on", "to", "for", "is", "at", "by", "with", "from", "as", "it", "der",
    "die", "das", "und", "le", "la", "les", "de", "du", "et", "el", "los", "il", "di", "os", "na", "do", "nie", "na",
    "не", "на", "что", "的", "の",
];

/// What is odd about `node`, each with its place.
pub fn lint(node: &Node) -> Vec<Note> {
    let mut remarks = Vec::new();
    if !needs_something(node) {
        let remark = Note::new(node.span.clone(), "this holds for nearly every item");
        remarks.push(remark.hint("say what must occur, not only what must not"));
    }
    node.walk(&mut |node| match &node.expr {
        Expr::And(nodes) => remarks.extend(contradiction(nodes)),
        Expr::Or(nodes) | Expr::Of(_, nodes) => remarks.extend(twins(nodes)),
        Expr::Literal(literal) => remarks.extend(vague(literal, node)),
        _ => {}
    });
    remarks
}

/// Whether an item that has nothing of what is named can be no hit. Where an item comes from counts as named.
fn needs_something(node: &Node) -> bool {
    match &node.expr {
        Expr::Not(_) | Expr::Story(_) => false,
        Expr::And(nodes) => nodes.is_empty() || nodes.iter().any(needs_something),
        Expr::Or(nodes) => nodes.iter().all(needs_something),
        Expr::Count(_, comparison) => !comparison.holds(&0),
        Expr::Score(_, comparison) => !comparison.holds(&0),
        Expr::Within(_, inner) => needs_something(inner),
        _ => true,
    }
}

/// Something that must and must not be there.
fn contradiction(nodes: &[Node]) -> Option<Note> {
    let negated = nodes.iter().find(|node| matches!(&node.expr, Expr::Not(inner) if nodes.contains(inner)))?;
    Some(Note::new(negated.span.clone(), "this can never hold: it wants the same thing there and not there"))
}

/// Terms that say the same once case and accents are folded.
fn twins(nodes: &[Node]) -> Vec<Note> {
    let mut known: HashMap<String, &str> = HashMap::new();
    let mut remarks = Vec::new();
    for node in nodes {
        let Expr::Literal(Literal { text, mode: Mode::Plain }) = &node.expr else { continue };
        let key = if is_capitals(text) { text.clone() } else { folded_title(text) };
        if let Some(first) = known.insert(key, text) {
            let message = format!("`{text}` says the same as `{first}`: case and accents make no difference");
            remarks.push(Note::new(node.span.clone(), message));
        }
    }
    remarks
}

fn vague(literal: &Literal, node: &Node) -> Option<Note> {
    let text = literal.text.as_str();
    let remark = |message: &str| Note::new(node.span.clone(), format!("`{text}` {message}"));
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    let has_case = text.chars().any(|c| c.is_lowercase() || c.is_uppercase());
    match literal.mode {
        Mode::Plain if COMMON.contains(&text) => Some(remark("stands in nearly every text")),
        Mode::Plain if letters == 2 && has_case && !is_capitals(text) => {
            Some(remark("is short enough to be many things").hint(format!("`=\"{text}\"` is just these letters")))
        }
        _ => None,
    }
}

fn is_capitals(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)
}
