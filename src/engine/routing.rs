//! What the engine must know of the config beside the rules: whose feed an item is, and which sinks a watch goes to.

use std::collections::{BTreeSet, HashMap};

use crate::config::Config;
use crate::feed::{Feed, owner_of};
use crate::item::Item;
use crate::matcher::WatchName;

/// Owners and names of feeds; sinks of watches.
#[derive(Debug, Clone, Default)]
pub struct Routing {
    feeds: HashMap<String, Feed>,
    watches: HashMap<WatchName, BTreeSet<String>>,
    updated: BTreeSet<String>,
}

impl Routing {
    /// What `config` says.
    pub fn new(config: &Config) -> Self {
        let all: BTreeSet<_> = config.sinks.iter().map(|sink| sink.name.clone()).collect();
        let sinks = |names: &[String]| {
            // A sink that a watch names but that is turned off is nowhere, not everywhere.
            let named = |sink: &&String| names.is_empty() || names.contains(sink);
            all.iter().filter(named).cloned().collect()
        };
        Self {
            feeds: config.feeds.iter().map(|feed| (feed.url.as_str().to_owned(), feed.clone())).collect(),
            watches: config.watches.iter().map(|watch| (watch.name.clone(), sinks(&watch.sinks))).collect(),
            updated: config.sinks.iter().filter(|sink| sink.updates).map(|sink| sink.name.clone()).collect(),
        }
    }

    /// The independent publisher of `item`: its feed's owner, else the owner of the feed's address, else of its own.
    pub fn owner(&self, item: &Item) -> String {
        match self.feeds.get(&item.feed) {
            Some(feed) => feed.owner.clone(),
            None if item.feed.is_empty() => item.url.as_deref().map_or_else(String::new, owner_of),
            None => owner_of(&item.feed),
        }
    }

    /// What to call the feed of `item`: the operator's name for it, else its `title`, else its owner.
    pub fn feed_name(&self, item: &Item, title: Option<&str>) -> String {
        let named = self.feeds.get(&item.feed).and_then(|feed| feed.name.as_deref());
        named.or(title).map_or_else(|| self.owner(item), str::to_owned)
    }

    /// The sinks of `watches` that an interruption goes to.
    pub fn sinks<'a>(&self, watches: impl IntoIterator<Item = &'a WatchName>) -> BTreeSet<String> {
        watches.into_iter().filter_map(|watch| self.watches.get(watch)).flatten().cloned().collect()
    }

    /// The sinks of `watches` that also receive silent updates.
    pub fn updated_sinks<'a>(&self, watches: impl IntoIterator<Item = &'a WatchName>) -> BTreeSet<String> {
        self.sinks(watches).intersection(&self.updated).cloned().collect()
    }
}
