//! The terms of lists as written: a word or phrase as it stands, or a query.

use crate::matcher::query::{Expr, Literal, Mode, Node, Parsed, QueryErrors, looks_like_query, parse};

/// Reads a member of a list. What has no sign of the query language is one phrase, blanks and all.
pub(super) fn read(text: &str) -> Result<Parsed, QueryErrors> {
    if looks_like_query(text) {
        return parse(text);
    }
    let literal = Literal { text: text.trim().to_owned(), mode: Mode::Plain };
    let node = Node { expr: Expr::Literal(literal), span: 0..text.len() };
    Ok(Parsed { node, warnings: Vec::new() })
}
