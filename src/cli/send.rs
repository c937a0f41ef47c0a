//! `newshound send` (hidden): alerts in, each handed to one sink. For trying sinks, and for their tests.

use std::io::{self, BufRead, Write};
use std::path::Path;

use anyhow::Context;
use clap::Args;

use crate::alert::Alert;
use crate::config;
use crate::http::Client;
use crate::notifier;

use super::{Exit, block_on};

/// Arguments of `send`.
#[derive(Debug, Args)]
pub(super) struct SendArgs {
    /// The name of the sink
    #[arg(long, default_value = "desktop")]
    sink: String,
}

pub(super) fn main(path: Option<&Path>, args: &SendArgs) -> anyhow::Result<Exit> {
    let config = config::load(path)?.config;
    let sink = config.sinks.iter().find(|sink| sink.name == args.sink);
    let sink = sink.with_context(|| format!("no sink is called \"{}\"", args.sink))?;
    let client = Client::new(config.allow.clone());
    let mut exit = Exit::Done;
    for line in io::stdin().lock().lines() {
        let alert: Alert = serde_json::from_str(&line?).context("a line is no alert")?;
        match block_on(async { Ok(notifier::send(&sink.kind, &client, &alert).await) })? {
            Ok(note) => writeln!(io::stdout(), "{} sent: {note}", alert.idempotency_key())?,
            Err(failure) => {
                exit = Exit::Problems;
                writeln!(io::stdout(), "{} failed: {failure}", alert.idempotency_key())?;
            }
        }
    }
    Ok(exit)
}
