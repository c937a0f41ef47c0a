//! From feeds to items: polls each feed when it is due, reads what comes, keeps what is new.
//!
//! [`run()`] sleeps until the next feed is due (`schedule`), asks one feed of a host at a time (`queue`), and hands each
//! poll to `fetch`, which carries out what `poll` makes of the answer. `decode` and `parse` read documents, `identity`
//! tells which of their entries are known.

mod bounds;
pub(crate) mod decode;
mod fetch;
mod identity;
mod once;
mod parse;
mod poll;
mod queue;
mod reach;
mod roster;
mod round;
mod run;
mod schedule;
mod seen;

pub use fetch::{PollError, PollOutcome, Polled, fetch};
pub use once::once;
pub use parse::{ParseError, Parsed, parse};
pub use run::run;

/// Polls under way at a time: enough to hide slow servers, few enough to spare a home router.
const MOST_POLLS: usize = 64;
