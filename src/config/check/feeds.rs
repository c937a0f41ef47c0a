//! Feeds of `[[feed]]` and OPML files → one list, each URL once.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use crate::config::opml::Outline;
use crate::config::problem::{Place, Problem, Source};
use crate::config::raw::{RawFeed, Text};
use crate::config::{Written, duration};
use crate::feed::{Backlog, Feed, FeedUrl, FeedUrlError};

use super::Checker;

/// A second is as low as the floor may be set; a feed polled less than monthly is not watched.
const EVERY_BOUNDS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(24 * 30);

const BACKLOGS: [(&str, Backlog); 3] = [("digest", Backlog::Digest), ("none", Backlog::None), ("all", Backlog::All)];

/// Checks all feeds. The first entry of a URL counts; `[[feed]]` comes before OPML.
pub(super) fn check(checker: &mut Checker<'_>, written: &Written, floor: Duration) -> Vec<Feed> {
    let mut union = Union::default();
    for part in &written.parts {
        for raw in &part.raw.feed {
            if let Some(feed) = feed(checker, &part.source, raw, floor) {
                union.add(checker, feed, Place::of(&part.source, &raw.url));
            }
        }
    }
    for outline in &written.outlines {
        if let Some(feed) = listed(checker, outline) {
            union.add(checker, feed, outline.place.clone());
        }
    }
    union.feeds.into_iter().map(|(feed, _)| feed).collect()
}

/// The feeds so far, in the order they were written.
#[derive(Default)]
struct Union {
    feeds: Vec<(Feed, Place)>,
    by_url: BTreeMap<FeedUrl, usize>,
}

impl Union {
    fn add(&mut self, checker: &mut Checker<'_>, feed: Feed, place: Place) {
        let next = self.feeds.len();
        let index = *self.by_url.entry(feed.url.clone()).or_insert(next);
        let Some((first, first_place)) = self.feeds.get_mut(index) else {
            self.feeds.push((feed, place));
            return;
        };
        for tag in feed.tags {
            if !first.tags.contains(&tag) {
                first.tags.push(tag);
            }
        }
        let hint = format!("the entry at {first_place} counts; it takes the tags of this one");
        checker.problems.push(Problem::warning("this feed is listed already").at(place).hint(hint));
    }
}

fn feed(checker: &mut Checker<'_>, source: &Arc<Source>, raw: &RawFeed, floor: Duration) -> Option<Feed> {
    let name = raw.name.as_ref().map(|name| checker.name(source, name));
    let tags = raw.tags.iter().map(|tag| checker.name(source, tag)).collect();
    let every = checker.duration(source, raw.every.as_ref(), &EVERY_BOUNDS);
    if let (Some(text), Some(true)) = (&raw.every, every.map(|every| every < floor)) {
        let message = format!("no feed is polled more often than `floor` under [poll] says: {}", duration::show(floor));
        checker.warn(message, source, text);
    }
    let backlog = raw.backlog.as_ref().and_then(|text| checker.choice("backlog", source, text, &BACKLOGS));
    let owner = raw.owner.as_ref().map(|owner| checker.name(source, owner));
    let feed = Feed::at(url(checker, source, &raw.url)?);
    let owner = owner.unwrap_or_else(|| feed.owner.clone());
    Some(Feed { name, tags, owner, every, backlog: backlog.unwrap_or_default(), ..feed })
}

fn url(checker: &mut Checker<'_>, source: &Arc<Source>, text: &Text) -> Option<FeedUrl> {
    let expanded = checker.expand(source, text)?;
    let url = FeedUrl::parse(&expanded).map_err(|error| refused(&error, Place::of(source, text)));
    checker.problems.take(url)
}

/// A feed of a list that another program wrote: one that cannot be polled is left out.
fn listed(checker: &mut Checker<'_>, outline: &Outline) -> Option<Feed> {
    match FeedUrl::parse(&outline.url) {
        Ok(url) => Some(Feed { name: outline.name.clone(), tags: outline.tags.clone(), ..Feed::at(url) }),
        Err(error) => {
            let place = outline.place.clone().narrowed(&outline.url);
            checker.problems.push(Problem::warning(error.to_string()).at(place).hint("it is left out".to_owned()));
            None
        }
    }
}

fn refused(error: &FeedUrlError, place: Place) -> Problem {
    Problem::error(error.to_string()).at(place).hint("write it in full: https://…".to_owned())
}
