//! What a hit still asks of the story that its item belongs to. The matcher leaves it open, the engine decides it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::query::{Comparison, StoryTerm};

/// What remains of a query once the item has answered the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// One thing asked of the story.
    Story(StoryTerm),
    /// All of them.
    All(Vec<Condition>),
    /// One of them.
    Any(Vec<Condition>),
    /// Not that.
    Not(Box<Condition>),
    /// So many of them.
    Of(u32, Vec<Condition>),
    /// The weights of those that hold, added to what the item gave already.
    Score(i32, Vec<(Condition, i32)>, Comparison<i32>),
}

/// What is known of a story when an item has just joined it.
#[derive(Debug, Clone, Copy)]
pub struct StoryFacts<'a> {
    /// How many independent publishers it has.
    pub sources: usize,
    /// Whether the item began it.
    pub is_new: bool,
    /// Whether it gains items faster than before.
    pub is_growing: bool,
    /// The entities that its items name, of those that some rule asks for.
    pub entities: &'a BTreeSet<String>,
    /// How long ago its first item came.
    pub age: Duration,
}

impl Condition {
    /// Whether `story` is as it asks.
    pub fn holds(&self, story: &StoryFacts<'_>) -> bool {
        match self {
            Self::Story(term) => is_so(term, story),
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(story)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(story)),
            Self::Not(condition) => !condition.holds(story),
            Self::Of(count, conditions) => {
                let holding = conditions.iter().filter(|condition| condition.holds(story)).count();
                u32::try_from(holding).is_ok_and(|holding| holding >= *count)
            }
            Self::Score(given, weighted, comparison) => {
                let holding = weighted.iter().filter(|(condition, _)| condition.holds(story));
                comparison.holds(&holding.fold(*given, |sum, (_, weight)| sum.saturating_add(*weight)))
            }
        }
    }
}

fn is_so(term: &StoryTerm, story: &StoryFacts<'_>) -> bool {
    match term {
        StoryTerm::Sources(comparison) => comparison.holds(&super::lexicon::number(story.sources)),
        StoryTerm::New => story.is_new,
        StoryTerm::Growing => story.is_growing,
        StoryTerm::Has(id) => story.entities.contains(id),
        StoryTerm::Age(comparison) => comparison.holds(&story.age),
    }
}
