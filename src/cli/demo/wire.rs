//! The bundled wire: who tells what, and when.

use std::time::Duration;

use serde::Deserialize;

const WIRE: &str = include_str!("../../../config/demo/wire.toml");

/// Outlets and their items.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wire {
    /// Invented outlets, each with one feed.
    #[serde(rename = "outlet")]
    pub(super) outlets: Vec<Outlet>,
    /// Their items, in any order.
    #[serde(rename = "item")]
    pub(super) items: Vec<Entry>,
}

/// One invented outlet.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Outlet {
    /// The path of its feed.
    pub(super) id: String,
    /// Its name.
    pub(super) title: String,
    /// Its language.
    pub(super) lang: String,
    /// The format of its feed.
    pub(super) format: Format,
}

/// The format of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// RSS 2.0
    Rss,
    /// Atom 1.0 (RFC 4287)
    Atom,
    /// JSON Feed 1.1
    Json,
}

/// One item of an outlet.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Seconds after the start at which it appears; 0 for what is there from the start.
    pub(super) at: u64,
    /// The outlet's id.
    pub(super) outlet: String,
    /// Its identity in the feed.
    pub(super) guid: String,
    /// The headline.
    pub(super) title: String,
    /// Where it would be read.
    pub(super) link: String,
    /// The teaser.
    #[serde(default)]
    pub(super) summary: String,
    /// Who wrote it.
    #[serde(default)]
    pub(super) author: Option<String>,
}

impl Wire {
    /// The wire that is built in.
    pub(super) fn bundled() -> Self {
        toml::from_str(WIRE).expect("the bundled wire is held against this type by a test")
    }

    /// How long it takes to tell.
    pub(super) fn length(&self) -> Duration {
        Duration::from_secs(self.items.iter().map(|item| item.at).max().unwrap_or_default())
    }

    /// What `outlet` shows after `elapsed`, newest first.
    pub(super) fn shown(&self, outlet: &str, elapsed: Duration) -> Vec<&Entry> {
        let mut shown: Vec<_> = self.items.iter().filter(|item| item.outlet == outlet).collect();
        shown.retain(|item| item.at <= elapsed.as_secs());
        shown.sort_by_key(|item| std::cmp::Reverse(item.at));
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_wire_has_an_outlet_for_every_item_and_each_guid_once() {
        let wire = Wire::bundled();
        let mut seen = std::collections::HashSet::new();
        for item in &wire.items {
            assert!(wire.outlets.iter().any(|outlet| outlet.id == item.outlet), "{} has no outlet", item.guid);
            assert!(seen.insert((&item.outlet, &item.guid)), "{} stands twice", item.guid);
        }
        assert!(wire.length() > Duration::from_secs(30));
    }
}
