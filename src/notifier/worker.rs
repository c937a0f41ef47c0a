//! One sink at work: which kind does what.

use crate::alert::Alert;
use crate::http::Client;

use super::command::Program;
use super::desktop::Desktop;
use super::file::AlertFile;
use super::stdout::Stdout;
use super::webhook::Webhook;
use super::{Failure, SinkKind};

/// What a sink of each kind keeps between deliveries.
#[derive(Debug)]
pub(super) enum Worker {
    Desktop(Desktop),
    Webhook(Webhook),
    Command(Program),
    File(AlertFile),
    Stdout(Stdout),
}

impl Worker {
    /// A worker for a sink of `kind`.
    pub(super) fn new(kind: &SinkKind) -> Self {
        match kind {
            SinkKind::Desktop => Self::Desktop(Desktop::default()),
            SinkKind::Webhook { url, headers } => Self::Webhook(Webhook::new(url.clone(), headers.clone())),
            SinkKind::Command { argv, timeout } => Self::Command(Program::new(argv.clone(), *timeout)),
            SinkKind::File { path } => Self::File(AlertFile::new(path.clone())),
            SinkKind::Stdout => Self::Stdout(Stdout::default()),
        }
    }

    /// Delivers `alert`, over `client` where it goes by the web; returns what the place said, for people.
    pub(super) async fn send(&mut self, client: &Client, alert: &Alert) -> Result<String, Failure> {
        match self {
            Self::Desktop(desktop) => desktop.send(alert).await,
            Self::Webhook(webhook) => webhook.send(client, alert).await,
            Self::Command(program) => program.send(alert).await,
            Self::File(file) => file.send(alert).await,
            Self::Stdout(stdout) => stdout.send(alert).await,
        }
    }
}
