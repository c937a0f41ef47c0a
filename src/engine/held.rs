//! What is held for the next digest, and when that is due.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::clock::later;
use crate::item::Item;
use crate::matcher::Hit;
use crate::story::StoryId;

/// A digest goes out when nothing was added to it for this long: the first polls of a start come within seconds.
const QUIET: SignedDuration = SignedDuration::from_secs(10);

/// A digest goes out at the latest this long after the first thing it holds: a slow feed delays no other.
const LONGEST: SignedDuration = SignedDuration::from_secs(60);

/// One item with hits that a gate holds.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// The item.
    pub(super) item: Arc<Item>,
    /// Its feed, for people.
    pub(super) feed: String,
    /// What it hit.
    pub(super) hits: Vec<Hit>,
    /// The story it is in.
    pub(super) story: StoryId,
}

/// Everything held.
#[derive(Debug, Default)]
pub(super) struct Holding {
    held: Vec<Held>,
    span: Option<(Timestamp, Timestamp)>,
}

impl Holding {
    /// Holds one more.
    pub(super) fn add(&mut self, held: Held, now: Timestamp) {
        self.held.push(held);
        self.span = Some((self.span.map_or(now, |(first, _)| first), now));
    }

    /// When the digest is due.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let (first, last) = self.span?;
        Some(later(last, QUIET).min(later(first, LONGEST)))
    }

    /// Whether the digest is due at `now`. One that seems to wait longer than any does was held under a clock that was
    /// wrong.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.due().is_some_and(|due| due <= now || due > later(now, LONGEST))
    }

    /// Lets everything go, oldest first.
    pub(super) fn take(&mut self) -> Vec<Held> {
        self.span = None;
        std::mem::take(&mut self.held)
    }
}
