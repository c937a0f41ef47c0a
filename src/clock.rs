//! The time: the only place that asks the machine for it.

use jiff::Timestamp;

/// Now, in UTC.
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks")]
pub fn now() -> Timestamp {
    Timestamp::now()
}
