//! Which watches an item hits, with proof. All rules are compiled into one plan, so that a thousand watches cost
//! about what ten do. Pure.
//!
//! The way of an item: `markup` shows its fields as a person sees them, `tokens` cuts them into words that `fold`
//! made comparable, `find` walks the `lexicon` for terms, `names` settles who is meant, `evaluate` asks the rules.
//! Terms go the same way once, in `plan`, where `forms` adds their plurals, particles and case endings.

mod chars;
mod code;
mod condition;
mod evaluate;
mod explain;
mod find;
mod fold;
mod forms;
mod hit;
mod lexicon;
mod markup;
mod names;
mod parts;
mod patterns;
mod plan;
mod proof;
pub mod query;
mod rule;
mod scope;
mod term;
pub mod text;
mod together;
mod tokens;

use std::cell::RefCell;

pub use condition::{Condition, StoryFacts};
pub use explain::{Explainer, Explanation};
pub use hit::{Field, Hit, Proof};
pub use rule::{Entity, EntityKind, Lists, Near, Part, Topic, Watch, WatchName};
pub use term::{TermError, check_term};

use crate::feed::Feed;
use crate::item::Item;

use evaluate::Reader;
use find::Found;
use plan::Plan;

thread_local! {
    /// Memory that is used again for every item.
    static FOUND: RefCell<Found> = RefCell::default();
}

/// All watches, compiled.
#[derive(Debug)]
pub struct Matcher {
    plan: Plan,
}

/// Why watches cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// An entity that nobody defined.
    #[error("{place}: there is no entity `{id}`")]
    UnknownEntity {
        /// Who names it.
        place: String,
        /// The id.
        id: String,
    },
    /// A topic that nobody defined.
    #[error("{place}: there is no topic `{name}`")]
    UnknownTopic {
        /// Who names it.
        place: String,
        /// The name.
        name: String,
    },
    /// A term that cannot occur in any text.
    #[error("{place}: `{term}`: {source}")]
    Term {
        /// Whose term it is.
        place: String,
        /// The term.
        term: String,
        /// What is wrong with it.
        source: TermError,
    },
    /// A pattern for feeds that cannot be read.
    #[error("{place}: {source}")]
    Glob {
        /// Whose pattern it is.
        place: String,
        /// What is wrong with it.
        source: globset::Error,
    },
}

impl Matcher {
    /// Compiles `watches` with the entities and topics they name. `feeds` are the feeds that the watches'
    /// `feeds` and `not_feeds` are resolved against.
    ///
    /// # Errors
    /// Fails when a watch, entity or topic names what is not there, or holds a term without a letter or digit.
    pub fn compile(
        watches: &[Watch],
        entities: &[Entity],
        topics: &[Topic],
        feeds: &[Feed],
    ) -> Result<Self, CompileError> {
        Ok(Self { plan: plan::compile(watches, entities, topics, feeds)? })
    }

    /// Regular expressions that no literal part keeps from being tried on every text, as they are written.
    pub fn slow_terms(&self) -> Vec<String> {
        let slow = self.plan.patterns.slow().filter_map(|atom| self.plan.atoms.get(tokens::size(atom)));
        slow.map(ToString::to_string).collect()
    }

    /// Every watch that hits `item`, in the order of the watches.
    pub fn hits(&self, item: &Item) -> Vec<Hit> {
        FOUND.with_borrow_mut(|found| {
            found.read(&self.plan, item);
            Reader { plan: &self.plan, found, item }.hits()
        })
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
