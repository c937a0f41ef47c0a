//! Logs: for people on stderr, JSON on request.

use std::fmt;
use std::io::{self, IsTerminal};

use clap::ValueEnum;
use jiff::tz::TimeZone;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::clock;

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
        LogFormat::Human => {
            let colour = io::stderr().is_terminal() && !no_colour();
            lines.with_ansi(colour).with_target(false).with_timer(LocalTime).compact().try_init()
        }
    };
    started.ok();
    log_panics();
}

/// Whether the user wants no colours anywhere (<https://no-color.org>).
pub fn no_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// The clock on the wall, to the second.
struct LocalTime;

impl FormatTime for LocalTime {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", clock::now().to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S"))
    }
}

/// A panic that is caught costs one document or one poll: it is told as everything else is, in one line.
fn log_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let message = info.payload_as_str().unwrap_or_default();
        tracing::error!("Part of newshound failed, please report this bug: {message} ({place})");
    }));
}
