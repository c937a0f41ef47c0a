//! Tokens → tree, by precedence: proximity binds tightest, then NOT, then AND (or nothing), then OR. Goes on behind
//! a mistake, so that one reading finds several.

use std::ops::Range;
use std::time::Duration;

use super::check::check;
use super::error::{Note, QueryErrors, did_you_mean};
use super::lexer::{self, Lexeme, Token};
use super::tree::{Comparison, Expr, Literal, Mode, Node, Operator, Reach, StoryTerm};
use crate::matcher::rule::EntityKind;

/// Groups within groups at most: the stack has an end.
const DEEPEST: usize = 64;

/// A query that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// What it means.
    pub node: Node,
    /// What is odd about it.
    pub warnings: Vec<Note>,
}

/// Reads a query.
///
/// # Errors
/// Fails with every mistake that could be told apart.
pub fn parse(text: &str) -> Result<Parsed, QueryErrors> {
    let (lexemes, errors) = lexer::read(text);
    let mut parser = Parser { lexemes, at: 0, end: text.len(), depth: 0, errors, warnings: Vec::new() };
    let node = parser.whole();
    if let (Some(node), true) = (&node, parser.errors.is_empty()) {
        check(node, &mut parser.errors);
    }
    match node {
        Some(node) if parser.errors.is_empty() => Ok(Parsed { node, warnings: parser.warnings }),
        _ => {
            parser.errors.sort_by_key(|note| note.span.start);
            Err(QueryErrors(parser.errors))
        }
    }
}

