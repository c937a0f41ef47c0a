//! One batch of items through match → story → decide → effects. Pure: no clock, no store, no await; whoever calls
//! it brings the items and the time, and carries the effects out.

mod digest;
mod held;
mod routing;
#[cfg(test)]
mod tests;

pub use routing::Routing;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::alert::{self, Alert, AlertId, Decision, DropReason, Reason, Report, SoFar};
use crate::feed::Backlog;
use crate::item::{Item, ItemId};
use crate::matcher::{Hit, Matcher};
use crate::story::{Book, Placed, Story, StoryId};

use held::{Held, Holding};

/// An item as the store hands it to the engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// Its place in the store's order: the engine's cursor counts in these. From 1.
    pub seq: u64,
    /// The item.
    pub item: Arc<Item>,
    /// Set when it was part of the first poll of its feed: what to do with such items.
    pub baseline: Option<Backlog>,
    /// The title of its feed, as the feed gives it.
    pub feed_title: Option<String>,
}

/// A hit and what was decided about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The item's place in the store's order.
    pub seq: u64,
    /// The hit, with its proof.
    pub hit: Hit,
    /// The story the item belongs to.
    pub story: StoryId,
    /// What was decided, with its reason.
    pub decision: Decision,
    /// When.
    pub at: Timestamp,
}

/// One alert revision to bring to one sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which alert.
    pub alert: AlertId,
    /// Which telling of it.
    pub revision: u32,
    /// The name of the sink.
    pub sink: String,
}

/// Everything one step changed, to be committed in one transaction or not at all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Effects {
    /// The last item seen; the next step begins behind it. None when the step read no items.
    pub cursor: Option<u64>,
    /// Every hit of the step.
    pub verdicts: Vec<Verdict>,
    /// Stories begun or changed, whole.
    pub stories: Vec<Story>,
    /// What to tell.
    pub alerts: Vec<Alert>,
    /// Where to tell it.
    pub deliveries: Vec<Delivery>,
    /// Items that are no longer held.
    pub releases: Vec<ItemId>,
}

/// What the engine needs from the store to go on where it stopped.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EngineState {
    /// Stories still open.
    pub stories: Vec<Story>,
    /// Items with hits that are held for the next digest, in the order they came.
    pub held: Vec<(Arrival, Vec<Hit>)>,
}

/// All that decisions go on: the rules, the routes, the open stories, and what is held.
#[derive(Debug)]
pub struct Engine {
    matcher: Arc<Matcher>,
    routing: Routing,
    book: Book,
    holding: Holding,
    /// What was decided since effects were last taken.
    effects: Effects,
    /// The stories changed since then.
    touched: BTreeSet<StoryId>,
}

impl Engine {
    /// An engine that goes on from `state`. What is held there counts as held since `now`.
    pub fn new(matcher: Arc<Matcher>, routing: Routing, state: EngineState, now: Timestamp) -> Self {
        let mut engine = Self {
            matcher,
            routing,
            book: Book::restore(state.stories, now),
            holding: Holding::default(),
            effects: Effects::default(),
            touched: BTreeSet::new(),
        };
        for (arrival, hits) in state.held {
            let owner = engine.routing.owner(&arrival.item);
            let known = engine.book.find(&arrival.item).cloned();
            let story = known.unwrap_or_else(|| engine.book.place(&arrival.item, &owner, now).story.id.clone());
            engine.hold(&arrival, hits, story, now);
        }
        engine
    }

    /// Takes new rules and routes; stories and what is held stay.
    pub fn reload(&mut self, matcher: Arc<Matcher>, routing: Routing) {
        self.matcher = matcher;
        self.routing = routing;
    }

    /// Takes `batch`, oldest first, at `now` through match, story and decision.
    pub fn step(&mut self, batch: &[Arrival], now: Timestamp) -> Effects {
        for arrival in batch {
            let hits = self.matcher.hits(&arrival.item);
            self.decide(arrival, hits, now);
        }
        self.take_effects()
    }

