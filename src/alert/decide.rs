//! Send, hold or drop: what an item means for a story, given what was told of it before. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::feed::Backlog;
use crate::item::Item;
use crate::matcher::{Hit, WatchName};
use crate::story::Story;

use super::{Decision, DropReason, Gate, Level, Reason};

/// An item of a first poll is recent, and so worth a line in the digest, when it was published within this time.
const RECENT: SignedDuration = SignedDuration::from_hours(72);

/// What was told of a story so far.
#[derive(Debug, Clone, Copy)]
pub struct SoFar<'a> {
    /// The revision last told; 0 for none.
    pub revision: u32,
    /// The watches it was told for.
    pub watches: &'a [WatchName],
    /// The highest level of these.
    pub level: Level,
}

impl<'a> SoFar<'a> {
    /// What was told of `story`.
    pub fn of(story: &'a Story) -> Self {
        Self { revision: story.revision, watches: &story.watches, level: story.level }
    }

    /// Whether `hits` make more of the story than was told, if anything was: a new watch, or a higher level.
    pub fn is_raised_by(&self, hits: &[Hit]) -> bool {
        self.revision == 0 || hits.iter().any(|hit| hit.level > self.level || !self.watches.contains(&hit.watch))
    }
}

/// Decides about `item`, which made `hits` and just joined the story of which `told` was told before.
/// `baseline` is set when the item came with the first poll of its feed.
pub fn decide(item: &Item, hits: &[Hit], told: SoFar<'_>, baseline: Option<Backlog>, now: Timestamp) -> Decision {
    let raised = told.is_raised_by(hits);
    match baseline {
        Some(Backlog::None) => Decision::Drop(DropReason::Backlog),
        Some(Backlog::Digest) if !is_recent(item, now) => Decision::Drop(DropReason::Old),
        Some(Backlog::Digest) if raised => Decision::Hold(Gate::Baseline),
        _ if told.revision == 0 => Decision::Send(Reason::First),
        _ if raised => Decision::Send(Reason::Escalated),
        _ => Decision::Send(Reason::Update),
    }
}

/// An item without a date counts as recent: nothing is lost for want of a date.
fn is_recent(item: &Item, now: Timestamp) -> bool {
    item.published.is_none_or(|published| now.duration_since(published) <= RECENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::ItemId;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    fn item(published: Option<Timestamp>) -> Item {
        let mut item = Item::read_json(r#"{"title":"t"}"#).unwrap();
        item.published = published;
        item
    }

    fn hit(watch: &str, level: Level) -> Hit {
        Hit {
            item: ItemId::new("i"),
            watch: WatchName::new(watch),
            level,
            score: 1,
            condition: None,
            entities: Vec::new(),
            proof: Vec::new(),
        }
    }

    /// Decides about an item that hits `a` at notice, and returns what came of it.
    fn check(before: Option<(&str, Level)>, baseline: Option<Backlog>, published: Option<Timestamp>) -> Decision {
        let watches: Vec<_> = before.iter().map(|(watch, _)| WatchName::new(*watch)).collect();
        let level = before.map_or(Level::Info, |(_, level)| level);
        let told = SoFar { revision: u32::from(before.is_some()), watches: &watches, level };
        decide(&item(published), &[hit("a", Level::Notice)], told, baseline, NOW)
    }

    #[test]
    fn news_is_told_first_then_updated_and_escalated_only_by_a_rise() {
        assert_eq!(check(None, None, None), Decision::Send(Reason::First));
        assert_eq!(check(Some(("a", Level::Notice)), None, None), Decision::Send(Reason::Update));
        assert_eq!(check(Some(("a", Level::Urgent)), None, None), Decision::Send(Reason::Update));
        assert_eq!(check(Some(("a", Level::Info)), None, None), Decision::Send(Reason::Escalated));
        assert_eq!(check(Some(("b", Level::Urgent)), None, None), Decision::Send(Reason::Escalated));
    }

    #[test]
    fn a_baseline_is_held_dropped_or_told_as_its_feed_says() {
        let days = |n: i64| NOW - SignedDuration::from_hours(24 * n);
        assert_eq!(check(None, Some(Backlog::Digest), None), Decision::Hold(Gate::Baseline));
        assert_eq!(check(None, Some(Backlog::Digest), Some(days(2))), Decision::Hold(Gate::Baseline));
        assert_eq!(check(None, Some(Backlog::Digest), Some(days(-9))), Decision::Hold(Gate::Baseline));
        assert_eq!(check(None, Some(Backlog::Digest), Some(days(4))), Decision::Drop(DropReason::Old));
        assert_eq!(check(None, Some(Backlog::None), None), Decision::Drop(DropReason::Backlog));
        assert_eq!(check(None, Some(Backlog::All), Some(days(4))), Decision::Send(Reason::First));
    }

    #[test]
    fn a_baseline_item_of_a_story_that_was_told_adds_to_it_silently() {
        let told = Some(("a", Level::Notice));
        assert_eq!(check(told, Some(Backlog::Digest), None), Decision::Send(Reason::Update));
        assert_eq!(check(Some(("b", Level::Notice)), Some(Backlog::Digest), None), Decision::Hold(Gate::Baseline));
    }
}
