//! When a feed is polled next. Pure: the time is passed in, and chance is a hash of the feed, so that a replay finds
//! the same.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::feed::{Feed, FeedState};
use crate::item::stable_hash;

/// A feed that sends no validators costs its publisher a whole document each time, and is asked less often.
const WITHOUT_VALIDATORS: Duration = Duration::from_mins(15);

/// A feed that keeps failing is still asked this often: it must not be forgotten.
const LONGEST_BACKOFF: Duration = Duration::from_hours(6);

/// A server may ask for patience, but not for more than this.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// Feeds that became due while newshound was not running are begun at this distance from each other.
pub(super) const RESUME_GAP: SignedDuration = SignedDuration::from_millis(50);

/// When a feed that was read, or had not changed, is polled next.
pub(super) fn after_success(feed: &Feed, state: &FeedState, floor: Duration, now: Timestamp) -> Timestamp {
    later(now, jittered(interval(feed, state, floor), state, now, 0.1))
}

/// When a feed that failed for the `state.failures`th time in a row is polled next. `asked` is how long its server
/// asked to be left alone.
pub(super) fn after_failure(
    feed: &Feed,
    state: &FeedState,
    floor: Duration,
    asked: Option<Duration>,
    now: Timestamp,
) -> Timestamp {
    let doubled = 1_u32.checked_shl(state.failures.saturating_sub(1)).unwrap_or(u32::MAX);
    let backoff = interval(feed, state, floor).saturating_mul(doubled).min(LONGEST_BACKOFF);
    // Half as much again either way, so that what failed together does not return together.
    let backoff = jittered(backoff, state, now, 0.5);
    later(now, backoff).max(at_request(asked, now))
}

/// Until when a server that `asked` for patience is left alone.
pub(super) fn at_request(asked: Option<Duration>, now: Timestamp) -> Timestamp {
    later(now, asked.unwrap_or_default().min(LONGEST_ASKED))
}

/// Spreads the feeds that are overdue at a start, the longest overdue first: no burst after a restart. `due` are the
/// times in any order; returns when each is polled.
pub(super) fn resume(due: &[Timestamp], now: Timestamp) -> Vec<Timestamp> {
    let mut order: Vec<usize> = (0..due.len()).collect();
    order.sort_by_key(|&index| due.get(index));
    let mut spread = due.to_vec();
    let mut next = now;
    for index in order {
        let Some(time) = spread.get_mut(index).filter(|time| **time < now) else { continue };
        *time = next;
        next = next.checked_add(RESUME_GAP).unwrap_or(next);
    }
    spread
}

/// The usual time between two polls.
fn interval(feed: &Feed, state: &FeedState, floor: Duration) -> Duration {
    let blind = state.ok_at.is_some() && state.validators.etag.is_none() && state.validators.last_modified.is_none();
    let usual = if blind { floor.max(WITHOUT_VALIDATORS) } else { floor };
    feed.every.map_or(usual, |every| usual.min(every)).max(floor)
}

/// `time`, shortened or lengthened by at most `part` of it, differently for each feed and poll; never shorter than a
/// second.
fn jittered(time: Duration, state: &FeedState, now: Timestamp, part: f64) -> Duration {
    let hash = stable_hash(&[state.url.as_str(), &now.as_second().to_string()]);
    let luck = f64::from(u32::try_from(hash >> 32).unwrap_or_default()) / f64::from(u32::MAX);
    time.mul_f64(1.0 + part * (2.0 * luck - 1.0)).max(Duration::from_secs(1).min(time))
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::{FeedUrl, Validators};

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);
    const FLOOR: Duration = Duration::from_mins(5);

    fn feed() -> (Feed, FeedState) {
        let url = FeedUrl::parse("https://a.example/feed").unwrap();
        let validators = Validators { etag: Some(b"\"1\"".to_vec()), last_modified: None };
        (Feed::at(url.clone()), FeedState { validators, ..FeedState::unpolled(url, NOW) })
    }

    /// Minutes until `next`.
    fn minutes(next: Timestamp) -> f64 {
        next.duration_since(NOW).as_secs_f64() / 60.0
    }

    fn check(next: Timestamp, expected: f64, part: f64) {
        let minutes = minutes(next);
        assert!((minutes - expected).abs() <= expected * part, "{minutes} is not about {expected} minutes");
    }

    #[test]
    fn feeds_are_polled_at_the_floor_and_blind_ones_less_often_unless_asked() {
        let (mut feed, mut state) = feed();
        check(after_success(&feed, &state, FLOOR, NOW), 5.0, 0.1);
        state.validators = Validators::default();
        state.ok_at = Some(NOW);
        check(after_success(&feed, &state, FLOOR, NOW), 15.0, 0.1);
        feed.every = Some(Duration::from_mins(8));
        check(after_success(&feed, &state, FLOOR, NOW), 8.0, 0.1);
        feed.every = Some(Duration::from_mins(1));
        check(after_success(&feed, &state, FLOOR, NOW), 5.0, 0.1);
    }

    #[test]
    fn failures_double_the_pause_up_to_six_hours() {
        let (feed, state) = feed();
        for (failures, expected) in [(1, 5.0), (2, 10.0), (4, 40.0), (20, 360.0), (u32::MAX, 360.0)] {
            let state = FeedState { failures, ..state.clone() };
            check(after_failure(&feed, &state, FLOOR, None, NOW), expected, 0.5);
        }
    }

    #[test]
    fn what_a_server_asks_for_is_kept_up_to_a_day() {
        let (feed, state) = feed();
        let state = FeedState { failures: 1, ..state };
        let asked = |hours| after_failure(&feed, &state, FLOOR, Some(Duration::from_hours(hours)), NOW);
        check(asked(3), 180.0, 0.001);
        check(asked(48), 1440.0, 0.001);
    }

    #[test]
    fn overdue_feeds_are_spread_and_the_others_stay() {
        let at = |millis: i64| NOW.checked_add(SignedDuration::from_millis(millis)).unwrap();
        let due = [at(60_000), at(-10_000), at(-90_000), at(-50_000)];
        assert_eq!(resume(&due, NOW), [at(60_000), at(100), at(0), at(50)]);
    }

    #[test]
    fn jitter_differs_between_feeds_and_stays_in_bounds() {
        let times: std::collections::BTreeSet<_> = (0..50)
            .map(|number| {
                let url = FeedUrl::parse(&format!("https://a.example/{number}")).unwrap();
                let jittered = jittered(FLOOR, &FeedState::unpolled(url, NOW), NOW, 0.1);
                assert!((270.0..=330.0).contains(&jittered.as_secs_f64()));
                jittered
            })
            .collect();
        assert!(times.len() > 40);
    }
}
