//! All feeds of the config with what is remembered of each, and which of them is polled next. Pure.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::feed::{Feed, FeedState, FeedUrl};

use super::queue::Queue;
use super::schedule;

/// The feeds in use.
#[derive(Debug, Default)]
pub(super) struct Roster {
    feeds: HashMap<FeedUrl, (Arc<Feed>, FeedState)>,
    queue: Queue,
    under_way: HashSet<FeedUrl>,
    owners: usize,
}

impl Roster {
    /// The `feeds` of a config with the `states` that were kept, as they are when newshound starts at `now`.
    pub(super) fn start(feeds: &[Feed], states: Vec<FeedState>, now: Timestamp) -> Self {
        let mut states: HashMap<_, _> = states.into_iter().map(|state| (state.url.clone(), state)).collect();
        let mut kept: Vec<_> = feeds.iter().map(|feed| remembered(&mut states, feed, now)).collect();
        let due: Vec<_> = kept.iter().map(|state| state.next_due).collect();
        for (state, next_due) in kept.iter_mut().zip(schedule::resume(&due, now)) {
            state.next_due = next_due;
        }
        let mut roster = Self::default();
        roster.enrol(feeds, kept.into_iter().map(|state| (state.url.clone(), state)).collect(), now);
        roster
    }

    /// Takes the `feeds` of a new config; what is remembered of those that stay, stays.
    pub(super) fn configure(&mut self, feeds: &[Feed], now: Timestamp) {
        let states = self.feeds.drain().map(|(url, (_, state))| (url, state)).collect();
        self.enrol(feeds, states, now);
    }

    fn enrol(&mut self, feeds: &[Feed], mut states: HashMap<FeedUrl, FeedState>, now: Timestamp) {
        self.queue.clear();
        self.owners = feeds.iter().map(|feed| &feed.owner).collect::<BTreeSet<_>>().len();
        for feed in feeds {
            let state = remembered(&mut states, feed, now);
            if !self.under_way.contains(&feed.url) {
                self.queue.push(feed.url.clone(), state.next_due);
            }
            self.feeds.insert(feed.url.clone(), (Arc::new(feed.clone()), state));
        }
    }

    /// The feed to poll at `now`, if one is due whose host is free; it is under way until [`Roster::done`].
    pub(super) fn next(&mut self, now: Timestamp) -> Option<(Arc<Feed>, FeedState)> {
        let url = self.queue.pop(now)?;
        self.under_way.insert(url.clone());
        self.feeds.get(&url).cloned()
    }

    /// The poll of `url` ended with the feed in `state`; returns what it was before, unless the feed was taken out.
    pub(super) fn done(&mut self, state: FeedState) -> Option<FeedState> {
        self.queue.free(&state.url);
        self.under_way.remove(&state.url);
        let (_, remembered) = self.feeds.get_mut(&state.url)?;
        self.queue.push(state.url.clone(), state.next_due);
        Some(std::mem::replace(remembered, state))
    }

    /// Makes every feed that fails due by `at`, some moments apart: what kept them away has passed, or never lay with
    /// them.
    pub(super) fn hurry_failing(&mut self, at: Timestamp) {
        let failing = self.feeds.values().filter(|(_, state)| state.failures > 0);
        let failing: Vec<_> = failing.map(|(_, state)| state.url.clone()).collect();
        let mut at = at;
        for url in failing {
            self.hurry(&url, at);
            at = at.checked_add(schedule::RESUME_GAP).unwrap_or(at);
        }
    }

    /// Makes a feed due by `at`, unless it is under way.
    pub(super) fn hurry(&mut self, url: &FeedUrl, at: Timestamp) {
        let Some((_, state)) = self.feeds.get_mut(url).filter(|(_, state)| state.next_due > at) else { return };
        self.queue.shift(url, state.next_due, at);
        state.next_due = at;
    }

    /// When the next feed is due whose host is not known to be busy.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.queue.next_due()
    }

    /// The publisher of a feed.
    pub(super) fn owner(&self, url: &FeedUrl) -> &str {
        self.feeds.get(url).map_or("", |(feed, _)| &feed.owner)
    }

    /// How many publishers there are.
    pub(super) fn owners(&self) -> usize {
        self.owners
    }
}

fn remembered(states: &mut HashMap<FeedUrl, FeedState>, feed: &Feed, now: Timestamp) -> FeedState {
    states.remove(&feed.url).unwrap_or_else(|| FeedState::unpolled(feed.url.clone(), now))
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

    fn next(roster: &mut Roster, now: Timestamp) -> Option<String> {
        roster.next(now).map(|(feed, _)| feed.owner.clone())
    }

    #[test]
    fn feeds_go_on_where_they_were_and_new_ones_are_due_at_once() {
        let later = FeedState { next_due: at(500), failures: 2, ..FeedState::unpolled(feed("a").url, at(0)) };
        let mut roster = Roster::start(&[feed("a"), feed("b")], vec![later], at(100));
        assert_eq!((next(&mut roster, at(100)), next(&mut roster, at(100))), (Some("b.example".to_owned()), None));
        assert_eq!(roster.next_due(), Some(at(500)));
        let (_, state) = roster.next(at(500)).unwrap();
        assert_eq!(state.failures, 2);
    }

    #[test]
    fn failing_feeds_can_be_hurried_and_the_others_keep_their_time() {
        let state = |name, failures| {
            let unpolled = FeedState::unpolled(feed(name).url, at(0));
            FeedState { next_due: at(500), failures, ..unpolled }
        };
        let states = vec![state("a", 1), state("b", 0), state("c", 3)];
        let mut roster = Roster::start(&[feed("a"), feed("b"), feed("c")], states, at(0));
        roster.hurry_failing(at(100));
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
        assert!(roster.done(FeedState::unpolled(feed("b").url, at(0))).is_none());
    }
}
