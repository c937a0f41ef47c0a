//! The one door to the web: every request of newshound goes through this guarded client. The only user of reqwest.
//!
//! It reaches only addresses that are globally routable (unless the operator allows others), follows redirects by
//! hand, checks each hop, asks one thing of a host at a time, and never holds more than a capped body.

mod client;
mod error;
mod guard;
mod resolve;
mod turns;

pub use client::{Client, Reply, status_text};
pub use error::HttpError;
pub use guard::{Allow, AllowError};
