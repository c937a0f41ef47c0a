//! The time: the only place that asks the machine for it, and how long to wait for what.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// No sleep is longer: timers stop while a machine is suspended, the wall clock does not.
pub const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// How long a store that cannot be used (a full disk) is left alone before it is tried again.
pub const STORE_PAUSE: Duration = Duration::from_secs(5);

/// A server may ask for patience, but not for more than this. What is due later was put off by a clock that was wrong.
pub const LONGEST_ASKED: SignedDuration = SignedDuration::from_hours(24);

/// Now, in UTC.
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// `time` for people: on the clock on their wall, to the minute, with its zone.
pub fn shown(time: Timestamp) -> String {
    shown_in(time, TimeZone::system())
}

fn shown_in(time: Timestamp, zone: TimeZone) -> String {
    time.to_zoned_datetime(zone).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// How long to sleep for what is `due`, if anything is.
pub fn sleep_until(due: Option<Timestamp>) -> Duration {
    let Some(due) = due else { return LONGEST_SLEEP };
    Duration::try_from(due.duration_since(now())).unwrap_or(Duration::ZERO).min(LONGEST_SLEEP)
}

/// The time `by` after `time`, as far as times go.
pub fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_the_time_of_their_zone() {
        let time = "2026-11-24T08:22:31Z".parse().unwrap();
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        assert_eq!(shown_in(time, zone), "2026-11-24 09:22 CET");
        assert_eq!(shown_in(time, TimeZone::UTC), "2026-11-24 08:22 UTC");
    }
}
