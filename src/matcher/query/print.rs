//! Tree → text. Reading what is written here gives the same tree.

use std::fmt;

use super::lexer::{is_special, origin_name, part_name};
use super::tree::{Comparison, Expr, Literal, Mode, Node, Operator, Reach, StoryTerm};
use crate::matcher::rule::EntityKind;

/// How tightly things bind, loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Not,
    Near,
    Operand,
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.expr {
            Expr::Literal(literal) => write!(f, "{literal}"),
            Expr::Entity(id) => write!(f, "@{id}"),
            Expr::Kind(kind) => f.write_str(kind_name(*kind)),
            Expr::Topic(name) => write!(f, "#{name}"),
            Expr::Within(parts, inner) => {
                let names: Vec<_> = parts.iter().map(|part| part_name(*part)).collect();
                write!(f, "{}:{}", names.join("|"), bound(inner, Binding::Operand))
            }
            Expr::Origin(origin, name) => write!(f, "{}:{}", origin_name(*origin), quoted(name)),
            Expr::And(nodes) => list(f, nodes, " AND ", Binding::Not),
            Expr::Or(nodes) => list(f, nodes, " OR ", Binding::Not),
            Expr::Not(inner) => write!(f, "NOT {}", bound(inner, Binding::Not)),
            Expr::Of(number, nodes) => {
                write!(f, "{number} OF (")?;
                list(f, nodes, ", ", Binding::Or)?;
                f.write_str(")")
            }
            Expr::Near(reach, nodes) => near(f, *reach, nodes),
            Expr::Apart(reach, left, right) => {
                write!(f, "{} NOT {reach} {}", chained(left), bound(right, Binding::Operand))
            }
            Expr::Count(inner, comparison) => write!(f, "count({inner}) {comparison}"),
            Expr::Score(weighted, comparison) => {
                f.write_str("score(")?;
                for (index, (node, weight)) in weighted.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{}^{weight}", bound(node, Binding::Operand))?;
                }
                write!(f, ") {comparison}")
            }
            Expr::First(words, inner) => write!(f, "first({words}, {inner})"),
            Expr::Story(term) => write!(f, "{term}"),
        }
    }
}

fn binding(node: &Node) -> Binding {
    match node.expr {
        Expr::Or(_) => Binding::Or,
        Expr::And(_) => Binding::And,
        Expr::Not(_) => Binding::Not,
        Expr::Near(..) | Expr::Apart(..) => Binding::Near,
        _ => Binding::Operand,
    }
}

/// A node as text, in brackets where it binds less tightly than `least`.
fn bound(node: &Node, least: Binding) -> String {
    if binding(node) < least { format!("({node})") } else { node.to_string() }
}

/// The left side of a chain: what binds as tightly stands there without brackets.
fn chained(node: &Node) -> String {
    bound(node, Binding::Near)
}

fn list(f: &mut fmt::Formatter<'_>, nodes: &[Node], between: &str, least: Binding) -> fmt::Result {
    for (index, node) in nodes.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        f.write_str(&bound(node, least))?;
    }
    Ok(())
}

fn near(f: &mut fmt::Formatter<'_>, reach: Reach, nodes: &[Node]) -> fmt::Result {
    for (index, node) in nodes.iter().enumerate() {
        let same = matches!(&node.expr, Expr::Near(other, _) if *other == reach);
        match index {
            // A chain of the same reach within a chain would be read as one with it.
            0 if same => write!(f, "({node})")?,
            0 => f.write_str(&chained(node))?,
            _ => write!(f, " {reach} {}", bound(node, Binding::Operand))?,
        }
    }
    Ok(())
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => write!(f, "NEAR/{words}"),
            Self::Before(words) => write!(f, "BEFORE/{words}"),
            Self::Sentence => f.write_str("SENTENCE"),
            Self::Paragraph => f.write_str("PARA"),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            Mode::Plain => f.write_str(&quoted(&self.text)),
            Mode::Exact => write!(f, "={}", in_quotes(&self.text)),
            Mode::Stem if self.text.contains(char::is_whitespace) => write!(f, "~{}", in_quotes(&self.text)),
            Mode::Stem => write!(f, "~{}", self.text),
            Mode::Prefix => write!(f, "{}*", self.text),
            Mode::Regex { ignore_case } => {
                write!(f, "/{}/{}", self.text.replace('/', "\\/"), if ignore_case { "i" } else { "" })
            }
        }
    }
}

/// A word as it is; anything else, and what would be read as something else, in quotes.
fn quoted(text: &str) -> String {
    let is_word = !text.is_empty() && !text.contains(char::is_whitespace) && !is_special(text);
    if is_word { text.to_owned() } else { in_quotes(text) }
}

fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

pub(in crate::matcher) fn kind_name(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Person => "@person",
        EntityKind::Place => "@place",
        EntityKind::Org => "@org",
    }
}

impl<T: fmt::Display> fmt::Display for Comparison<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.operator, self.value)
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AtLeast => ">=",
            Self::MoreThan => ">",
            Self::Equal => "=",
            Self::AtMost => "<=",
            Self::LessThan => "<",
        })
    }
}

impl fmt::Display for StoryTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sources(comparison) => write!(f, "story.sources {comparison}"),
            Self::New => f.write_str("story.new"),
            Self::Growing => f.write_str("story.growing"),
            Self::Has(id) => write!(f, "story.has(@{id})"),
            Self::Age(Comparison { operator, value }) => write!(f, "age {operator} {}", span(value.as_secs())),
        }
    }
}

/// Seconds in the largest unit that holds them whole.
fn span(seconds: u64) -> String {
    match seconds {
        0 => "0s".to_owned(),
        _ if seconds.is_multiple_of(86_400) => format!("{}d", seconds / 86_400),
        _ if seconds.is_multiple_of(3_600) => format!("{}h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}
