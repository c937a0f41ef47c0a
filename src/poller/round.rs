//! The first round after a start: the feeds that are due then. When it is over, a person knows that newshound is
//! watching. Pure.

use std::collections::HashSet;

use crate::feed::FeedUrl;

use super::fetch::PollOutcome;

/// What has come of the first round so far.
#[derive(Debug)]
pub(super) struct Round {
    /// Feeds whose poll has not ended.
    open: HashSet<FeedUrl>,
    read: usize,
    failed: usize,
    items: usize,
}

impl Round {
    /// A round of `feeds`, none of them polled yet.
    pub(super) fn of(feeds: impl IntoIterator<Item = FeedUrl>) -> Self {
        Self { open: feeds.into_iter().collect(), read: 0, failed: 0, items: 0 }
    }

    /// Whether there is nothing to poll in it.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Takes note of a poll. When it was the last of the round and any feed was read, returns what the round brought.
    pub(super) fn note(&mut self, url: &FeedUrl, outcome: &PollOutcome) -> Option<String> {
        if !self.open.remove(url) {
            return None;
        }
        match outcome {
            PollOutcome::Failed(_) => self.failed += 1,
            PollOutcome::Read { new_items } => {
                self.read += 1;
                self.items += new_items;
            }
            PollOutcome::NotModified | PollOutcome::LeftAlone(_) => self.read += 1,
        }
        (self.open.is_empty() && self.read > 0).then(|| self.told())
    }

    fn told(&self) -> String {
        let feeds = if self.read == 1 { "feed" } else { "feeds" };
        let items = if self.items == 1 { "new item" } else { "new items" };
        let failed = if self.failed == 0 { String::new() } else { format!(", {} failed", self.failed) };
        format!("{} {feeds} read{failed}, {} {items}", self.read, self.items)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::poller::PollError;

    fn url(host: &str) -> FeedUrl {
        FeedUrl::parse(&format!("https://{host}.example/feed")).unwrap()
    }

    #[test]
    fn a_round_is_told_once_when_its_last_feed_has_ended() {
        let late = || PollOutcome::Failed(PollError::Late(Duration::from_secs(1)));
        let mut round = Round::of(["a", "b", "c"].map(url));
        assert_eq!(round.note(&url("a"), &PollOutcome::Read { new_items: 7 }), None);
        assert_eq!(round.note(&url("a"), &PollOutcome::Read { new_items: 1 }), None, "it was polled again");
        assert_eq!(round.note(&url("b"), &late()), None);
        let told = round.note(&url("c"), &PollOutcome::NotModified);
        assert_eq!(told.as_deref(), Some("2 feeds read, 1 failed, 7 new items"));
        assert_eq!(round.note(&url("c"), &PollOutcome::NotModified), None);
    }

    #[test]
    fn a_round_that_reached_nobody_is_no_beginning() {
        let late = PollOutcome::Failed(PollError::Late(Duration::from_secs(1)));
        assert_eq!(Round::of([url("a")]).note(&url("a"), &late), None);
    }
}
