//! How a command ends: the exit codes, and the last line on stderr.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use tokio::task::JoinError;

use crate::config::ConfigErrors;
use crate::matcher::CompileError;
use crate::store::StoreError;
use crate::telemetry::no_colour;

use super::printable;

/// How newshound ended. The numbers are a promise: scripts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Something could not be done; it was named on stderr. For `check`: there is a problem.
    Problems = 1,
    /// The arguments are wrong.
    Usage = 2,
    /// The configuration is wrong.
    Config = 3,
    /// The store cannot be used.
    Store = 4,
    /// Another newshound runs on the same store.
    Busy = 5,
    /// newshound itself failed.
    Failed = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Prints what clap says of the arguments: help goes to stdout and is no error.
pub(super) fn of_usage(error: &clap::Error) -> Exit {
    // A reader that has gone away has nothing left to be told.
    error.print().ok();
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

/// Prints an error as one line that says what to do, and names its exit code.
pub(super) fn of_result(result: anyhow::Result<Exit>) -> Exit {
    let error = match result {
        Ok(exit) => return exit,
        Err(error) => error,
    };
    if is_closed_pipe(&error) {
        return Exit::Done;
    }
    let mut stderr = io::stderr().lock();
    if let Some(errors) = error.downcast_ref::<ConfigErrors>() {
        writeln!(stderr, "{}", errors.render(io::stderr().is_terminal() && !no_colour())).ok();
        return Exit::Config;
    }
    writeln!(stderr, "newshound: {}", printable(&format!("{error:#}"))).ok();
    match error.downcast_ref::<StoreError>() {
        Some(StoreError::Busy { .. }) => Exit::Busy,
        Some(_) => Exit::Store,
        None if error.is::<CompileError>() => Exit::Config,
        // A task that crashed is a bug; all else is the world's doing, and the error says what.
        None if error.chain().any(<dyn Error>::is::<JoinError>) => Exit::Failed,
        None => Exit::Problems,
    }
}

/// `newshound … | head` ends when head has seen enough: that is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
