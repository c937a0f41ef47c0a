//! The places alerts go, as the operator configured them.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

/// A place alerts go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkConfig {
    /// Unique among all sinks.
    pub name: String,
    /// Which kind, with what it needs.
    pub kind: SinkKind,
    /// Whether it also receives silent updates of stories already told.
    pub updates: bool,
}

/// The kinds of sinks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SinkKind {
    /// A notification on the desktop.
    Desktop,
    /// An HTTP POST of the alert as JSON.
    Webhook {
        /// Where to.
        url: Url,
        /// Extra headers, such as `Authorization`.
        headers: Vec<(String, String)>,
    },
    /// A program that reads the alert as JSON on its standard input.
    Command {
        /// The program and its arguments; no shell.
        argv: Vec<String>,
        /// How long it may run.
        timeout: Duration,
    },
    /// A file to which each alert is appended as one line of JSON.
    File {
        /// Where.
        path: PathBuf,
    },
    /// Standard output: readable lines on a terminal, JSON Lines otherwise.
    Stdout,
}

impl SinkKind {
    /// Whether sinks of this kind receive silent updates unless told otherwise: those that keep a record do,
    /// those that would disturb a person do not.
    pub fn updates_by_default(&self) -> bool {
        matches!(self, Self::Webhook { .. } | Self::File { .. })
    }
}
