//! All open stories, and which of them a further item belongs to.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use crate::alert::Level;
use crate::item::Item;
use crate::matcher::text::plain_title;

use super::{Story, StoryId, keys::keys};

/// How long after its last item a story can still gain one.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(72);

/// No story keeps more keys than this: a page whose headline changes every minute must not fill memory.
const MOST_KEYS: usize = 256;

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
    /// The book as it was, from the stories that the store kept, in any order.
    pub fn restore(stories: Vec<Story>) -> Self {
        let mut book = Self::default();
        for story in stories {
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
        let known = keys.iter().find_map(|key| self.by_key.get(key)).cloned();
        let id = known.unwrap_or_else(|| StoryId::begun_by(&item.id));
        let story = self.stories.entry(id.clone()).or_insert_with(|| begin(id.clone(), item, now));
        for key in keys {
            if story.keys.len() < MOST_KEYS && !self.by_key.contains_key(&key) {
                self.by_key.insert(key, id.clone());
                story.keys.push(key);
            }
        }
        self.by_age.remove(&(story.updated, id.clone()));
        story.updated = now.max(story.updated);
        self.by_age.insert((story.updated, id));
        let gained = join(story, item, owner);
        Placed { story, gained }
    }

    /// The story called `id`, while it is open.
    pub fn get_mut(&mut self, id: &StoryId) -> Option<&mut Story> {
        self.stories.get_mut(id)
    }

    /// How many stories are open.
    pub fn len(&self) -> usize {
        self.stories.len()
    }

    /// Whether no story is open.
    pub fn is_empty(&self) -> bool {
        self.stories.is_empty()
    }

    /// Closes the stories that the window has left behind.
    fn close_old(&mut self, now: Timestamp) {
        let oldest = now.saturating_sub(WINDOW).unwrap_or(Timestamp::MIN);
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

fn join(story: &mut Story, item: &Item, owner: &str) -> bool {
    let gained = !story.items.contains(&item.id);
    if gained {
        story.items.push(item.id.clone());
    }
    if !story.sources.iter().any(|source| source == owner) {
        story.sources.push(owner.to_owned());
    }
    gained
}

fn begin(id: StoryId, item: &Item, now: Timestamp) -> Story {
    Story {
        id,
        keys: Vec::new(),
        opened: now,
        updated: now,
        title: plain_title(&item.title).into_owned(),
        items: Vec::new(),
        sources: Vec::new(),
        watches: Vec::new(),
        level: Level::Info,
        revision: 0,
    }
}
