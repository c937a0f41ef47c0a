//! All watches compiled: what each term is for, and which rules to look at once it is found. Knows nothing of texts.

mod compile;
mod keys;

use hashbrown::HashMap;

use crate::alert::Level;

use super::code::{Code, OpId};
use super::lexicon::Lexicon;
use super::parts::PartSet;
use super::patterns::Patterns;
use super::query::{Literal, Mode};
use super::rule::{EntityKind, WatchName};
use super::scope::Feeds;

pub(super) use compile::compile;

/// A term of a rule (a literal, an entity, a topic), by number.
pub(super) type AtomId = u32;
/// An entity, by number.
pub(super) type EntityId = u32;
/// A rule, by number: the order of the watches; then come the terms of topics that are queries themselves.
pub(super) type RuleId = u32;

/// What an atom is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Atom {
    Literal(Literal),
    Entity(String),
    Kind(EntityKind),
    Topic(String),
}

/// As its owner would write it in a list.
impl std::fmt::Display for Atom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Literal(Literal { text, mode: Mode::Plain }) => f.write_str(text),
            Self::Literal(literal) => write!(f, "{literal}"),
            Self::Entity(id) => write!(f, "@{id}"),
            Self::Kind(kind) => f.write_str(super::query::kind_name(*kind)),
            Self::Topic(name) => write!(f, "#{name}"),
        }
    }
}

/// What a name in a text tells of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It is there.
    Full,
    /// It is there, if something else says so.
    Short,
    /// It is not there: another one is.
    Never,
}

/// What a term of the lexicon is for.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// The atoms that occur where it occurs.
    pub(super) atoms: Vec<AtomId>,
    /// The atoms that occur where it occurs letter for letter.
    pub(super) exact: Vec<AtomId>,
    /// The entities that it names.
    pub(super) names: Vec<(EntityId, Role)>,
}

/// An entity as it is sought.
#[derive(Debug)]
pub(super) struct EntityPlan {
    pub(super) id: String,
    /// The atoms that occur where it occurs.
    pub(super) atoms: Vec<AtomId>,
    /// The atoms near which a short form counts.
    pub(super) context: Vec<AtomId>,
}

/// A rule as it is evaluated.
#[derive(Debug)]
pub(super) struct RulePlan {
    pub(super) watch: WatchName,
    pub(super) level: Level,
    pub(super) op: OpId,
}

/// A term of a topic that is a query itself: where it holds, the topic occurs.
#[derive(Debug)]
pub(super) struct Derived {
    pub(super) atom: AtomId,
    pub(super) op: OpId,
}

/// All watches, compiled.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) code: Code,
    pub(super) lexicon: Lexicon,
    pub(super) patterns: Patterns,
    pub(super) uses: Vec<Uses>,
    pub(super) entities: Vec<EntityPlan>,
    /// Each atom as its owner wrote it.
    pub(super) atoms: Vec<Atom>,
    /// The rules to look at when an atom occurs; numbers behind those of `rules` are of `derived`.
    pub(super) posts: Vec<Vec<RuleId>>,
    /// Rules that hold without any term: they are looked at for every item.
    pub(super) unposted: Vec<RuleId>,
    pub(super) rules: Vec<RulePlan>,
    pub(super) derived: Vec<Derived>,
    /// Entities that some rule asks of a story, with their atoms.
    pub(super) asked_of_stories: HashMap<String, AtomId>,
    /// The parts that some rule asks for.
    pub(super) parts: PartSet,
    pub(super) feeds: Feeds,
}
