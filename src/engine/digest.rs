//! How held items are told together: one digest for each set of sinks, one report for each story in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::alert::{self, Alert, Level, Reason, Report};
use crate::item::{Item, ItemId};
use crate::matcher::Hit;
use crate::story::{Story, StoryId};

use super::Routing;
use super::held::Held;

/// The held items of one story: the first speaks for all.
#[derive(Debug)]
pub(super) struct HeldStory {
    first: Arc<Item>,
    feed: String,
    /// All its items that are held.
    pub(super) items: Vec<ItemId>,
    /// The hits of all its items, one for each watch.
    pub(super) hits: Vec<Hit>,
}

impl HeldStory {
    fn begin(held: Held) -> Self {
        Self { first: Arc::clone(&held.item), feed: held.feed, items: vec![held.item.id.clone()], hits: held.hits }
    }

    fn join(&mut self, held: Held) {
        self.items.push(held.item.id.clone());
        for hit in held.hits {
            if !self.hits.iter().any(|known| known.watch == hit.watch) {
                self.hits.push(hit);
            }
        }
    }

    fn report(&self) -> Report<'_> {
        Report { item: &self.first, hits: &self.hits, feed: &self.feed }
    }
}

/// Parts what is held by the sinks that its watches go to.
pub(super) fn by_sinks(held: Vec<Held>, routing: &Routing) -> BTreeMap<BTreeSet<String>, Vec<Held>> {
    let mut parts: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for held in held {
        let sinks = routing.sinks(held.hits.iter().map(|hit| &hit.watch));
        parts.entry(sinks).or_default().push(held);
    }
    parts
}

/// Gathers what is held by story, in the order in which the stories came.
pub(super) fn by_story(held: Vec<Held>) -> Vec<(StoryId, HeldStory)> {
    let mut stories: Vec<(StoryId, HeldStory)> = Vec::new();
    let mut places: BTreeMap<StoryId, usize> = BTreeMap::new();
    for held in held {
        if let Some((_, story)) = places.get(&held.story).and_then(|&place| stories.get_mut(place)) {
            story.join(held);
        } else {
            places.insert(held.story.clone(), stories.len());
            stories.push((held.story.clone(), HeldStory::begin(held)));
        }
    }
    stories
}

/// A digest of one story is that story's alert, so that it can grow in place. Like any digest, it is no louder than
/// a notice.
pub(super) fn of_one(story: &Story, held: &HeldStory, at: Timestamp) -> Alert {
    let mut alert = alert::of_story(story, held.report(), Reason::Digest, at);
    alert.level = alert.level.min(Level::Notice);
    alert
}

/// A digest of several stories.
pub(super) fn of_many(stories: &[(Story, HeldStory)], at: Timestamp) -> Alert {
    let reports: Vec<_> = stories.iter().map(|(_, held)| held.report()).collect();
    let mut sources: Vec<String> = Vec::new();
    for source in stories.iter().flat_map(|(story, _)| &story.sources) {
        if !sources.contains(source) {
            sources.push(source.clone());
        }
    }
    alert::digest(&reports, sources, at)
}
