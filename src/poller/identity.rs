//! Which entry is which: guid → link → stable hash of what it says. Pure.

use std::collections::HashMap;

use crate::item::{hex, stable_hash};

use super::links::canonical_link;

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

/// The key of each entry of one document, in its order. A guid that stands on entries with different links says
/// nothing, and is passed over.
pub(super) fn keys(entries: &[Marks<'_>]) -> Vec<String> {
    let mut links: HashMap<&str, Option<&str>> = HashMap::new();
    let mut ambiguous = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.guid.is_empty()) {
        if *links.entry(entry.guid).or_insert(entry.link) != entry.link {
            ambiguous.push(entry.guid);
        }
    }
    entries.iter().map(|entry| key(entry, !ambiguous.contains(&entry.guid))).collect()
}

fn key(entry: &Marks<'_>, trusts_guid: bool) -> String {
    match entry.link {
        _ if trusts_guid && !entry.guid.is_empty() => entry.guid.to_owned(),
        Some(link) => canonical_link(link),
        None => hex(stable_hash(&[entry.title, entry.text])),
    }
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
}
