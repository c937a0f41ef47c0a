//! Whether the network is there: when nothing can be reached, the fault is hardly the feeds'. Pure.

use std::collections::BTreeSet;

/// So many owners out of reach, and none within, mean that the network is down.
const ENOUGH: usize = 3;

/// What polls say of the network since the last one that reached anybody.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Owners that could not be reached since then.
    unreachable: BTreeSet<String>,
    offline: bool,
}

/// A change that a person wants to hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing can be reached any more.
    Lost,
    /// Something can be reached again.
    Found,
}

impl Reach {
    /// Whether nothing can be reached at the moment.
    pub(super) fn is_offline(&self) -> bool {
        self.offline
    }

    /// Takes note of a poll of a feed of `owner`: whether any answer came, be it a refusal. There are `owners` in all.
    pub(super) fn note(&mut self, owner: &str, reached: bool, owners: usize) -> Option<Change> {
        if reached {
            self.unreachable.clear();
            return std::mem::take(&mut self.offline).then_some(Change::Found);
        }
        self.unreachable.insert(owner.to_owned());
        let lost = !self.offline && self.unreachable.len() >= ENOUGH.min(owners);
        self.offline |= lost;
        lost.then_some(Change::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_is_lost_when_three_owners_are_and_found_with_the_first_answer() {
        let mut reach = Reach::default();
        let notes = [("a", false), ("a", false), ("b", false), ("c", false), ("d", false), ("a", true), ("b", true)];
        let changes: Vec<_> = notes.into_iter().filter_map(|(owner, reached)| reach.note(owner, reached, 9)).collect();
        assert_eq!(changes, [Change::Lost, Change::Found]);
        assert!(!reach.is_offline());
    }

    #[test]
    fn one_dead_feed_among_living_ones_is_no_outage() {
        let mut reach = Reach::default();
        for _ in 0..10 {
            assert_eq!((reach.note("a", false, 2), reach.note("b", true, 2)), (None, None));
        }
    }

    #[test]
    fn a_single_feed_speaks_for_the_network() {
        assert_eq!(Reach::default().note("a", false, 1), Some(Change::Lost));
    }
}
