//! Which items are about one happening. Pure: items in, stories out, the time passed in.

mod book;
mod keys;

pub use book::{Book, Placed, WINDOW};

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::alert::Level;
use crate::item::{ItemId, hex, stable_hash};
use crate::matcher::{Hit, WatchName};

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
    /// When its last item arrived.
    pub updated: Timestamp,
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

impl Story {
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
