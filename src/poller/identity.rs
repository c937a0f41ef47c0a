//! Which entry is which: guid → link → stable hash of what it says. Pure.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use crate::item::{hex, stable_hash};
use crate::links::page_link;

/// What an entry offers to be known by.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Marks<'a> {
    /// The guid of RSS, the id of Atom and JSON Feed; empty where there is none.
    pub(super) guid: &'a str,
    /// Its absolute link.
    pub(super) link: Option<&'a str>,
    /// Its headline.
    pub(super) title: &'a str,
    /// Its teaser or text.
    pub(super) text: &'a str,
}

impl<'a> Marks<'a> {
    /// What it says, in the words that change least.
    fn says(&self) -> &'a str {
        if self.title.is_empty() { self.text } else { self.title }
    }
}

/// The key of each entry of one document, in its order. A guid that stands on entries with different links names none
/// of them, and is passed over; so does a link that stands on entries with different titles, which are told apart by
/// these.
pub(super) fn keys(entries: &[Marks<'_>]) -> Vec<String> {
    let guids = entries.iter().filter(|entry| !entry.guid.is_empty()).map(|entry| (entry.guid, entry.link));
    let vague = ambiguous(guids);
    let has_guid = |entry: &Marks<'_>| !entry.guid.is_empty() && !vague.contains(&entry.guid);
    let links: Vec<_> =
        entries.iter().map(|entry| entry.link.filter(|_| !has_guid(entry)).and_then(page_link)).collect();
    let says = links.iter().zip(entries).filter_map(|(link, entry)| Some((link.as_deref()?, entry.says())));
    let shared = ambiguous(says);
    let key = |(entry, link): (&Marks<'_>, &Option<String>)| match link {
        _ if has_guid(entry) => entry.guid.to_owned(),
        Some(link) if shared.contains(link.as_str()) => hex(stable_hash(&[link, entry.says()])),
        Some(link) => link.clone(),
        None => hex(stable_hash(&[entry.title, entry.text])),
    };
    entries.iter().zip(&links).map(key).collect()
}

/// The names that stand for more than one thing.
fn ambiguous<N: Copy + Eq + Hash, T: Copy + Eq>(named: impl Iterator<Item = (N, T)>) -> HashSet<N> {
    let mut known = HashMap::new();
    named.filter(|&(name, thing)| *known.entry(name).or_insert(thing) != thing).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'a>(guid: &'a str, link: &'a str, title: &'a str) -> Marks<'a> {
        Marks { guid, link: Some(link).filter(|link| !link.is_empty()), title, text: "" }
    }

    fn key_of(marks: Marks<'_>) -> String {
        keys(&[marks]).remove(0)
    }

    #[test]
    fn a_guid_comes_first_then_the_link_then_what_is_said() {
        assert_eq!(key_of(entry("g1", "https://a.example/1", "t")), "g1");
        assert_eq!(key_of(entry("", "https://a.example/1?utm_source=x", "t")), "a.example/1");
        assert_eq!(key_of(entry("", "", "t")).len(), 16);
        assert_eq!(key_of(entry("", "", "t")), key_of(entry("", "", "t")));
        assert_ne!(key_of(entry("", "", "t")), key_of(entry("", "", "u")));
    }

    #[test]
    fn a_guid_that_every_entry_has_names_none() {
        let entries = [
            entry("same", "https://a.example/1", "one"),
            entry("same", "https://a.example/2", "two"),
            entry("own", "https://a.example/3", "three"),
        ];
        assert_eq!(keys(&entries), ["a.example/1", "a.example/2", "own"]);
    }

    #[test]
    fn entries_that_share_a_link_are_told_apart_by_their_titles() {
        let link = "https://a.example/live";
        let entries = [entry("", link, "one"), entry("", link, "two"), entry("", link, "one"), entry("g", link, "x")];
        let keys = keys(&entries);
        assert_ne!(keys[0], keys[1]);
        assert_eq!((&keys[0], keys[3].as_str()), (&keys[2], "g"));
        assert_eq!(key_of(entries[0]), "a.example/live");
    }

    #[test]
    fn the_front_of_a_site_names_no_entry() {
        let front = "https://a.example/?utm_source=rss";
        assert_ne!(key_of(entry("", front, "today")), key_of(entry("", front, "tomorrow")));
    }
}
