//! All feeds of the config with what is remembered of each, and which of them is polled next. Pure.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::clock::later;
use crate::feed::{Feed, FeedState, FeedUrl};

use super::queue::Queue;
use super::schedule;

/// The feeds in use.
#[derive(Debug, Default)]
pub(super) struct Roster {
    feeds: HashMap<FeedUrl, Arc<Feed>>,
    /// What is remembered of these feeds, and of others: one that was taken out may be put back.
    states: HashMap<FeedUrl, FeedState>,
    queue: Queue,
    under_way: HashSet<FeedUrl>,
}

impl Roster {
    /// The `feeds` of a config with the `states` that were kept, as they are when newshound starts at `now`.
    pub(super) fn start(feeds: &[Feed], states: Vec<FeedState>, now: Timestamp) -> Self {
        let states = states.into_iter().map(|state| (state.url.clone(), state)).collect();
        let mut roster = Self { states, ..Self::default() };
        roster.configure(feeds, now);
        let due: Vec<_> = feeds.iter().map(|feed| roster.state(&feed.url, now).next_due).collect();
        for (feed, at) in feeds.iter().zip(schedule::resume(&due, now)) {
            roster.put_at(&feed.url, at);
        }
        roster
    }

    /// Takes the `feeds` of a new config in place of the old one's.
    pub(super) fn configure(&mut self, feeds: &[Feed], now: Timestamp) {
        self.feeds = feeds.iter().map(|feed| (feed.url.clone(), Arc::new(feed.clone()))).collect();
        self.queue.clear();
        for feed in feeds {
            let mut state = self.states.remove(&feed.url).unwrap_or_else(|| FeedState::unpolled(feed.url.clone(), now));
            schedule::believe(&mut state, now);
            if !self.under_way.contains(&feed.url) {
                self.queue.push(feed.url.clone(), state.next_due);
            }
            self.states.insert(feed.url.clone(), state);
        }
    }

    /// The clock was set back to `now`: what it promised while it was ahead is mended.
    pub(super) fn set_back(&mut self, now: Timestamp) {
        let feeds: Vec<_> = self.feeds.values().map(|feed| Feed::clone(feed)).collect();
        self.configure(&feeds, now);
    }

    /// The feed to poll at `now`, if one is due whose host is free; it is under way until [`Roster::done`].
    pub(super) fn next(&mut self, now: Timestamp) -> Option<(Arc<Feed>, FeedState)> {
        let url = self.queue.pop(now)?;
        let feed = Arc::clone(self.feeds.get(&url)?);
        let state = self.state(&url, now);
        self.under_way.insert(url);
        Some((feed, state))
    }

    /// The poll of a feed ended with the feed in `state`; returns what it was before.
    pub(super) fn done(&mut self, state: FeedState) -> Option<FeedState> {
        self.queue.free(&state.url);
        self.under_way.remove(&state.url);
        if self.feeds.contains_key(&state.url) {
            self.queue.push(state.url.clone(), state.next_due);
        }
        self.states.insert(state.url.clone(), state)
    }

    /// Makes every failing feed for which `concerns` holds due by `at`, some moments apart: what kept it away has
    /// passed, or never lay with it.
    pub(super) fn hurry_failing(&mut self, at: Timestamp, concerns: impl Fn(&FeedUrl) -> bool) {
        let failing = self.states.values().filter(|state| state.failures > 0 && concerns(&state.url));
        let failing: Vec<_> = failing.map(|state| state.url.clone()).collect();
        let mut at = at;
        for url in failing {
            self.hurry(&url, at);
            at = later(at, schedule::RESUME_GAP);
        }
    }

    /// Makes a feed due by `at`, or as soon as its server wants to be asked again; unless it is under way.
    pub(super) fn hurry(&mut self, url: &FeedUrl, at: Timestamp) {
        let Some(state) = self.states.get(url) else { return };
        let at = state.asked_until.map_or(at, |until| at.max(until));
        if at < state.next_due {
            self.put_at(url, at);
        }
    }

