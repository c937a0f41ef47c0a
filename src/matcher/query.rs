//! The query language: what a rule asks for, as text and as a tree. Watches, topics, backtests and searches share it.
//!
//! The way of a text: `lexer` → `parser` → `tree`, held against itself by `check`; `print` writes a tree as text again,
//! and reading that gives the same tree. Knows nothing of how a tree is matched. Pure.

mod check;
mod error;
mod lexer;
mod lint;
mod parser;
mod print;
#[cfg(test)]
mod tests;
mod tree;

pub(super) use check::MOST_REGEX;
pub use check::placeless;
pub use error::{Note, QueryErrors};
pub use lexer::looks_like_query;
pub use lint::lint;
pub use parser::{Parsed, parse};
pub(super) use print::kind_name;
pub use tree::{Comparison, Expr, Literal, Mode, Node, Operator, Origin, Reach, StoryTerm};

/// Words farther apart than this are not near each other: say `PARA`.
pub const MOST_WORDS: u32 = 100;
