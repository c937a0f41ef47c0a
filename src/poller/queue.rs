//! Which feed is polled next: the longest due, one of a host at a time. Pure.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use crate::feed::FeedUrl;

type Due = (Timestamp, FeedUrl);

/// Feeds by when they are due, and the hosts that are busy.
#[derive(Debug, Default)]
pub(super) struct Queue {
    due: BTreeSet<Due>,
    busy: HashSet<String>,
    /// Feeds that became due while their host was busy.
    waiting: HashMap<String, BTreeSet<Due>>,
}

impl Queue {
    /// Puts `url` in line for `at`.
    pub(super) fn push(&mut self, url: FeedUrl, at: Timestamp) {
        self.due.insert((at, url));
    }

    /// Puts `url`, in line for `from`, in line for `to`; nothing where it is not in line.
    pub(super) fn shift(&mut self, url: &FeedUrl, from: Timestamp, to: Timestamp) {
        if self.due.remove(&(from, url.clone())) {
            self.push(url.clone(), to);
        }
    }

    /// Takes out of line all that is not under way; hosts that are busy stay busy.
    pub(super) fn clear(&mut self) {
        self.due.clear();
        self.waiting.clear();
    }

    /// The feed to poll at `now`, if one is due whose host is free. Its host is busy until [`Queue::free`].
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<FeedUrl> {
        while self.due.first().is_some_and(|(at, _)| *at <= now) {
            let (at, url) = self.due.pop_first()?;
            let host = host(&url);
            if self.busy.contains(&host) {
                self.waiting.entry(host).or_default().insert((at, url));
            } else {
                self.busy.insert(host);
                return Some(url);
            }
        }
        None
    }

    /// The poll of `url` has ended: another feed of its host may be polled.
    pub(super) fn free(&mut self, url: &FeedUrl) {
        let host = host(url);
        self.busy.remove(&host);
        self.due.extend(self.waiting.remove(&host).into_iter().flatten());
    }

    /// When the next feed is due whose host is not known to be busy.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }
}

fn host(url: &FeedUrl) -> String {
    url.to_url().host_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn url(host: u8, path: u8) -> FeedUrl {
        FeedUrl::parse(&format!("https://h{host}.example/{path}")).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_longest_due_comes_first_and_a_busy_host_waits() {
        let mut queue = Queue::default();
        for (url, time) in [(url(1, 1), 3), (url(1, 2), 1), (url(2, 1), 2), (url(3, 1), 9)] {
            queue.push(url, at(time));
        }
        assert_eq!(queue.pop(at(0)), None);
        assert_eq!(queue.pop(at(5)), Some(url(1, 2)));
        assert_eq!(queue.pop(at(5)), Some(url(2, 1)));
        assert_eq!((queue.pop(at(5)), queue.next_due()), (None, Some(at(9))));
        queue.free(&url(1, 2));
        assert_eq!(queue.pop(at(5)), Some(url(1, 1)));
    }

    proptest! {
        #[test]
        fn every_due_feed_is_polled_once_and_no_host_twice_at_a_time(
            feeds in prop::collection::btree_map((0_u8..4, 0_u8..10), 0_i64..20, 1..30),
            picks in prop::collection::vec(any::<prop::sample::Index>(), 0..200),
        ) {
            let mut queue = Queue::default();
            let mut expected = BTreeMap::new();
            for (&(host, path), &time) in &feeds {
                queue.push(url(host, path), at(time));
                expected.insert(url(host, path), 1);
            }
            let mut under_way: Vec<FeedUrl> = Vec::new();
            let mut polled = BTreeMap::new();
            let mut picks = picks.into_iter();
            loop {
                if let Some(url) = queue.pop(at(20)) {
                    prop_assert!(under_way.iter().all(|other| host(other) != host(&url)));
                    *polled.entry(url.clone()).or_insert(0) += 1;
                    under_way.push(url);
                } else if under_way.is_empty() {
                    break;
                } else {
                    let index = picks.next().map_or(0, |pick| pick.index(under_way.len()));
                    queue.free(&under_way.swap_remove(index));
                }
            }
            prop_assert_eq!(polled, expected);
        }
    }
}
