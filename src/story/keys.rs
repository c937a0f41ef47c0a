//! By what a further item of a story is recognised: its canonical link and its folded title.

use crate::item::{Item, stable_hash};
use crate::links::page_link;
use crate::matcher::text::folded_title;

/// The hashes under which `item` can meet others, the surest first: its link, unless it leads to a whole site, then its
/// title.
pub(super) fn keys(item: &Item) -> Vec<u64> {
    let link = item.url.as_deref().and_then(page_link).map(|link| stable_hash(&["link", &link]));
    let title = folded_title(&item.title);
    let title = (!title.is_empty()).then(|| stable_hash(&["title", &title]));
    link.into_iter().chain(title).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys_of(url: &str, title: &str) -> Vec<u64> {
        keys(&Item::read_json(&serde_json::json!({"url": url, "title": title}).to_string()).unwrap())
    }

    #[test]
    fn items_meet_under_their_page_and_not_under_the_front_of_a_site() {
        let meet = |url| keys_of(url, "one").into_iter().any(|key| keys_of(url, "two").contains(&key));
        assert!(meet("https://a.example/1") && meet("https://a.example/#/1"));
        assert!(!meet("https://a.example/") && !meet("https://www.a.example?utm_source=rss"));
    }
}
