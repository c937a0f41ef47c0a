//! What follows from the answer to one poll: the feed's new state and its new items. Pure.

use std::time::Duration;

use jiff::Timestamp;

use crate::feed::{Feed, FeedState, Validators};
use crate::item::Item;
use crate::matcher::text::plain_title;
use crate::store::PollCommit;

use super::parse::Parsed;
use super::schedule;
use super::seen::Seen;

/// The end of one poll: whose, after what, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Poll<'a> {
    /// The feed as it is configured.
    pub(super) feed: &'a Feed,
    /// What was remembered of it.
    pub(super) state: &'a FeedState,
    /// No feed is polled more often than this.
    pub(super) floor: Duration,
    /// When the answer came.
    pub(super) now: Timestamp,
}

/// What came with a whole answer, changed or not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Answer {
    /// The validators, byte for byte.
    pub(super) validators: Validators,
    /// How long the server asks to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// The hash of the body, where there was one.
    pub(super) body_hash: Option<u64>,
}

impl Poll<'_> {
    /// Nobody answered, or what came was no feed.
    pub(super) fn failed(self, error: &str, retry_after: Option<Duration>) -> PollCommit {
        let mut state = FeedState {
            asked_until: schedule::at_request(retry_after, self.now),
            polled_at: Some(self.now),
            failures: self.state.failures.saturating_add(1),
            error: Some(error.to_owned()),
            ..self.state.clone()
        };
        state.next_due = schedule::after_failure(self.feed, &state, self.floor, self.now);
        PollCommit { state, seen: None, items: Vec::new(), baseline: None }
    }

    /// The document is the one that was read last.
    pub(super) fn unchanged(self, answer: &Answer) -> PollCommit {
        PollCommit { state: self.well(answer), seen: None, items: Vec::new(), baseline: None }
    }

    /// A document was read: what is in it and not in `seen` is new. The first one is the feed's baseline.
    pub(super) fn read(self, answer: &Answer, parsed: &Parsed, seen: &Seen) -> PollCommit {
        let first = self.state.ok_at.is_none();
        let remembered = seen.with(parsed.items.iter().map(|item| &item.id), self.now);
        let seen_now = (remembered != *seen).then(|| remembered.encode());
        let items = self.new_items(&parsed.items, seen);
        let mut state = self.well(answer);
        state.title = parsed.title.as_deref().map(|title| plain_title(title).into_owned()).or(state.title);
        state.flaws.clone_from(&parsed.flaws);
        if !items.is_empty() {
            state.item_at = Some(self.now);
        }
        PollCommit { state, seen: seen_now, items, baseline: first.then_some(self.feed.backlog) }
    }

    /// The items that were not seen before, oldest first: feeds list the newest first.
    fn new_items(self, items: &[Item], seen: &Seen) -> Vec<Item> {
        let new = items.iter().rev().filter(|item| !seen.contains(&item.id));
        new.map(|item| Item { first_seen: Some(self.now), ..item.clone() }).collect()
    }

    fn well(self, answer: &Answer) -> FeedState {
        let mut state = FeedState {
            validators: self.validators(answer),
            body_hash: answer.body_hash.or(self.state.body_hash),
            asked_until: schedule::at_request(answer.retry_after, self.now),
            polled_at: Some(self.now),
            ok_at: Some(self.now),
            failures: 0,
            error: None,
            ..self.state.clone()
        };
        state.next_due = schedule::after_success(self.feed, &state, self.floor, self.now);
        state
    }

    /// A 200 brings all validators that there are; a 304 may leave out what has not changed (RFC 9110 §15.4.5).
    fn validators(self, answer: &Answer) -> Validators {
        let Validators { etag, last_modified } = answer.validators.clone();
        if answer.body_hash.is_some() {
            return Validators { etag, last_modified };
        }
        let known = &self.state.validators;
        Validators {
            etag: etag.or_else(|| known.etag.clone()),
            last_modified: last_modified.or_else(|| known.last_modified.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::feed::{Backlog, FeedUrl};
    use crate::item::ItemId;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    fn feed() -> Feed {
        Feed::at(FeedUrl::parse("https://a.example/feed").unwrap())
    }

    fn poll<'a>(feed: &'a Feed, state: &'a FeedState) -> Poll<'a> {
        Poll { feed, state, floor: Duration::from_mins(5), now: NOW }
    }

    fn unpolled(feed: &Feed) -> FeedState {
        FeedState::unpolled(feed.url.clone(), NOW)
    }

    fn parsed(titles: &[&str]) -> Parsed {
        let item = |title: &&str| Item {
            id: ItemId::new(*title),
            ..Item::read_json(&serde_json::json!({"title": title}).to_string()).unwrap()
        };
        Parsed { title: Some("<b>A</b> feed".to_owned()), items: titles.iter().map(item).collect(), flaws: Vec::new() }
    }

    fn answer(etag: Option<&str>, body_hash: Option<u64>) -> Answer {
        let validators = Validators { etag: etag.map(|etag| etag.as_bytes().to_vec()), last_modified: None };
        Answer { validators, retry_after: None, body_hash }
    }

    fn titles(commit: &PollCommit) -> Vec<&str> {
        commit.items.iter().map(|item| item.title.as_str()).collect()
    }

    #[test]
    fn the_first_document_is_the_baseline_and_later_ones_bring_what_is_new_oldest_first() {
        let feed = Feed { backlog: Backlog::Digest, ..feed() };
        let state = unpolled(&feed);
        let first = poll(&feed, &state).read(&answer(None, Some(1)), &parsed(&["b", "a"]), &Seen::default());
        assert_eq!((first.baseline, titles(&first)), (Some(Backlog::Digest), vec!["a", "b"]));
        assert_eq!((first.state.title.as_deref(), first.state.item_at), (Some("A feed"), Some(NOW)));
        assert!(first.items.iter().all(|item| item.first_seen == Some(NOW)));
        let seen = Seen::decode(&first.seen.unwrap());
        let second = poll(&feed, &first.state).read(&answer(None, Some(2)), &parsed(&["d", "c", "b", "a"]), &seen);
        assert_eq!((second.baseline, titles(&second)), (None, vec!["c", "d"]));
        let seen = Seen::decode(&second.seen.unwrap());
        let third = poll(&feed, &second.state).read(&answer(None, Some(3)), &parsed(&["c", "d"]), &seen);
        assert_eq!((third.seen, third.items.len()), (None, 0));
    }

    #[test]
    fn an_empty_first_document_is_a_baseline_too() {
        let feed = feed();
        let state = unpolled(&feed);
        let first = poll(&feed, &state).read(&answer(None, Some(1)), &parsed(&[]), &Seen::default());
        assert!(first.baseline.is_some() && first.state.ok_at.is_some());
    }

    #[test]
    fn validators_come_from_every_200_and_304_byte_for_byte() {
        let feed = feed();
        let state = unpolled(&feed);
        let first = poll(&feed, &state).read(&answer(Some("W/\"1\""), Some(1)), &parsed(&[]), &Seen::default());
        assert_eq!(first.state.validators.etag.as_deref(), Some(&b"W/\"1\""[..]));
        let same = poll(&feed, &first.state).unchanged(&answer(None, None));
        assert_eq!(same.state.validators, first.state.validators, "a 304 may leave them out");
        let moved = poll(&feed, &first.state).unchanged(&answer(Some("\"2\""), None));
        assert_eq!(moved.state.validators.etag.as_deref(), Some(&b"\"2\""[..]));
        let gone = poll(&feed, &moved.state).unchanged(&answer(None, Some(1)));
        assert_eq!(gone.state.validators, Validators::default(), "a 200 without them takes them away");
    }

    #[test]
    fn failures_are_counted_and_forgotten_with_the_next_success() {
        let feed = feed();
        let state = unpolled(&feed);
        let failed = poll(&feed, &state).failed("no answer", None);
        let failed = poll(&feed, &failed.state).failed("HTTP 500", None);
        assert_eq!((failed.state.failures, failed.state.error.as_deref()), (2, Some("HTTP 500")));
        assert_eq!(failed.state.ok_at, None);
        let well = poll(&feed, &failed.state).unchanged(&answer(None, None));
        assert_eq!((well.state.failures, well.state.error), (0, None));
    }

    #[test]
    fn retry_after_is_kept_on_success_too() {
        let feed = feed();
        let state = unpolled(&feed);
        let asked = Answer { retry_after: Some(Duration::from_hours(2)), ..answer(None, None) };
        let well = poll(&feed, &state).unchanged(&asked).state;
        assert_eq!(well.next_due.duration_since(NOW), SignedDuration::from_hours(2));
        assert_eq!(well.asked_until, Some(well.next_due));
        let failed = poll(&feed, &well).failed("HTTP 503", Some(Duration::from_hours(3))).state;
        assert_eq!(failed.asked_until.unwrap().duration_since(NOW), SignedDuration::from_hours(3));
        assert_eq!(poll(&feed, &failed).failed("HTTP 500", None).state.asked_until, None, "the last answer counts");
    }
}
