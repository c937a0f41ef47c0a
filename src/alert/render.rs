//! The words of an alert: title and body, as plain text. Each sink escapes them for its own format.

use jiff::Timestamp;

use crate::item::{Item, hex, stable_hash};
use crate::matcher::text::{plain, plain_title};
use crate::matcher::{Hit, WatchName};
use crate::story::Story;
use crate::text::cut;

use super::{Alert, AlertId, Level, Reason};

/// A lead longer than this is cut: an alert is read at a glance.
const LEAD_CHARS: usize = 280;

/// A digest names at most this many stories; the rest it counts.
const DIGEST_LINES: usize = 12;

/// An item that hit, as an alert tells of it.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The item.
    pub item: &'a Item,
    /// What it hit.
    pub hits: &'a [Hit],
    /// The name of its feed, for people.
    pub feed: &'a str,
}

/// The telling of `story`, as it now stands, on the occasion of `report`.
pub fn of_story(story: &Story, report: Report<'_>, reason: Reason, at: Timestamp) -> Alert {
    let Report { item, hits, feed } = report;
    Alert {
        id: AlertId::of_story(&story.id),
        story: Some(story.id.clone()),
        revision: story.revision,
        reason,
        level: story.level,
        watches: story.watches.clone(),
        title: headline(item),
        body: lead(item),
        url: item.url.clone(),
        feed: feed.to_owned(),
        published: item.published,
        at,
        sources: story.sources.clone(),
        items: story.items.clone(),
        more_items: story.more_items,
        proof: hits.iter().flat_map(|hit| hit.proof.iter().cloned()).collect(),
    }
}

/// One alert that tells of several reports together. It is never louder than a notice: nothing in it is new.
pub fn digest(reports: &[Report<'_>], sources: Vec<String>, at: Timestamp) -> Alert {
    let items: Vec<_> = reports.iter().map(|report| report.item.id.clone()).collect();
    let hits = || reports.iter().flat_map(|report| report.hits);
    let mut watches: Vec<WatchName> = Vec::new();
    for hit in hits() {
        if !watches.contains(&hit.watch) {
            watches.push(hit.watch.clone());
        }
    }
    let key: Vec<_> = std::iter::once("digest").chain(items.iter().map(crate::item::ItemId::as_str)).collect();
    Alert {
        id: AlertId::new(hex(stable_hash(&key))),
        story: None,
        revision: 1,
        reason: Reason::Digest,
        level: hits().map(|hit| hit.level).max().unwrap_or_default().min(Level::Notice),
        watches,
        title: format!("{} earlier stories match your watches", reports.len()),
        body: digest_body(reports),
        url: None,
        feed: String::new(),
        published: None,
        at,
        sources,
        items,
        more_items: 0,
        proof: hits().flat_map(|hit| hit.proof.iter().cloned()).collect(),
    }
}

fn digest_body(reports: &[Report<'_>]) -> String {
    let mut lines: Vec<_> = reports.iter().take(DIGEST_LINES).map(digest_line).collect();
    if let Some(more) = reports.len().checked_sub(DIGEST_LINES).filter(|&more| more > 0) {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

fn digest_line(report: &Report<'_>) -> String {
    let watches: Vec<_> = report.hits.iter().map(|hit| hit.watch.as_str()).collect();
    format!("• {} ({}) — {}", headline(report.item), report.feed, watches.join(", "))
}

/// An item without a title is told by its lead, else by its address: an alert is never blank.
fn headline(item: &Item) -> String {
    let title = plain_title(&item.title);
    if !title.trim().is_empty() {
        return title.into_owned();
    }
    let lead = lead(item);
    if lead.is_empty() { item.url.clone().unwrap_or_else(|| "(no title)".to_owned()) } else { lead }
}

fn lead(item: &Item) -> String {
    let text = item.summary.as_deref().or(item.content.as_deref()).unwrap_or_default();
    cut(&plain(text), LEAD_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_never_blank() {
        let read = |json| headline(&Item::read_json(json).unwrap());
        assert_eq!(read(r#"{"title":"<b>Kim</b> & Co"}"#), "Kim & Co");
        assert_eq!(read(r#"{"title":" ","summary":"<p>Lead.</p>"}"#), "Lead.");
        assert_eq!(read(r#"{"title":"","url":"https://e.example/1"}"#), "https://e.example/1");
        assert_eq!(read(r#"{"title":""}"#), "(no title)");
    }
}
