//! The entries of one feed that were seen before: a sorted list of stable hashes, each with the day it was last there.
//! Pure.

use jiff::Timestamp;

use crate::item::{ItemId, stable_hash};

/// An entry is forgotten when its feed has not shown it for so many days.
const KEPT_DAYS: u16 = 90;

/// Entries remembered of one feed at most, the latest first: it bounds what each poll loads and writes. What a feed
/// shows again after so many others counts as new.
const MOST_KEPT: usize = 20_000;

/// Bytes of one entry: its hash and its day, both big-endian.
const ENTRY: usize = 10;

/// What was seen of one feed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Seen {
    /// Hash and last day (days since 1970), sorted by hash.
    entries: Vec<(u64, u16)>,
}

impl Seen {
    /// Reads what [`Seen::encode`] wrote.
    pub(super) fn decode(bytes: &[u8]) -> Self {
        let read = |entry: &[u8]| {
            let (hash, day) = entry.split_at_checked(8)?;
            Some((u64::from_be_bytes(hash.try_into().ok()?), u16::from_be_bytes(day.try_into().ok()?)))
        };
        let mut entries: Vec<_> = bytes.chunks_exact(ENTRY).filter_map(read).collect();
        entries.sort_unstable();
        Self { entries }
    }

    /// As the store keeps it.
    pub(super) fn encode(&self) -> Vec<u8> {
        let write = |(hash, day): &(u64, u16)| hash.to_be_bytes().into_iter().chain(day.to_be_bytes());
        self.entries.iter().flat_map(write).collect()
    }

    /// Whether `id` was seen.
    pub(super) fn contains(&self, id: &ItemId) -> bool {
        self.entries.binary_search_by_key(&hash(id), |(hash, _)| *hash).is_ok()
    }

    /// What is to be remembered once a document with the entries `ids` was read at `now`.
    #[must_use]
    pub(super) fn with<'a>(&self, ids: impl Iterator<Item = &'a ItemId>, now: Timestamp) -> Self {
        let today = day(now);
        let mut entries: Vec<_> = ids.map(|id| (hash(id), today)).collect();
        entries.extend(&self.entries);
        // Of each hash the latest day stands first and is kept.
        entries.sort_unstable_by_key(|&(hash, day)| (hash, std::cmp::Reverse(day)));
        entries.dedup_by_key(|(hash, _)| *hash);
        entries.retain(|(_, day)| day.saturating_add(KEPT_DAYS) >= today);
        if entries.len() > MOST_KEPT {
            entries.sort_unstable_by_key(|&(_, day)| std::cmp::Reverse(day));
            entries.truncate(MOST_KEPT);
            entries.sort_unstable();
        }
        Self { entries }
    }
}

fn hash(id: &ItemId) -> u64 {
    stable_hash(&[id.as_str()])
}

fn day(now: Timestamp) -> u16 {
    u16::try_from(now.as_second() / 86_400).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(day: i64) -> Timestamp {
        Timestamp::from_second(day * 86_400).unwrap()
    }

    fn ids(names: &[&str]) -> Vec<ItemId> {
        names.iter().map(|name| ItemId::new(*name)).collect()
    }

    #[test]
    fn what_was_seen_is_known_until_it_is_long_gone() {
        let seen = Seen::default().with(ids(&["a", "b"]).iter(), on(1_000));
        let seen = seen.with(ids(&["b", "c"]).iter(), on(1_060));
        let knows = |seen: &Seen, name| seen.contains(&ItemId::new(name));
        assert!(["a", "b", "c"].iter().all(|&name| knows(&seen, name)) && !knows(&seen, "d"));
        let later = seen.with([].iter(), on(1_000 + 91));
        assert!(!knows(&later, "a") && knows(&later, "b"));
    }

    #[test]
    fn it_is_stored_as_it_is_and_only_when_it_changes() {
        let seen = Seen::default().with(ids(&["a", "b", "c"]).iter(), on(1_000));
        assert_eq!(Seen::decode(&seen.encode()), seen);
        assert_eq!(seen.with(ids(&["b", "a"]).iter(), on(1_000)), seen);
        assert_eq!(Seen::decode(b"torn"), Seen::default());
    }

    #[test]
    fn of_a_feed_that_invents_entries_the_latest_are_remembered() {
        let many: Vec<_> = (0..2 * MOST_KEPT).map(|number| ItemId::new(number.to_string())).collect();
        let seen = Seen::default().with(many.iter(), on(1_000)).with(ids(&["new"]).iter(), on(1_001));
        assert_eq!(seen.entries.len(), MOST_KEPT);
        assert!(seen.contains(&ItemId::new("new")));
    }
}
