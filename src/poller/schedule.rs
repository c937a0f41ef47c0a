//! When a feed is polled next. Pure: the time is passed in, and chance is a hash of the feed, so that a replay finds
//! the same.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::clock::{LONGEST_ASKED, later};
use crate::feed::{Feed, FeedState};
use crate::item::stable_hash;

/// A feed that sends no validators costs its publisher a whole document each time, and is asked less often.
const WITHOUT_VALIDATORS: Duration = Duration::from_mins(15);

/// A feed that keeps failing is still asked about this often: it must not be forgotten.
const LONGEST_BACKOFF: Duration = Duration::from_hours(6);

/// Feeds that became due while newshound was not running are begun at this distance from each other.
pub(super) const RESUME_GAP: SignedDuration = SignedDuration::from_millis(50);

/// When a feed that was read, or had not changed, is polled next.
pub(super) fn after_success(feed: &Feed, state: &FeedState, floor: Duration, now: Timestamp) -> Timestamp {
    put_off(state, lengthened(interval(feed, state, floor), state, now, 0.1), now)
}

/// When a feed that failed for the `state.failures`th time in a row is polled next.
pub(super) fn after_failure(feed: &Feed, state: &FeedState, floor: Duration, now: Timestamp) -> Timestamp {
    let interval = interval(feed, state, floor);
    let doubled = 1_u32.checked_shl(state.failures.saturating_sub(1)).unwrap_or(u32::MAX);
    let backoff = interval.saturating_mul(doubled).min(LONGEST_BACKOFF.max(interval));
    // Up to half as much again, so that what failed together does not return together.
    put_off(state, lengthened(backoff, state, now, 0.5), now)
}

/// Until when a server that `asked` for patience is left alone.
pub(super) fn at_request(asked: Option<Duration>, now: Timestamp) -> Option<Timestamp> {
    let asked = asked.filter(|asked| !asked.is_zero())?;
    Some(later(now, SignedDuration::try_from(asked).unwrap_or(LONGEST_ASKED).min(LONGEST_ASKED)))
}

/// Mends a `state` of a time when the clock was ahead: what was to come so long after that poll comes so long after
/// `now`.
pub(super) fn believe(state: &mut FeedState, now: Timestamp) {
    let ahead = state.polled_at.unwrap_or(state.next_due).duration_since(now);
    if ahead.is_positive() {
        state.next_due = later(state.next_due, -ahead);
        state.asked_until = state.asked_until.map(|until| later(until, -ahead));
        state.polled_at = state.polled_at.map(|_| now);
    }
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
    let usual = if blind { WITHOUT_VALIDATORS } else { floor };
    feed.every.unwrap_or(usual).max(floor)
}

/// `time`, made longer by at most `part` of it, differently for each feed and poll.
fn lengthened(time: Duration, state: &FeedState, now: Timestamp, part: f64) -> Duration {
    let hash = stable_hash(&[state.url.as_str(), &now.as_second().to_string()]);
    let luck = f64::from(u32::try_from(hash >> 32).unwrap_or_default()) / f64::from(u32::MAX);
    time.mul_f64(1.0 + part * luck)
}

/// `pause` after `now`, or when the server wants to be asked again, if that is later.
fn put_off(state: &FeedState, pause: Duration, now: Timestamp) -> Timestamp {
    let next = later(now, SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX));
    state.asked_until.map_or(next, |until| next.max(until))
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

    /// Never earlier than `expected`, and later by at most `part` of it.
    fn check(next: Timestamp, expected: f64, part: f64) {
        let minutes = minutes(next);
        let latest = expected * (1.0 + part) + 1e-6;
        assert!((expected..=latest).contains(&minutes), "{minutes} is not about {expected} minutes");
    }

    #[test]
    fn feeds_are_polled_at_the_floor_and_blind_ones_less_often_unless_the_operator_says_how_often() {
        let (mut feed, mut state) = feed();
        check(after_success(&feed, &state, FLOOR, NOW), 5.0, 0.1);
        state.validators = Validators::default();
        state.ok_at = Some(NOW);
        check(after_success(&feed, &state, FLOOR, NOW), 15.0, 0.1);
        for (every, expected) in [(8, 8.0), (1, 5.0), (720, 720.0)] {
            feed.every = Some(Duration::from_mins(every));
            check(after_success(&feed, &state, FLOOR, NOW), expected, 0.1);
        }
        state.failures = 3;
        check(after_failure(&feed, &state, FLOOR, NOW), 720.0, 0.5);
    }

    #[test]
    fn failures_double_the_pause_up_to_six_hours() {
        let (feed, state) = feed();
        for (failures, expected) in [(1, 5.0), (2, 10.0), (4, 40.0), (20, 360.0), (u32::MAX, 360.0)] {
            let state = FeedState { failures, ..state.clone() };
            check(after_failure(&feed, &state, FLOOR, NOW), expected, 0.5);
        }
    }

    #[test]
    fn what_a_server_asks_for_is_kept_up_to_a_day() {
        let (feed, state) = feed();
        let asked = |hours| FeedState {
            asked_until: at_request(Some(Duration::from_hours(hours)), NOW),
            failures: 1,
            ..state.clone()
        };
        check(after_failure(&feed, &asked(3), FLOOR, NOW), 180.0, 0.001);
        check(after_failure(&feed, &asked(48), FLOOR, NOW), 1440.0, 0.001);
        check(after_success(&feed, &asked(3), FLOOR, NOW), 180.0, 0.001);
        assert_eq!((at_request(None, NOW), at_request(Some(Duration::ZERO), NOW)), (None, None));
    }

    #[test]
    fn a_clock_that_was_ahead_puts_nothing_off() {
        let (_, state) = feed();
        let year = SignedDuration::from_hours(24 * 365);
        let minute = SignedDuration::from_mins(1);
        let ahead = FeedState {
            polled_at: Some(NOW + year),
            next_due: NOW + year + minute,
            asked_until: Some(NOW + year + minute),
            ..state.clone()
        };
        for (state, due) in [(ahead, NOW + minute), (FeedState { next_due: NOW + year, ..state }, NOW)] {
            let mut mended = state;
            believe(&mut mended, NOW);
            assert_eq!(mended.next_due, due);
            assert!(mended.asked_until.is_none_or(|until| until == due));
        }
        let mut right = FeedState { polled_at: Some(NOW), next_due: NOW + year, ..feed().1 };
        believe(&mut right, NOW + minute);
        assert_eq!(right.next_due, NOW + year);
    }

    #[test]
    fn overdue_feeds_are_spread_and_the_others_stay() {
        let at = |millis: i64| NOW.checked_add(SignedDuration::from_millis(millis)).unwrap();
        let due = [at(60_000), at(-10_000), at(-90_000), at(-50_000)];
        assert_eq!(resume(&due, NOW), [at(60_000), at(100), at(0), at(50)]);
    }

    #[test]
    fn the_luck_of_feeds_differs_and_never_shortens_a_pause() {
        let times: std::collections::BTreeSet<_> = (0..50)
            .map(|number| {
                let url = FeedUrl::parse(&format!("https://a.example/{number}")).unwrap();
                let lengthened = lengthened(FLOOR, &FeedState::unpolled(url, NOW), NOW, 0.1);
                assert!((300.0..=330.0).contains(&lengthened.as_secs_f64()));
                lengthened
            })
            .collect();
        assert!(times.len() > 40);
    }
}
