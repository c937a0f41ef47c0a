//! By what a further item of a story is recognised: its canonical link and its folded title.

use crate::item::{Item, stable_hash};
use crate::matcher::text::folded_title;
use crate::poller::canonical_link;

/// The hashes under which `item` can meet others, the surest first: its link, then its title.
pub(super) fn keys(item: &Item) -> Vec<u64> {
    let link = item.url.as_deref().map(|url| stable_hash(&["link", &canonical_link(url)]));
    let title = folded_title(&item.title);
    let title = (!title.is_empty()).then(|| stable_hash(&["title", &title]));
    link.into_iter().chain(title).collect()
}
