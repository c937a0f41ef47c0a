//! What a query means, as a tree whose nodes know where they were written.

use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::matcher::rule::{EntityKind, Part};

/// A part of a query. Two are equal when they ask the same, wherever they stand.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it asks.
    pub expr: Expr,
    /// Where it is written, in bytes; empty for what was not written.
    pub span: Range<usize>,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.expr == other.expr
    }
}

impl From<Expr> for Node {
    fn from(expr: Expr) -> Self {
        Self { expr, span: 0..0 }
    }
}

/// What a query asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A word or phrase.
    Literal(Literal),
    /// `@kim-jong-un`: any name of an entity.
    Entity(String),
    /// `@person`: any name of any entity of a kind.
    Kind(EntityKind),
    /// `#arms-deal`: any term of a topic.
    Topic(String),
    /// `title:(…)`: looked for in these parts of an item only.
    Within(Vec<Part>, Box<Node>),
    /// `feed:bbc`, `site:bbc.co.uk`, `lang:en`: where an item comes from.
    Origin(Origin, String),
    /// All of them, anywhere.
    And(Vec<Node>),
    /// One of them.
    Or(Vec<Node>),
    /// Not that.
    Not(Box<Node>),
    /// `2 OF (a, b, c)`: so many different ones of them.
    Of(usize, Vec<Node>),
    /// `a NEAR/8 b NEAR/8 c`: all together.
    Near(Reach, Vec<Node>),
    /// `a NOT NEAR/8 b`: a place of the first with none of the second together with it.
    Apart(Reach, Box<Node>, Box<Node>),
    /// `count(x) >= 3`: in so many places.
    Count(Box<Node>, Comparison<u32>),
    /// `score(a^4, b^2) >= 6`: the sum of the weights of those that occur.
    Score(Vec<(Node, i32)>, Comparison<i32>),
    /// `first(50, x)`: among the first so many words of title and text.
    First(u32, Box<Node>),
    /// What only the story of an item can answer.
    Story(StoryTerm),
}

/// A word or phrase as it is written, and how exactly it is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Literal {
    /// The text, without the signs around it.
    pub text: String,
    /// How it is meant.
    pub mode: Mode,
}

/// How exactly a literal is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// `word`, `"a phrase"`: whatever its case and accents, with possessive and plural.
    Plain,
    /// `="Exact Case"`: letter for letter.
    Exact,
    /// `~supply`: any word with the same stem, in the language of the item.
    Stem,
    /// `missil*`: any word that begins so.
    Prefix,
    /// `/F-?16/i`: a regular expression over plain text.
    Regex {
        /// Whether case does not matter.
        ignore_case: bool,
    },
}

/// Where an item comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// A feed by name, tag or URL; `*` and `?` stand for any text and any character.
    Feed,
    /// The host of the item's own address, or a domain above it.
    Site,
    /// A language by its primary subtag; items of unknown language pass.
    Lang,
}

/// How near things must come to be together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// `NEAR/8`: at most so many words on, in any order.
    Words(u32),
    /// `BEFORE/3`: in this order, each at most so many words before the next.
    Before(u32),
    /// `SENTENCE`
    Sentence,
    /// `PARA`
    Paragraph,
}

/// `>= 3`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison<T> {
    /// The sign.
    pub operator: Operator,
    /// What is compared with.
    pub value: T,
}

impl<T: PartialOrd> Comparison<T> {
    /// Whether it holds for `found`.
    pub fn holds(&self, found: &T) -> bool {
        match self.operator {
            Operator::AtLeast => *found >= self.value,
            Operator::MoreThan => *found > self.value,
            Operator::Equal => *found == self.value,
            Operator::AtMost => *found <= self.value,
            Operator::LessThan => *found < self.value,
        }
    }
}

/// The sign of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// `>=`
    AtLeast,
    /// `>`
    MoreThan,
    /// `=`
    Equal,
    /// `<=`
    AtMost,
    /// `<`
    LessThan,
}

/// What the story of an item must be like, decided once it is known which story that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoryTerm {
    /// `story.sources >= 3`: so many independent publishers.
    Sources(Comparison<u32>),
    /// `story.new`: the item begins it.
    New,
    /// `story.growing`: it gains items faster than usual.
    Growing,
    /// `story.has(@x)`: one of its items names the entity.
    Has(String),
    /// `age < 6h`: so long ago its first item came.
    Age(Comparison<Duration>),
}

impl Node {
    /// A word or phrase.
    pub fn word(text: &str) -> Self {
        Expr::Literal(Literal { text: text.to_owned(), mode: Mode::Plain }).into()
    }

    /// The nodes directly inside, in the order they are written.
    pub fn children(&self) -> Vec<&Node> {
        match &self.expr {
            Expr::Within(_, inner) | Expr::Not(inner) | Expr::Count(inner, _) | Expr::First(_, inner) => vec![inner],
            Expr::And(nodes) | Expr::Or(nodes) | Expr::Of(_, nodes) | Expr::Near(_, nodes) => nodes.iter().collect(),
            Expr::Apart(_, left, right) => vec![left, right],
            Expr::Score(weighted, _) => weighted.iter().map(|(node, _)| node).collect(),
            Expr::Literal(_) | Expr::Entity(_) | Expr::Kind(_) | Expr::Topic(_) | Expr::Origin(..) | Expr::Story(_) => {
                Vec::new()
            }
        }
    }

    /// Calls `visit` with this node and every one inside it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Node)) {
        visit(self);
        for child in self.children() {
            child.walk(visit);
        }
    }

    /// All of `nodes`, or the one that there is.
    pub fn all(nodes: Vec<Node>) -> Node {
        one_or(nodes, Expr::And)
    }

    /// Any of `nodes`, or the one that there is.
    pub fn any(nodes: Vec<Node>) -> Node {
        one_or(nodes, Expr::Or)
    }
}

fn one_or(mut nodes: Vec<Node>, several: impl FnOnce(Vec<Node>) -> Expr) -> Node {
    match nodes.pop() {
        Some(node) if nodes.is_empty() => node,
        last => {
            nodes.extend(last);
            several(nodes).into()
        }
    }
}