    /// When the next feed is due whose host is not known to be busy.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.queue.next_due()
    }

    /// When the feed at `url` is due.
    pub(super) fn due(&self, url: &FeedUrl) -> Option<Timestamp> {
        self.states.get(url).map(|state| state.next_due)
    }

    /// The feed at `url`, if it is in use.
    pub(super) fn feed(&self, url: &FeedUrl) -> Option<&Feed> {
        self.feeds.get(url).map(Arc::as_ref)
    }

    /// Where the feeds in use are.
    pub(super) fn urls(&self) -> impl Iterator<Item = &FeedUrl> {
        self.feeds.keys()
    }

    fn state(&self, url: &FeedUrl, now: Timestamp) -> FeedState {
        self.states.get(url).cloned().unwrap_or_else(|| FeedState::unpolled(url.clone(), now))
    }

    fn put_at(&mut self, url: &FeedUrl, at: Timestamp) {
        if let Some(state) = self.states.get_mut(url) {
            self.queue.shift(url, state.next_due, at);
            state.next_due = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(host: &str) -> Feed {
        Feed::at(FeedUrl::parse(&format!("https://{host}.example/feed")).unwrap())
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn polled(host: &str) -> FeedState {
        FeedState { polled_at: Some(at(0)), ..FeedState::unpolled(feed(host).url, at(0)) }
    }

    fn next(roster: &mut Roster, now: Timestamp) -> Option<String> {
        roster.next(now).map(|(feed, _)| feed.owner.clone())
    }

    #[test]
    fn feeds_go_on_where_they_were_and_new_ones_are_due_at_once() {
        let later = FeedState { next_due: at(500), failures: 2, ..polled("a") };
        let mut roster = Roster::start(&[feed("a"), feed("b")], vec![later], at(100));
        assert_eq!((next(&mut roster, at(100)), next(&mut roster, at(100))), (Some("b.example".to_owned()), None));
        assert_eq!(roster.next_due(), Some(at(500)));
        let (_, state) = roster.next(at(500)).unwrap();
        assert_eq!(state.failures, 2);
    }

    #[test]
    fn failing_feeds_can_be_hurried_and_the_others_keep_their_time() {
        let state = |name, failures| FeedState { next_due: at(500), failures, ..polled(name) };
        let states = vec![state("a", 1), state("b", 0), state("c", 3)];
        let mut roster = Roster::start(&[feed("a"), feed("b"), feed("c")], states, at(0));
        roster.hurry_failing(at(100), |_| true);
        let mut owners: Vec<_> = std::iter::from_fn(|| next(&mut roster, at(101))).collect();
        owners.sort();
        assert_eq!(owners, ["a.example", "c.example"]);
        assert_eq!(roster.next_due(), Some(at(500)));
    }

    #[test]
    fn a_new_config_keeps_what_is_known_and_polls_nothing_twice() {
        let mut roster = Roster::start(&[feed("a"), feed("b")], Vec::new(), at(0));
        let (_, a) = roster.next(at(0)).unwrap();
        roster.configure(&[feed("a"), feed("c")], at(1));
        let owners: Vec<_> = std::iter::from_fn(|| next(&mut roster, at(1))).collect();
        assert_eq!(owners, ["c.example"], "a is under way, b is gone");
        assert!(roster.done(FeedState { next_due: at(9), ..a }).is_some());
        assert_eq!(next(&mut roster, at(9)).as_deref(), Some("a.example"));
    }

    #[test]
    fn a_feed_that_was_taken_out_and_put_back_is_the_one_it_was() {
        let known = FeedState { ok_at: Some(at(1)), ..FeedState::unpolled(feed("a").url, at(5)) };
        let mut roster = Roster::start(&[feed("b")], vec![known.clone()], at(9));
        let (_, b) = roster.next(at(9)).unwrap();
        roster.configure(&[feed("a")], at(9));
        assert_eq!(roster.next(at(9)), Some((Arc::new(feed("a")), known)));
        roster.done(FeedState { ok_at: Some(at(9)), ..b });
        roster.configure(&[feed("a"), feed("b")], at(9));
        assert_eq!(roster.next(at(9)).unwrap().1.ok_at, Some(at(9)), "its poll ended while it was out");
    }

    #[test]
    fn a_server_that_asked_to_be_left_alone_is_not_hurried() {
        let state = FeedState { next_due: at(900), asked_until: Some(at(700)), failures: 1, ..polled("a") };
        let mut roster = Roster::start(&[feed("a")], vec![state], at(0));
        roster.hurry_failing(at(100), |_| true);
        assert_eq!(roster.next_due(), Some(at(700)));
    }

    #[test]
    fn a_clock_that_is_set_back_puts_nothing_off() {
        let ahead = FeedState {
            polled_at: Some(at(90_000_000)),
            next_due: at(90_000_300),
            ..FeedState::unpolled(feed("a").url, at(0))
        };
        let roster = Roster::start(&[feed("a")], vec![ahead.clone()], at(100));
        assert_eq!(roster.next_due(), Some(at(400)), "at a start");
        let mut roster = Roster::start(&[feed("a")], vec![ahead], at(90_000_000));
        roster.set_back(at(100));
        assert_eq!(roster.next_due(), Some(at(400)), "while it runs");
    }
}
