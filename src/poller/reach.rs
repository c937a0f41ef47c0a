//! Whether the network is there: when nobody can be reached, the fault is hardly the feeds'. Pure.

use std::collections::{BTreeSet, HashMap};

use crate::feed::{Feed, FeedState, FeedUrl};

/// So many publishers out of reach at once, that were within it the time before, mean that the network is down.
const ENOUGH: usize = 3;

/// What polls say of the network.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Whether the last poll of a feed reached anybody; feeds that were never polled are missing.
    reached: HashMap<FeedUrl, bool>,
    /// Publishers that went out of reach since anybody was reached. One that has been away for long says nothing.
    lost: BTreeSet<String>,
    offline: bool,
}

/// A change that a person wants to hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Nobody can be reached any more.
    Lost,
    /// Somebody can be reached again.
    Found,
}

impl Reach {
    /// As the `states` of the last run let expect it.
    pub(super) fn start(states: &[FeedState]) -> Self {
        let polled = states.iter().filter(|state| state.polled_at.is_some());
        let reached = polled.map(|state| (state.url.clone(), state.failures == 0)).collect();
        Self { reached, ..Self::default() }
    }

    /// Whether nobody can be reached at the moment.
    pub(super) fn is_offline(&self) -> bool {
        self.offline
    }

    /// Whether the last poll of `url` reached nobody.
    pub(super) fn misses(&self, url: &FeedUrl) -> bool {
        self.reached.get(url) == Some(&false)
    }

    /// Takes note of a poll of `feed`: whether any answer came, be it a refusal. `all` are the feeds in use.
    pub(super) fn note<'a>(
        &mut self,
        feed: &Feed,
        reached: bool,
        mut all: impl Iterator<Item = &'a FeedUrl>,
    ) -> Option<Change> {
        let before = self.reached.insert(feed.url.clone(), reached);
        if reached {
            self.lost.clear();
            return std::mem::take(&mut self.offline).then_some(Change::Found);
        }
        if before == Some(true) {
            self.lost.insert(feed.owner.clone());
        }
        let lost = !self.offline && (self.lost.len() >= ENOUGH || all.all(|url| self.misses(url)));
        self.offline |= lost;
        lost.then_some(Change::Lost)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn feed(address: &str) -> Feed {
        Feed::at(FeedUrl::parse(&format!("https://{address}")).unwrap())
    }

    /// What is heard of polls of `feeds` by their addresses, one after the other; `!` marks those that reach nobody.
    fn heard(feeds: &[&str], polls: &[&str]) -> Vec<Change> {
        let feeds: Vec<_> = feeds.iter().map(|address| feed(address)).collect();
        let mut reach = Reach::default();
        let mut note = |poll: &&str| {
            let feed = feed(poll.trim_start_matches('!'));
            reach.note(&feed, !poll.starts_with('!'), feeds.iter().map(|feed| &feed.url))
        };
        polls.iter().filter_map(&mut note).collect()
    }

    const TEN: [&str; 10] = ["a.com", "b.com", "c.com", "d.com", "e.com", "f.com", "g.com", "h.com", "i.com", "j.com"];

    #[test]
    fn the_network_is_lost_when_three_publishers_are_at_once_and_found_with_the_first_answer() {
        let outage = ["!a.com", "!a.com", "!b.com", "!c.com", "!d.com", "a.com", "b.com"];
        assert_eq!(heard(&TEN, &[&TEN[..], &outage[..]].concat()), [Change::Lost, Change::Found]);
    }

    #[test]
    fn publishers_that_are_gone_for_good_are_no_outage() {
        let dead = ["!a.com", "!b.com", "!c.com"];
        let living = &TEN[3..];
        let start = [living, &dead[..]].concat();
        assert_eq!(heard(&TEN, &[&start[..], &dead[..], living, &dead[..], &dead[..], living].concat()), []);
        let one_by_one = ["!a.com", "d.com", "!b.com", "d.com", "!c.com", "!a.com", "!b.com", "d.com"];
        assert_eq!(heard(&TEN, &[&TEN[..], &one_by_one[..]].concat()), []);
    }

    #[test]
    fn a_dead_feed_beside_a_living_one_of_the_same_publisher_is_no_outage() {
        let feeds = ["a.com/dead", "a.com/living"];
        let polls = ["!a.com/dead", "a.com/living", "!a.com/dead", "!a.com/dead", "a.com/living"];
        assert_eq!(heard(&feeds, &polls), []);
    }

    #[test]
    fn where_there_are_few_feeds_all_of_them_speak_for_the_network() {
        assert_eq!(heard(&["a.com"], &["!a.com", "a.com"]), [Change::Lost, Change::Found]);
        assert_eq!(heard(&["a.com", "b.com"], &["!a.com", "!a.com"]), []);
        assert_eq!(heard(&["a.com", "b.com"], &["a.com", "!a.com", "!b.com", "!a.com"]), [Change::Lost]);
    }

    #[test]
    fn what_was_well_in_the_last_run_is_missed_at_once_in_this_one() {
        let polled = |address: &&str| FeedState {
            polled_at: Some(Timestamp::UNIX_EPOCH),
            ..FeedState::unpolled(feed(address).url, Timestamp::UNIX_EPOCH)
        };
        let mut reach = Reach::start(&TEN.iter().map(polled).collect::<Vec<_>>());
        let all: Vec<_> = TEN.iter().map(|address| feed(address).url).collect();
        let lost = TEN[..3].iter().filter_map(|address| reach.note(&feed(address), false, all.iter()));
        assert_eq!(lost.collect::<Vec<_>>(), [Change::Lost]);
    }
}
