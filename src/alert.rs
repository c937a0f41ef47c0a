//! What a person reads, and the decision whether, when and why to tell it. Pure.

mod decide;
mod render;

pub use decide::{SoFar, decide};
pub use render::{Report, digest, of_story};

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::item::{ItemId, hex, stable_hash};
use crate::matcher::{Proof, WatchName};
use crate::story::StoryId;

/// How loud something is, from quiet to loud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth reading when there is time.
    Info,
    /// Worth an interruption.
    #[default]
    Notice,
    /// Worth any interruption.
    Urgent,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Urgent => "urgent",
        })
    }
}

/// The identity of an alert through all its revisions: 16 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertId(Arc<str>);

impl AlertId {
    /// Takes an id from the store.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The alert of a story: the same whenever and wherever it is made.
    pub fn of_story(story: &StoryId) -> Self {
        Self::new(hex(stable_hash(&["alert", story.as_str()])))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// A new story.
    First,
    /// A story that was told has gained a watch or a level.
    Escalated,
    /// A story that was told has gained an item and nothing more: silent, in place.
    Update,
    /// What was held, together.
    Digest,
    /// Sent by hand, to see that it arrives.
    Test,
}

impl Reason {
    /// Whether this reason may interrupt a person.
    pub fn interrupts(self) -> bool {
        !matches!(self, Self::Update)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "first",
            Self::Escalated => "escalated",
            Self::Update => "update",
            Self::Digest => "digest",
            Self::Test => "test",
        })
    }
}

/// What a person reads: one story at one moment, or a digest. Its JSON form is one line of the alerts stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// The same through all revisions.
    pub id: AlertId,
    /// The story it tells; none for a digest or a test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<StoryId>,
    /// Rises by one with each telling of the story, from 1. A digest of several stories is a telling of each, under an
    /// id of its own: the story's alert then begins at 2.
    pub revision: u32,
    /// Why it is told.
    pub reason: Reason,
    /// The highest level of its watches; of a digest, notice at most.
    pub level: Level,
    /// Every watch that hit the story so far, in the order they hit.
    pub watches: Vec<WatchName>,
    /// One line, plain text.
    pub title: String,
    /// Some lines, plain text.
    pub body: String,
    /// Where to read the item that made this revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The feed of that item, by its name where it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub feed: String,
    /// When that item says it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// When this was decided.
    pub at: Timestamp,
    /// The independent publishers of the story so far, in the order they reported.
    pub sources: Vec<String>,
    /// The story's items, oldest first.
    pub items: Vec<ItemId>,
    /// How many more the story has than are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_items: u32,
    /// What the watches found in the item that made this revision.
    pub proof: Vec<Proof>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Alert {
    /// The key under which a receiver can recognise a repeated delivery of the same telling.
    pub fn idempotency_key(&self) -> String {
        format!("{}.{}", self.id, self.revision)
    }

    /// Who tells it, for people: the feed and its publisher, or how many publishers where they are several.
    pub fn told_by(&self) -> String {
        match self.sources.as_slice() {
            [] => self.feed.clone(),
            [one] if self.feed.is_empty() || *one == self.feed => one.clone(),
            [one] => format!("{} — {one}", self.feed),
            all if self.feed.is_empty() => format!("{} sources", all.len()),
            all => format!("{} ({} sources)", self.feed, all.len()),
        }
    }
}

/// What is done about one hit, and why.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Told at once.
    Send(Reason),
    /// Told later, in a digest.
    Hold(Gate),
    /// Not told.
    Drop(DropReason),
}

/// What holds an alert back until a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// The item was already there at the first poll of its feed.
    Baseline,
}

/// Why a hit is not told at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DropReason {
    /// It stood in the first poll of a feed with `backlog = "none"`.
    Backlog,
    /// The item was already old at the first poll of its feed.
    Old,
    /// The story already has this very item.
    Repeated,
    /// Its story is not what the rule asks of it, or not yet.
    Unmet,
}