    /// Story and decision for one item whose `hits` are known, for callers that match on many threads.
    /// What comes of it is taken with [`Engine::take_effects`].
    pub fn decide(&mut self, arrival: &Arrival, hits: Vec<Hit>, now: Timestamp) {
        self.effects.cursor = Some(arrival.seq);
        if hits.is_empty() {
            return;
        }
        let owner = self.routing.owner(&arrival.item);
        let Placed { story, gained } = self.book.place(&arrival.item, &owner, now);
        story.entities.extend(hits.iter().flat_map(|hit| hit.entities.iter().cloned()));
        let facts = story.facts(now);
        let counts = |hit: &Hit| hit.condition.as_ref().is_none_or(|condition| condition.holds(&facts));
        let (hits, unmet): (Vec<_>, Vec<_>) = hits.into_iter().partition(counts);
        let decision = if gained && !hits.is_empty() {
            alert::decide(&arrival.item, &hits, SoFar::of(story), arrival.baseline, now)
        } else {
            Decision::Drop(DropReason::Repeated)
        };
        let story = story.id.clone();
        self.touched.insert(story.clone());
        self.record(arrival, &unmet, &story, Decision::Drop(DropReason::Unmet), now);
        self.record(arrival, &hits, &story, decision, now);
        match decision {
            Decision::Send(reason) => {
                let feed = self.routing.feed_name(&arrival.item, arrival.feed_title.as_deref());
                let report = Report { item: &arrival.item, hits: &hits, feed: &feed };
                self.tell(&story, report, reason, now);
            }
            Decision::Hold(_) => self.hold(arrival, hits, story, now),
            Decision::Drop(_) => {}
        }
    }

    /// Every hit ends in one recorded decision.
    fn record(&mut self, arrival: &Arrival, hits: &[Hit], story: &StoryId, decision: Decision, at: Timestamp) {
        let verdict = |hit: &Hit| Verdict { seq: arrival.seq, hit: hit.clone(), story: story.clone(), decision, at };
        self.effects.verdicts.extend(hits.iter().map(verdict));
    }

    /// When [`Engine::wake`] has something to do next, if ever.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.holding.due()
    }

    /// Does what is due at `now`: tells what was held.
    pub fn wake(&mut self, now: Timestamp) -> Effects {
        if self.holding.is_due(now) { self.flush(now) } else { Effects::default() }
    }

    /// Tells what is held, due or not: one digest for each set of sinks.
    pub fn flush(&mut self, now: Timestamp) -> Effects {
        for (sinks, held) in digest::by_sinks(self.holding.take(), &self.routing) {
            self.tell_held(sinks, held, now);
        }
        self.take_effects()
    }

    /// What was decided since the last call, to be committed.
    pub fn take_effects(&mut self) -> Effects {
        let mut effects = std::mem::take(&mut self.effects);
        let touched = std::mem::take(&mut self.touched);
        effects.stories = touched.iter().filter_map(|id| self.book.get_mut(id).cloned()).collect();
        effects
    }

    fn hold(&mut self, arrival: &Arrival, hits: Vec<Hit>, story: StoryId, now: Timestamp) {
        let feed = self.routing.feed_name(&arrival.item, arrival.feed_title.as_deref());
        self.holding.add(Held { item: Arc::clone(&arrival.item), feed, hits, story }, now);
    }

    /// Makes the next revision of a story's alert, and its way to the sinks.
    fn tell(&mut self, story: &StoryId, report: Report<'_>, reason: Reason, now: Timestamp) {
        let Some(story) = self.book.get_mut(story) else { return };
        let hit = || report.hits.iter().map(|hit| &hit.watch);
        let mut sinks = self.routing.updated_sinks(story.watches.iter().chain(hit()));
        if reason.interrupts() {
            sinks.extend(self.routing.sinks(hit()));
        } else if sinks.is_empty() {
            return;
        }
        story.raise(report.hits);
        let alert = alert::of_story(story, report, reason, now);
        self.send(alert, sinks);
    }

    /// Tells `held`, which all go to `sinks`: as the story's own alert where they are one story, else as a digest.
    fn tell_held(&mut self, sinks: BTreeSet<String>, held: Vec<Held>, now: Timestamp) {
        let mut news = Vec::new();
        for (story, held) in digest::by_story(held) {
            let Some(told) = self.book.get_mut(&story) else { continue };
            self.touched.insert(story.clone());
            self.effects.releases.extend_from_slice(&held.items);
            if SoFar::of(told).is_raised_by(&held.hits) {
                told.raise(&held.hits);
                news.push((told.clone(), held));
            }
        }
        let alert = match news.as_slice() {
            [] => return,
            [(story, held)] => digest::of_one(story, held, now),
            _ => digest::of_many(&news, now),
        };
        self.send(alert, sinks);
    }

    fn send(&mut self, alert: Alert, sinks: BTreeSet<String>) {
        let delivery = |sink| Delivery { alert: alert.id.clone(), revision: alert.revision, sink };
        self.effects.deliveries.extend(sinks.into_iter().map(delivery));
        self.effects.alerts.push(alert);
    }
}
