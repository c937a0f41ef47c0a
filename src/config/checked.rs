//! What holds: a config whose every value was checked, trusted by all other code.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::feed::Feed;
use crate::http::Allow;
use crate::matcher::{Entity, Topic, Watch};
use crate::notifier::SinkConfig;

/// Where a config came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A directory of the user's.
    Directory(PathBuf),
    /// The default that is built into the program.
    Embedded,
}

/// Everything newshound was told.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where it came from.
    pub origin: Origin,
    /// The database file.
    pub store: PathBuf,
    /// No feed is polled more often than this.
    pub floor: Duration,
    /// How long `run --once` waits for slow feeds.
    pub once_deadline: Duration,
    /// Private addresses that may be reached.
    pub allow: Vec<Allow>,
    /// What to poll, each URL once.
    pub feeds: Vec<Feed>,
    /// Where alerts go.
    pub sinks: Vec<SinkConfig>,
    /// People, places and organisations, of packs and the user's own.
    pub entities: Vec<Entity>,
    /// Named lists of terms.
    pub topics: Vec<Topic>,
    /// What is watched for; disabled watches are left out.
    pub watches: Vec<Watch>,
    /// Headlines that watches, entities and topics must and must not hit, as their owner wrote them.
    pub examples: Vec<Example>,
}

/// Whose an example is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A watch, by name.
    Watch(String),
    /// An entity, by id.
    Entity(String),
    /// A topic, by name.
    Topic(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Watch(name) => write!(f, "the watch {name:?}"),
            Self::Entity(id) => write!(f, "@{id}"),
            Self::Topic(name) => write!(f, "#{name}"),
        }
    }
}

/// A `test_yes` or `test_no` of a watch, an entity or a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Whose it is.
    pub subject: Subject,
    /// The headline.
    pub title: String,
    /// Whether it must be hit.
    pub hits: bool,
    /// Where it is written, as `file:line`.
    pub place: String,
}
