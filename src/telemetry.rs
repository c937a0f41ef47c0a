//! Logs: for people on stderr, JSON on request.

use std::io::{self, IsTerminal};

use clap::ValueEnum;
use tracing_subscriber::filter::EnvFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    Human,
    /// One JSON object a line
    Json,
}

/// Starts logging to stderr. `$NEWSHOUND_LOG` (`debug`, `newshound::poller=trace`, …) stands before the flags.
pub fn init(verbose: u8, quiet: bool, format: LogFormat) {
    let level = match (quiet, verbose) {
        (true, _) => "error",
        // On a terminal the sink `stdout` shows each alert: a second line for it would only be in the way.
        (false, 0) if io::stderr().is_terminal() => "newshound=info,newshound::daemon::deciding=warn,warn",
        (false, 0) => "newshound=info,warn",
        (false, 1) => "newshound=debug,warn",
        (false, _) => "newshound=trace,debug",
    };
    let filter = EnvFilter::try_from_env("NEWSHOUND_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // A second start in one process, as tests make it, keeps the first one's logger.
    let started = match format {
        LogFormat::Json => lines.json().try_init(),
        LogFormat::Human => lines.with_ansi(io::stderr().is_terminal()).with_target(false).compact().try_init(),
    };
    started.ok();
    log_panics();
}

/// A panic that is caught costs one document or one poll: it is told as everything else is, in one line.
fn log_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let message = info.payload_as_str().unwrap_or_default();
        tracing::error!("Part of newshound failed, please report this bug: {message} ({place})");
    }));
}
