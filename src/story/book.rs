//! All open stories, and which of them a further item belongs to.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use crate::alert::Level;
use crate::clock::later;
use crate::item::Item;

use super::{Story, StoryId, keys::keys};

/// How long after its last item a story can still gain one.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(72);

/// No story keeps more keys than this: a page whose headline changes every minute must not fill memory.
const MOST_KEYS: usize = 256;

/// No story lists more items or sources than this: what is told of it is written anew with each of them.
const MOST_LISTED: usize = 256;

/// A story that gains more items than this within two hours grows in any case.
const MOST_ARRIVALS: usize = 64;

/// The open stories, found by key.
#[derive(Debug, Default)]
pub struct Book {
    stories: HashMap<StoryId, Story>,
    by_key: HashMap<u64, StoryId>,
    by_age: BTreeSet<(Timestamp, StoryId)>,
}

/// Where an item has come to be.
#[derive(Debug)]
pub struct Placed<'a> {
    /// Its story, with the item in it.
    pub story: &'a mut Story,
    /// Whether the story did not have this very item before.
    pub gained: bool,
}

impl Book {
    /// The book as it was, from the stories that the store kept, in any order. None was updated later than `now`: a
    /// clock that was wrong must not keep it open for years.
    pub fn restore(stories: Vec<Story>, now: Timestamp) -> Self {
        let mut book = Self::default();
        for mut story in stories {
            story.updated = story.updated.min(now);
            book.by_key.extend(story.keys.iter().map(|&key| (key, story.id.clone())));
            book.by_age.insert((story.updated, story.id.clone()));
            book.stories.insert(story.id.clone(), story);
        }
        book
    }

    /// Puts `item`, published by `owner`, into its story, which it begins where there is none.
    pub fn place(&mut self, item: &Item, owner: &str, now: Timestamp) -> Placed<'_> {
        self.close_old(now);
        let keys = keys(item);
        let known = self.known(&keys).cloned();
        let id = known.unwrap_or_else(|| StoryId::begun_by(&item.id));
        let story = self.stories.entry(id.clone()).or_insert_with(|| begin(id.clone(), now));
        for key in keys {
            if story.keys.len() < MOST_KEYS && !self.by_key.contains_key(&key) {
                self.by_key.insert(key, id.clone());
                story.keys.push(key);
            }
        }
        self.by_age.remove(&(story.updated, id.clone()));
        story.updated = now;
        self.by_age.insert((story.updated, id));
        let gained = join(story, item, owner, now);
        Placed { story, gained }
    }

    /// The story that `item` belongs to, if it is open.
    pub fn find(&self, item: &Item) -> Option<&StoryId> {
        self.known(&keys(item))
    }

    fn known(&self, keys: &[u64]) -> Option<&StoryId> {
        keys.iter().find_map(|key| self.by_key.get(key))
    }

    /// The story called `id`, while it is open.
    pub fn get_mut(&mut self, id: &StoryId) -> Option<&mut Story> {
        self.stories.get_mut(id)
    }

    /// Closes the stories that the window has left behind.
    fn close_old(&mut self, now: Timestamp) {
        let oldest = later(now, -WINDOW);
        while let Some((updated, id)) = self.by_age.first().cloned() {
            if updated >= oldest {
                break;
            }
            self.by_age.remove(&(updated, id.clone()));
            for key in self.stories.remove(&id).into_iter().flat_map(|story| story.keys) {
                self.by_key.remove(&key);
            }
        }
    }
}

fn join(story: &mut Story, item: &Item, owner: &str, now: Timestamp) -> bool {
    let gained = !story.items.contains(&item.id);
    if gained && story.items.len() < MOST_LISTED {
        story.items.push(item.id.clone());
    } else if gained {
        story.more_items = story.more_items.saturating_add(1);
    }
    if gained {
        story.arrivals.push(now);
        let surplus = story.arrivals.len().saturating_sub(MOST_ARRIVALS);
        story.arrivals.drain(..surplus);
    }
    if story.sources.len() < MOST_LISTED && !story.sources.iter().any(|source| source == owner) {
        story.sources.push(owner.to_owned());
    }
    gained
}

fn begin(id: StoryId, now: Timestamp) -> Story {
    Story {
        id,
        keys: Vec::new(),
        opened: now,
        updated: now,
        arrivals: Vec::new(),
        entities: BTreeSet::new(),
        items: Vec::new(),
        more_items: 0,
        sources: Vec::new(),
        watches: Vec::new(),
        level: Level::Info,
        revision: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    fn item(id: usize, title: &str) -> Item {
        Item::read_json(&format!(r#"{{"id":"{id}","title":"{title}"}}"#)).unwrap()
    }

    #[test]
    fn a_story_lists_so_many_items_and_counts_the_rest() {
        let mut book = Book::default();
        for id in 0..MOST_LISTED + 3 {
            assert!(book.place(&item(id, "A fire"), &id.to_string(), NOW).gained);
        }
        let story = book.place(&item(0, "A fire"), "0", NOW).story;
        assert_eq!((story.items.len(), story.more_items, story.sources.len()), (MOST_LISTED, 3, MOST_LISTED));
    }

    #[test]
    fn a_clock_that_was_years_ahead_keeps_no_story_open() {
        let mut book = Book::default();
        let id = book.place(&item(1, "A fire"), "a", NOW + WINDOW * 100).story.id.clone();
        let late = NOW + WINDOW * 2;
        let mut restored = Book::restore(book.stories.values().cloned().collect(), NOW);
        assert_ne!(restored.place(&item(2, "A fire"), "a", late).story.id, id, "after a restart");
        book.place(&item(2, "A fire"), "a", NOW);
        assert_ne!(book.place(&item(3, "A fire"), "a", late).story.id, id, "while it runs");
    }
}
