//! Which items are about one happening. Pure: items in, stories out, the time passed in.

mod book;
mod keys;

pub use book::{Book, Placed, WINDOW};

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alert::Level;
use crate::clock::later;
use crate::item::{ItemId, hex, stable_hash};
use crate::matcher::{Hit, StoryFacts, WatchName};

/// The identity of a story: 16 hex digits, derived from its first item, so that a replay finds the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoryId(Arc<str>);

impl StoryId {
    /// Takes an id from the store.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The story that `item` begins.
    pub fn begun_by(item: &ItemId) -> Self {
        Self::new(hex(stable_hash(&["story", item.as_str()])))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Items about one happening, and what has been told of it. Its JSON form is how the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// Who it is.
    pub id: StoryId,
    /// Hashes by which a further item is recognised: canonical links and folded titles.
    pub keys: Vec<u64>,
    /// When its first item arrived.
    pub opened: Timestamp,
    /// When its last item arrived.
    pub updated: Timestamp,
    /// When its latest items arrived, oldest first: enough of them to tell whether it grows.
    pub arrivals: Vec<Timestamp>,
    /// The entities that its items name, of those that some rule asks of a story.
    pub entities: BTreeSet<String>,
    /// Its items, oldest first, as many as are kept.
    pub items: Vec<ItemId>,
    /// How many more it has.
    #[serde(default)]
    pub more_items: u32,
    /// Its independent publishers, in the order they reported.
    pub sources: Vec<String>,
    /// Every watch for which it was told, in the order they hit.
    pub watches: Vec<WatchName>,
    /// The highest level of these watches. A digest tells it more quietly, but tells it.
    pub level: Level,
    /// The revision under which it was last told; 0 while it has not been.
    pub revision: u32,
}

/// A story grows when so many items came within the last [`PULSE`], and more than in the one before.
const GROWING: usize = 3;

/// The time over which growth is told.
const PULSE: SignedDuration = SignedDuration::from_hours(1);

impl Story {
    /// What rules can ask of it, once its latest item has joined it at `now`.
    pub fn facts(&self, now: Timestamp) -> StoryFacts<'_> {
        let age = Duration::try_from(now.duration_since(self.opened)).unwrap_or_default();
        StoryFacts {
            sources: self.sources.len(),
            is_new: self.items.len() == 1,
            is_growing: self.is_growing(now),
            entities: &self.entities,
            age,
        }
    }

    fn is_growing(&self, now: Timestamp) -> bool {
        let (pulse, before) = (later(now, -PULSE), later(now, -PULSE * 2));
        let latest = self.arrivals.iter().filter(|arrived| **arrived > pulse).count();
        let earlier = self.arrivals.iter().filter(|arrived| **arrived > before).count() - latest;
        latest >= GROWING && latest > earlier
    }

    /// Notes that it is being told, for what `hits` add to it: the next revision.
    pub fn raise(&mut self, hits: &[Hit]) {
        self.revision += 1;
        for hit in hits {
            self.level = self.level.max(hit.level);
            if !self.watches.contains(&hit.watch) {
                self.watches.push(hit.watch.clone());
            }
        }
    }
}