struct Parser {
    lexemes: Vec<Lexeme>,
    at: usize,
    /// Where the text ends.
    end: usize,
    depth: usize,
    errors: Vec<Note>,
    warnings: Vec<Note>,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.lexemes.get(self.at).map(|lexeme| &lexeme.token)
    }

    fn next(&mut self) -> Option<Lexeme> {
        let lexeme = self.lexemes.get(self.at).cloned();
        self.at += usize::from(lexeme.is_some());
        lexeme
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    /// Where the next token stands, or the end.
    fn here(&self) -> Range<usize> {
        self.lexemes.get(self.at).map_or(self.end..self.end, |lexeme| lexeme.span.clone())
    }

    /// From `start` to behind the last token that was taken.
    fn since(&self, start: usize) -> Range<usize> {
        let last = self.at.checked_sub(1).and_then(|at| self.lexemes.get(at));
        start..last.map_or(start, |lexeme| lexeme.span.end.max(start))
    }

    fn error(&mut self, span: Range<usize>, message: impl Into<String>) -> &mut Note {
        self.errors.push(Note::new(span, message));
        self.errors.last_mut().expect("it was just pushed")
    }

    fn whole(&mut self) -> Option<Node> {
        if self.lexemes.is_empty() && self.errors.is_empty() {
            self.error(0..self.end, "an empty query").hint = Some("say what to look for".to_owned());
        }
        let mut node = None;
        while self.at < self.lexemes.len() {
            let more = self.or();
            node = node.or(more);
            let span = self.here();
            match self.next().map(|lexeme| lexeme.token) {
                None => {}
                Some(Token::Shut) => {
                    self.error(span, "a `)` that closes nothing").hint =
                        Some("take it away, or open it with `(`".to_owned());
                }
                Some(_) => {
                    self.error(span, "this cannot stand here");
                }
            }
        }
        node
    }

    fn or(&mut self) -> Option<Node> {
        let start = self.here().start;
        let mut nodes = vec![self.and()];
        let mut bare_and = self.is_bare_and(nodes.last());
        while self.take(&Token::Or) {
            nodes.push(self.and());
            bare_and |= self.is_bare_and(nodes.last());
        }
        let several = nodes.len() > 1;
        let nodes: Vec<Node> = nodes.into_iter().flatten().collect();
        let span = self.since(start);
        if several && bare_and {
            let note = Note::new(span.clone(), "AND and OR without brackets: AND goes first");
            self.warnings.push(note.hint("say so with ( )"));
        }
        joined(nodes, span, Expr::Or)
    }

    /// Whether the operand that was just read is an AND that stands in no brackets of its own.
    fn is_bare_and(&self, node: Option<&Option<Node>>) -> bool {
        let Some(Some(node)) = node else { return false };
        let is_bracketed = self.at.checked_sub(1).and_then(|at| self.lexemes.get(at));
        let ends_outside = is_bracketed.is_none_or(|last| last.token != Token::Shut || last.span.end <= node.span.end);
        matches!(node.expr, Expr::And(_)) && ends_outside
    }

    fn and(&mut self) -> Option<Node> {
        let start = self.here().start;
        let mut nodes = vec![self.not()];
        loop {
            if self.take(&Token::And) || self.begins_operand() {
                nodes.push(self.not());
            } else {
                break;
            }
        }
        joined(nodes.into_iter().flatten().collect(), self.since(start), Expr::And)
    }

    fn begins_operand(&self) -> bool {
        matches!(
            self.peek(),
            Some(
                Token::Word(_)
                    | Token::Literal(_)
                    | Token::Entity(_)
                    | Token::Topic(_)
                    | Token::Within(_)
                    | Token::Origin(..)
                    | Token::Story(_)
                    | Token::Open
                    | Token::Not
            )
        )
    }

    fn not(&mut self) -> Option<Node> {
        let start = self.here().start;
        if !self.take(&Token::Not) {
            return self.near();
        }
        let inner = self.deeper(Self::not)?;
        Some(Node { expr: Expr::Not(Box::new(inner)), span: self.since(start) })
    }

    /// `a NEAR/8 b NEAR/8 c` is one; another reach begins anew, around what was read so far.
    fn near(&mut self) -> Option<Node> {
        let start = self.here().start;
        let mut left = self.operand();
        loop {
            let apart = self.peek() == Some(&Token::Not)
                && matches!(self.lexemes.get(self.at + 1).map(|lexeme| &lexeme.token), Some(Token::Reach(_)));
            self.at += usize::from(apart);
            let Some(Token::Reach(reach)) = self.peek().cloned() else { return left };
            self.at += 1;
            let right = self.operand();
            let (Some(one), Some(other)) = (left.take(), right) else { return None };
            let span = self.since(start);
            left = Some(if apart {
                Node { expr: Expr::Apart(reach, one.into(), other.into()), span }
            } else {
                together(reach, one, other, span)
            });
        }
    }

    /// Reads with `read` one level further down, if there is one.
    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Option<Node>) -> Option<Node> {
        if self.depth == DEEPEST {
            let span = self.here();
            self.error(span, format!("groups are nested more than {DEEPEST} deep"));
            self.at = self.lexemes.len();
            return None;
        }
        self.depth += 1;
        let node = read(self);
        self.depth -= 1;
        node
    }

    fn operand(&mut self) -> Option<Node> {
        let span = self.here();
        let Some(token) = self.peek().cloned() else {
            self.error(span, "something to look for is missing here");
            return None;
        };
        if !self.begins_operand() || token == Token::Not {
            return self.misplaced(&token, span);
        }
        self.at += 1;
        let expr = match token {
            Token::Open => return self.group(&span),
            Token::Word(word) => return self.word(word, span),
            Token::Literal(literal) => Expr::Literal(literal),
            Token::Entity(id) => self.entity(id, &span)?,
            Token::Topic(name) if name.is_empty() => {
                self.error(span, "a `#` without a topic").hint = Some("such as `#arms-deal`".to_owned());
                return None;
            }
            Token::Topic(name) => Expr::Topic(name),
            Token::Within(parts) => Expr::Within(parts, Box::new(self.deeper(Self::operand)?)),
            Token::Origin(_, name) if name.is_empty() => {
                let hint = "such as `feed:\"BBC World\"` or `lang:en`".to_owned();
                self.error(span, "a name belongs here").hint = Some(hint);
                return None;
            }
            Token::Origin(origin, name) => Expr::Origin(origin, name),
            Token::Story(name) => Expr::Story(self.story(&name, &span)?),
            _ => return None,
        };
        Some(Node { expr, span: self.since(span.start) })
    }

    /// Reports a token that cannot begin an operand. Operators are left for whoever wants an operand behind them.
    fn misplaced(&mut self, token: &Token, span: Range<usize>) -> Option<Node> {
        let what = match token {
            Token::And | Token::Or | Token::Of | Token::Reach(_) => "an operator needs something on either side",
            Token::Not => "`NOT` cannot stand here",
            Token::Shut => "something to look for is missing before this `)`",
            Token::Comma => "a comma stands only between the members of a list, such as `2 OF (a, b)`",
            Token::Weight(_) => "a weight stands only in `score(a^4, b^2) >= 6`",
            Token::Compare(_) => "a comparison stands only behind `count(…)`, `score(…)`, `story.sources` or `age`",
            _ => "this cannot stand here",
        };
        self.error(span, what);
        if *token != Token::Shut {
            self.at += 1;
        }
        None
    }

    /// Behind `(`.
    fn group(&mut self, open: &Range<usize>) -> Option<Node> {
        let node = self.deeper(Self::or);
        self.shut(open);
        node
    }

    fn shut(&mut self, open: &Range<usize>) {
        if !self.take(&Token::Shut) {
            self.error(open.clone(), "a `(` that is not closed").hint = Some("close it with `)`".to_owned());
        }
    }

    /// A word, or what begins with one: `2 OF (…)`, `count(…)`.
    fn word(&mut self, text: String, span: Range<usize>) -> Option<Node> {
        if self.peek() == Some(&Token::Of) && text.parse::<usize>().is_ok() {
            return self.of(&text, span);
        }
        if self.peek() == Some(&Token::Open) && self.here().start == span.end {
            return self.call(text, span);
        }
        if let Some(hint) = lexer::meant(&text) {
            self.error(span, format!("unknown field `{text}`")).hint = Some(hint);
            return None;
        }
        Some(Node { expr: Expr::Literal(Literal { text, mode: Mode::Plain }), span })
    }

    fn entity(&mut self, id: String, span: &Range<usize>) -> Option<Expr> {
        Some(match id.as_str() {
            "" => {
                self.error(span.clone(), "an `@` without an entity").hint = Some("such as `@kim-jong-un`".to_owned());
                return None;
            }
            "person" => Expr::Kind(EntityKind::Person),
            "place" => Expr::Kind(EntityKind::Place),
            "org" => Expr::Kind(EntityKind::Org),
            _ => Expr::Entity(id),
        })
    }

    /// Behind `2`, at `OF`.
    fn of(&mut self, number: &str, span: Range<usize>) -> Option<Node> {
        self.at += 1;
        let members: Vec<Node> = self.members()?.into_iter().map(|(node, _)| node).collect();
        let number = number.parse().unwrap_or(0);
        let whole = self.since(span.start);
        if number == 0 || number > members.len() {
            let message = format!("`{number} OF` a list of {} can never be", members.len());
            self.error(span, message).hint = Some(format!("from 1 to {}", members.len()));
            return None;
        }
        Some(Node { expr: Expr::Of(number, members), span: whole })
    }

    /// `(a, b^2, …)`, each with its weight.
    fn members(&mut self) -> Option<Vec<(Node, Option<i32>)>> {
        let open = self.here();
        if !self.take(&Token::Open) {
            self.error(open, "a list in brackets belongs here").hint = Some("such as `2 OF (a, b, c)`".to_owned());
            return None;
        }
        let mut members = Vec::new();
        loop {
            let node = self.deeper(Self::or);
            let weight = match self.peek() {
                Some(Token::Weight(weight)) => Some(*weight),
                _ => None,
            };
            self.at += usize::from(weight.is_some());
            members.push(node.map(|node| (node, weight)));
            if !self.take(&Token::Comma) {
                break;
            }
        }
        self.shut(&open);
        members.into_iter().collect()
    }

    /// `count(…)`, `score(…)`, `first(…)`; the name was taken, `(` comes next.
    fn call(&mut self, name: String, span: Range<usize>) -> Option<Node> {
        if !matches!(name.as_str(), "count" | "score" | "first") {
            let Some(hint) = did_you_mean(&name, ["count", "score", "first"]) else {
                // `missiles (ballistic OR cruise)` without the blank
                return Some(Node { expr: Expr::Literal(Literal { text: name, mode: Mode::Plain }), span });
            };
            self.error(span, format!("there is no `{name}(…)`")).hint = Some(hint);
            self.members();
            return None;
        }
        let members = self.members()?;
        let inside = self.since(span.start);
        let expr = match (name.as_str(), members.as_slice()) {
            ("count", [(node, None)]) => Expr::Count(Box::new(node.clone()), self.comparison("count(x) >= 3", count)?),
            ("score", _) => self.score(members, inside)?,
            ("first", [(number, None), (node, None)]) => Expr::First(self.first(number)?, Box::new(node.clone())),
            _ => {
                let form = if name == "count" { "count(x) >= 3" } else { "first(50, x)" };
                self.error(inside, format!("`{name}` takes something else")).hint = Some(format!("such as `{form}`"));
                return None;
            }
        };
        Some(Node { expr, span: self.since(span.start) })
    }

    fn score(&mut self, members: Vec<(Node, Option<i32>)>, span: Range<usize>) -> Option<Expr> {
        let comparison = self.comparison("score(a^4, b^2) >= 6", |text| text.parse().ok())?;
        let weighted: Vec<_> = members.into_iter().map(|(node, weight)| (node, weight.unwrap_or(1))).collect();
        let most: i64 = weighted.iter().map(|(_, weight)| i64::from(*weight).max(0)).sum();
        if matches!(comparison.operator, Operator::AtLeast) && i64::from(comparison.value) > most {
            self.error(span, format!("all weights together make {most}: this can never be"));
            return None;
        }
        Some(Expr::Score(weighted, comparison))
    }

    fn first(&mut self, number: &Node) -> Option<u32> {
        let words = match &number.expr {
            Expr::Literal(Literal { text, mode: Mode::Plain }) => text.parse().ok().filter(|words| *words > 0),
            _ => None,
        };
        if words.is_none() {
            let note = self.error(number.span.clone(), "a number of words belongs here");
            note.hint = Some("such as `first(50, x)`".to_owned());
        }
        words
    }

    /// A sign and a value, read by `value`; `form` is an example of the whole.
    fn comparison<T>(&mut self, form: &str, value: impl Fn(&str) -> Option<T>) -> Option<Comparison<T>> {
        let span = self.here();
        let Some(Token::Compare(operator)) = self.peek().cloned() else {
            self.error(span, "a comparison belongs here").hint = Some(format!("such as `{form}`"));
            return None;
        };
        self.at += 1;
        let span = self.here();
        let found = match self.next().map(|lexeme| lexeme.token) {
            Some(Token::Word(text)) => value(&text),
            _ => None,
        };
        if found.is_none() {
            self.error(span, "this is nothing to compare with").hint = Some(format!("such as `{form}`"));
        }
        Some(Comparison { operator, value: found? })
    }

    /// Behind `story.sources` and its like.
    fn story(&mut self, name: &str, span: &Range<usize>) -> Option<StoryTerm> {
        Some(match name {
            "story.sources" => StoryTerm::Sources(self.comparison("story.sources >= 2", count)?),
            "story.new" => StoryTerm::New,
            "story.growing" => StoryTerm::Growing,
            "age" => StoryTerm::Age(self.comparison("age < 6h", duration)?),
            "story.has" => {
                let members = self.members()?;
                if let [(Node { expr: Expr::Entity(id), .. }, None)] = members.as_slice() {
                    StoryTerm::Has(id.clone())
                } else {
                    let span = self.since(span.start);
                    self.error(span, "a story has entities").hint =
                        Some("such as `story.has(@vladimir-putin)`".to_owned());
                    return None;
                }
            }
            _ => {
                let known = ["story.sources", "story.new", "story.growing", "story.has"];
                let hint = did_you_mean(name, known).unwrap_or_else(|| format!("there are: {}", known.join(", ")));
                self.error(span.clone(), format!("unknown story term `{name}`")).hint = Some(hint);
                return None;
            }
        })
    }
}

fn count(text: &str) -> Option<u32> {
    text.parse().ok()
}

/// `6h`, `30m`, `2d`
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = number.parse().ok()?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    Some(Duration::from_secs(number.checked_mul(seconds)?))
}

fn joined(mut nodes: Vec<Node>, span: Range<usize>, expr: impl FnOnce(Vec<Node>) -> Expr) -> Option<Node> {
    if nodes.len() > 1 { Some(Node { expr: expr(nodes), span }) } else { nodes.pop() }
}

/// Two operands together, or one more in a chain of the same reach.
fn together(reach: Reach, one: Node, other: Node, span: Range<usize>) -> Node {
    let expr = match one.expr {
        Expr::Near(known, mut nodes) if known == reach => {
            nodes.push(other);
            Expr::Near(reach, nodes)
        }
        expr => Expr::Near(reach, vec![Node { expr, span: one.span }, other]),
    };
    Node { expr, span }
}
