//! Standard output: readable lines on a terminal, JSON Lines otherwise.

use std::io::{self, IsTerminal, Write};

use crate::alert::Alert;

use super::{Failure, render_text};

/// Prints `alert`.
pub(super) fn send(alert: &Alert) -> Result<String, Failure> {
    let stdout = io::stdout();
    let text = if stdout.is_terminal() {
        format!("{}\n", render_text(alert, true))
    } else {
        serde_json::to_string(alert).map_err(|error| Failure::Permanent(error.to_string()))?
    };
    let mut stdout = stdout.lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Ok(()) => Ok("printed".to_owned()),
        Err(error) => Err(Failure::Permanent(format!("standard output is closed: {error}"))),
    }
}
