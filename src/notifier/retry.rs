//! Whether and when a delivery that failed is tried again: one function, a property of the failure. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::clock::{LONGEST_ASKED, later};
use crate::store::Outcome;

/// Tries before a delivery is given up.
const MOST_ATTEMPTS: u32 = 12;

/// The first pause is at most this long; each further one at most twice the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_mins(15);

/// The longest that a place which is not there is left alone.
const LONGEST_ABSENCE: Duration = Duration::from_mins(1);

/// Why a sink did not take an alert. Texts are lower-case fragments for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There is no such place at the moment, and nothing was sent: a desktop without a server. It is waited for.
    #[error("{0}")]
    Absent(String),
    /// It can pass: try again, not before the place asked.
    #[error("{reason}")]
    Passing {
        /// What happened.
        reason: String,
        /// How long the place asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// It will be the same next time.
    #[error("{0}")]
    Permanent(String),
}

impl Failure {
    /// A failure that can pass, of a place that asked for nothing.
    pub fn passing(reason: impl Into<String>) -> Self {
        Self::Passing { reason: reason.into(), retry_after: None }
    }
}

/// What follows from `failure` after `attempts` earlier tries (or, for an absence, so many earlier looks).
/// `luck`, between 0 and 1, spreads the pauses (full jitter), so that what failed together does not return together.
pub fn next_step(failure: &Failure, attempts: u32, now: Timestamp, luck: f64) -> Outcome {
    let error = failure.to_string();
    match failure {
        Failure::Permanent(_) => Outcome::Dead { error },
        Failure::Absent(_) => {
            let pause = doubled(FIRST_PAUSE, attempts).min(LONGEST_ABSENCE);
            Outcome::Retry { at: after(now, pause), error, counts: false }
        }
        Failure::Passing { .. } if attempts + 1 >= MOST_ATTEMPTS => Outcome::Dead { error },
        Failure::Passing { retry_after, .. } => {
            let pause = doubled(FIRST_PAUSE, attempts).min(LONGEST_PAUSE).mul_f64(luck.clamp(0.0, 1.0));
            let asked = retry_after.unwrap_or_default();
            Outcome::Retry { at: after(now, pause.max(asked)), error, counts: true }
        }
    }
}

fn doubled(pause: Duration, times: u32) -> Duration {
    pause.saturating_mul(1_u32.checked_shl(times).unwrap_or(u32::MAX))
}

/// `pause` after `now`, but never later than anything may be due.
fn after(now: Timestamp, pause: Duration) -> Timestamp {
    later(now, SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX).min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    /// The pause in seconds, with the worst luck; None when it is given up.
    fn pause(failure: &Failure, attempts: u32) -> Option<i64> {
        match next_step(failure, attempts, NOW, 1.0) {
            Outcome::Retry { at, .. } => Some(at.duration_since(NOW).as_secs()),
            Outcome::Dead { .. } => None,
            Outcome::Sent { .. } => panic!("a failure cannot have been sent"),
        }
    }

    #[test]
    fn pauses_double_up_to_a_quarter_of_an_hour_and_end_after_twelve_tries() {
        let failure = Failure::passing("busy");
        let pauses: Vec<_> = (0..12).map(|attempts| pause(&failure, attempts)).collect();
        let seconds = [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900].map(Some);
        assert_eq!(pauses, [&seconds[..], &[None]].concat());
    }

    #[test]
    fn luck_spreads_pauses_but_keeps_what_was_asked() {
        let asked = Failure::Passing { reason: "busy".to_owned(), retry_after: Some(Duration::from_secs(30)) };
        let at = |luck| match next_step(&asked, 5, NOW, luck) {
            Outcome::Retry { at, .. } => at.duration_since(NOW).as_secs(),
            other => panic!("{other:?}"),
        };
        assert_eq!([at(0.0), at(1.0)], [30, 64]);
        let greedy = Failure::Passing { reason: "busy".to_owned(), retry_after: Some(Duration::MAX) };
        assert_eq!(pause(&greedy, 0), Some(24 * 3600));
    }

    #[test]
    fn an_absence_is_waited_for_without_end_and_without_counting() {
        let absent = Failure::Absent("no desktop".to_owned());
        assert_eq!([0, 1, 5, 500].map(|looks| pause(&absent, looks)), [2, 4, 60, 60].map(Some));
        assert!(matches!(next_step(&absent, 500, NOW, 0.5), Outcome::Retry { counts: false, .. }));
    }

    #[test]
    fn what_will_not_change_is_given_up() {
        assert_eq!(pause(&Failure::Permanent("no such program".to_owned()), 0), None);
    }
}
