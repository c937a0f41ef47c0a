//! Claims about the engine as a whole: items in, effects out.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::alert::{DropReason, Gate, Level};
use crate::config::{Config, Origin};
use crate::matcher::query::{Node, parse};
use crate::matcher::{Entity, Watch, WatchName};
use crate::notifier::{SinkConfig, SinkKind};

const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

fn at(seconds: i64) -> Timestamp {
    NOW + SignedDuration::from_secs(seconds)
}

fn watch(word: &str, level: Level, sinks: &[&str]) -> Watch {
    let sinks = sinks.iter().map(ToString::to_string).collect();
    Watch { name: WatchName::new(word), query: Node::word(word), level, sinks }
}

/// Three watches: `fire` and `flood` at notice everywhere, `quake` urgent on the desk only.
fn config() -> Config {
    let sink = |name: &str, updates| SinkConfig { name: name.to_owned(), kind: SinkKind::Stdout, updates };
    Config {
        origin: Origin::Embedded,
        store: "unused".into(),
        floor: std::time::Duration::from_mins(5),
        once_deadline: std::time::Duration::from_mins(1),
        allow: Vec::new(),
        feeds: Vec::new(),
        sinks: vec![sink("desk", false), sink("log", true)],
        entities: Vec::new(),
        topics: Vec::new(),
        watches: vec![
            watch("fire", Level::Notice, &[]),
            watch("flood", Level::Notice, &[]),
            watch("quake", Level::Urgent, &["desk"]),
        ],
        examples: Vec::new(),
    }
}

fn matcher() -> Arc<Matcher> {
    Arc::new(Matcher::compile(&config().watches, &[], &[], &[]).unwrap())
}

fn engine(state: EngineState) -> Engine {
    Engine::new(matcher(), Routing::new(&config()), state, NOW)
}

fn arrival(seq: u64, feed: &str, title: &str, baseline: Option<Backlog>) -> Arrival {
    let json = format!(r#"{{"id":"{seq}","feed":"https://{feed}.example/","title":"{title}"}}"#);
    Arrival { seq, item: Arc::new(Item::read_json(&json).unwrap()), baseline, feed_title: None }
}

/// What an alert is, in short: `first 1 notice [fire] -> desk log`.
fn told(effects: &Effects) -> Vec<String> {
    let short = |alert: &Alert| {
        let watches: Vec<_> = alert.watches.iter().map(WatchName::as_str).collect();
        let to = effects.deliveries.iter().filter(|to| to.alert == alert.id && to.revision == alert.revision);
        let to: Vec<_> = to.map(|to| to.sink.as_str()).collect();
        format!("{} {} {} [{}] -> {}", alert.reason, alert.revision, alert.level, watches.join(" "), to.join(" "))
    };
    effects.alerts.iter().map(short).collect()
}

fn check(titles: &[(&str, &str)], expected: &[&str]) {
    let mut engine = engine(EngineState::default());
    let arrivals: Vec<_> = (1..).zip(titles).map(|(seq, (feed, title))| arrival(seq, feed, title, None)).collect();
    assert_eq!(told(&engine.step(&arrivals, NOW)), expected);
}

#[test]
fn one_story_is_told_once_and_grows_in_place() {
    check(
        &[("a", "A fire"), ("b", "A fire!"), ("c", "Nothing")],
        &["first 1 notice [fire] -> desk log", "update 2 notice [fire] -> log"],
    );
}

#[test]
fn a_new_watch_interrupts_where_that_watch_goes() {
    let mut engine = engine(EngineState::default());
    let first = arrival(1, "a", "A fire", None);
    let mut second = arrival(2, "b", "A fire", None);
    Arc::make_mut(&mut second.item).summary = Some("The quake began it.".to_owned());
    assert_eq!(
        told(&engine.step(&[first, second], NOW)),
        ["first 1 notice [fire] -> desk log", "escalated 2 urgent [fire quake] -> desk log",]
    );
}

#[test]
fn stories_end_after_three_days_without_an_item() {
    let mut engine = engine(EngineState::default());
    let hours = |hours: i64| at(hours * 3600);
    assert_eq!(told(&engine.step(&[arrival(1, "a", "A fire", None)], hours(0))).len(), 1);
    assert_eq!(told(&engine.step(&[arrival(2, "b", "A fire", None)], hours(71))), ["update 2 notice [fire] -> log"]);
    assert_eq!(told(&engine.step(&[arrival(3, "c", "A fire", None)], hours(142))), ["update 3 notice [fire] -> log"]);
    assert_eq!(
        told(&engine.step(&[arrival(4, "d", "A fire", None)], hours(215))),
        ["first 1 notice [fire] -> desk log"]
    );
}

#[test]
fn a_baseline_waits_for_quiet_and_comes_as_one_digest_for_each_set_of_sinks() {
    let mut engine = engine(EngineState::default());
    let digest = Some(Backlog::Digest);
    let batch = [
        arrival(1, "a", "A fire", digest),
        arrival(2, "a", "A flood", digest),
        arrival(3, "b", "A fire", digest),
        arrival(4, "b", "A quake", digest),
    ];
    let held = engine.step(&batch, NOW);
    assert!(held.alerts.is_empty());
    assert!(held.verdicts.iter().all(|verdict| verdict.decision == Decision::Hold(Gate::Baseline)));
    assert_eq!(engine.next_due(), Some(at(10)));
    assert_eq!(engine.wake(at(9)), Effects::default());
    let woken = engine.wake(at(10));
    assert_eq!(told(&woken), ["digest 1 notice [quake] -> desk", "digest 1 notice [fire flood] -> desk log"]);
    let released: Vec<_> = woken.releases.iter().map(ItemId::as_str).collect();
    assert_eq!(released, ["4", "1", "3", "2"]);
    assert_eq!(engine.next_due(), None);
    assert_eq!(told(&engine.step(&[arrival(5, "c", "A flood", None)], at(20))), ["update 2 notice [flood] -> log"]);
}

#[test]
fn a_digest_waits_no_longer_than_a_minute() {
    let mut engine = engine(EngineState::default());
    for (seq, second) in (1..).zip([0, 9, 18, 27, 36, 45, 54]) {
        engine.step(&[arrival(seq, "a", &format!("A fire {seq}"), Some(Backlog::Digest))], at(second));
    }
    assert_eq!(engine.next_due(), Some(at(60)));
}

#[test]
fn news_of_a_held_story_is_told_at_once_and_the_digest_leaves_it_out() {
    let mut engine = engine(EngineState::default());
    engine.step(&[arrival(1, "a", "A fire", Some(Backlog::Digest))], NOW);
    assert_eq!(told(&engine.step(&[arrival(2, "b", "A fire", None)], at(1))), ["first 1 notice [fire] -> desk log"]);
    let woken = engine.wake(at(60));
    assert_eq!((told(&woken).len(), woken.releases.len()), (0, 1));
}

#[test]
fn what_a_digest_told_is_no_news_however_quietly_it_was_told() {
    let mut engine = engine(EngineState::default());
    engine.step(&[arrival(1, "a", "A quake", Some(Backlog::Digest))], NOW);
    assert_eq!(told(&engine.wake(at(10))), ["digest 1 notice [quake] -> desk"]);
    assert_eq!(told(&engine.step(&[arrival(2, "b", "A quake", None)], at(20))), [""; 0]);
    let mut fire = arrival(3, "c", "A quake", None);
    Arc::make_mut(&mut fire.item).summary = Some("It began a fire.".to_owned());
    assert_eq!(told(&engine.step(&[fire], at(30))), ["escalated 2 urgent [quake fire] -> desk log"]);
}

#[test]
fn a_telling_that_goes_nowhere_is_no_revision() {
    let mut engine = engine(EngineState::default());
    let quake = |seq, feed| arrival(seq, feed, "A quake", None);
    assert_eq!(told(&engine.step(&[quake(1, "a"), quake(2, "b")], NOW)), ["first 1 urgent [quake] -> desk"]);
    let mut fire = quake(3, "c");
    Arc::make_mut(&mut fire.item).summary = Some("It began a fire.".to_owned());
    assert_eq!(told(&engine.step(&[fire], NOW)), ["escalated 2 urgent [quake fire] -> desk log"]);
}

#[test]
fn a_digest_held_under_a_clock_that_was_wrong_is_told() {
    let mut engine = engine(EngineState::default());
    engine.step(&[arrival(1, "a", "A fire", Some(Backlog::Digest))], at(1_000_000));
    assert_eq!(told(&engine.wake(NOW)), ["digest 1 notice [fire] -> desk log"]);
}

#[test]
fn a_backlog_of_none_is_recorded_and_told_to_nobody() {
    let mut engine = engine(EngineState::default());
    let effects = engine.step(&[arrival(1, "a", "A fire", Some(Backlog::None))], NOW);
    assert_eq!(effects.verdicts[0].decision, Decision::Drop(DropReason::Backlog));
    assert!(effects.alerts.is_empty() && engine.next_due().is_none());
}

/// What the store keeps of effects, as far as a restart needs it.
#[derive(Default)]
struct Kept {
    stories: BTreeMap<StoryId, Story>,
    held: Vec<(Arrival, Vec<Hit>)>,
}

impl Kept {
    fn keep(&mut self, batch: &[Arrival], effects: &Effects) {
        for story in &effects.stories {
            self.stories.insert(story.id.clone(), story.clone());
        }
        for arrival in batch {
            let held = |verdict: &&Verdict| verdict.seq == arrival.seq && matches!(verdict.decision, Decision::Hold(_));
            let hits: Vec<_> = effects.verdicts.iter().filter(held).map(|verdict| verdict.hit.clone()).collect();
            if !hits.is_empty() {
                self.held.push((arrival.clone(), hits));
            }
        }
        self.held.retain(|(arrival, _)| !effects.releases.contains(&arrival.item.id));
    }

    fn state(&self) -> EngineState {
        EngineState { stories: self.stories.values().cloned().collect(), held: self.held.clone() }
    }
}

/// Items of a small world: few feeds, few headlines, some of them known at the start.
fn arrivals() -> impl Strategy<Value = Vec<Arrival>> {
    let words = prop::sample::select(vec!["fire", "flood", "quake", "fire and flood", "nothing", "flood then quake"]);
    let one = (0..3_u8, words, 0..3_u8, prop::option::weighted(0.3, Just(Backlog::Digest)));
    prop::collection::vec(one, 1..25).prop_map(|all| {
        let made = (1..).zip(all).map(|(seq, (feed, words, number, baseline))| {
            arrival(seq, &format!("feed{feed}"), &format!("{words} {number}"), baseline)
        });
        made.collect()
    })
}

/// Runs `arrivals` in batches of `size`, restarting after each batch when `restarts`, and returns all effects.
fn run(arrivals: &[Arrival], size: usize, restarts: bool) -> Vec<Effects> {
    let mut kept = Kept::default();
    let mut engine = engine(EngineState::default());
    let mut all = Vec::new();
    for batch in arrivals.chunks(size) {
        let effects = engine.step(batch, NOW);
        kept.keep(batch, &effects);
        all.push(effects);
        if restarts {
            engine = self::engine(kept.state());
        }
    }
    all.push(engine.flush(at(60)));
    all
}

fn flat<T: Clone>(all: &[Effects], part: impl Fn(&Effects) -> &Vec<T>) -> Vec<T> {
    all.iter().flat_map(|effects| part(effects).clone()).collect()
}

proptest! {
    #[test]
    fn batches_of_any_size_and_restarts_at_any_point_decide_the_same(arrivals in arrivals(), size in 1..9_usize) {
        let whole = run(&arrivals, 1000, false);
        for other in [run(&arrivals, size, false), run(&arrivals, size, true)] {
            prop_assert_eq!(flat(&whole, |effects| &effects.alerts), flat(&other, |effects| &effects.alerts));
            prop_assert_eq!(flat(&whole, |effects| &effects.verdicts), flat(&other, |effects| &effects.verdicts));
            prop_assert_eq!(flat(&whole, |effects| &effects.releases), flat(&other, |effects| &effects.releases));
        }
    }

    #[test]
    fn every_hit_has_one_verdict_and_whatever_is_held_is_released(arrivals in arrivals()) {
        let all = run(&arrivals, 4, false);
        let verdicts = flat(&all, |effects| &effects.verdicts);
        let hits: usize = arrivals.iter().map(|arrival| matcher().hits(&arrival.item).len()).sum();
        prop_assert_eq!(verdicts.len(), hits);
        let mut held: Vec<_> = verdicts.iter().filter(|verdict| matches!(verdict.decision, Decision::Hold(_)))
            .map(|verdict| verdict.hit.item.clone()).collect();
        held.dedup();
        let mut released: Vec<_> = flat(&all, |effects| &effects.releases);
        held.sort();
        released.sort();
        prop_assert_eq!(held, released);
    }

    #[test]
    fn the_revisions_of_an_alert_rise_by_one(arrivals in arrivals()) {
        let mut last: BTreeMap<AlertId, u32> = BTreeMap::new();
        for alert in flat(&run(&arrivals, 4, false), |effects| &effects.alerts) {
            let before = last.insert(alert.id.clone(), alert.revision);
            let told_in_digest = before.is_none() && alert.revision == 2;
            prop_assert!(told_in_digest || alert.revision == before.unwrap_or(0) + 1);
        }
    }
}

/// An engine with one watch, `query`, that has @kim to name.
fn asking(query: &str) -> Engine {
    let mut config = config();
    config.watches = vec![Watch { query: parse(query).unwrap().node, ..watch("w", Level::Notice, &[]) }];
    let kim = Entity { id: "kim".to_owned(), names: vec!["Kim".to_owned()], ..Entity::default() };
    let matcher = Matcher::compile(&config.watches, &[kim], &[], &[]).unwrap();
    Engine::new(Arc::new(matcher), Routing::new(&config), EngineState::default(), NOW)
}

/// The reasons given when the same headline comes from each of `feeds`, a minute apart.
fn reasons(query: &str, feeds: &[&str]) -> Vec<String> {
    let mut engine = asking(query);
    let mut reasons = Vec::new();
    for (seq, feed) in (1..).zip(feeds) {
        let effects = engine.step(&[arrival(seq, feed, "Fire at Kim's", None)], at(60 * i64::try_from(seq).unwrap()));
        assert_eq!(effects.verdicts.len(), 1, "every hit ends in one decision");
        reasons.push(effects.alerts.first().map_or("-".to_owned(), |alert| alert.reason.to_string()));
    }
    reasons
}

#[test]
fn a_rule_that_waits_for_more_sources_is_told_when_they_come() {
    assert_eq!(reasons("fire AND story.sources >= 2", &["a", "a", "b", "c"]), ["-", "-", "first", "update"]);
    assert_eq!(reasons("fire AND story.new", &["a", "b"]), ["first", "-"]);
    assert_eq!(reasons("fire AND NOT story.new", &["a", "b"]), ["-", "first"]);
    assert_eq!(reasons("fire AND story.growing", &["a", "b", "c"]), ["-", "-", "first"]);
    assert_eq!(reasons("fire AND story.has(@kim)", &["a"]), ["first"]);
    assert_eq!(reasons("fire AND age >= 2m", &["a", "b", "c"]), ["-", "-", "first"]);
    assert_eq!(reasons("fire OR story.sources >= 9", &["a"]), ["first"]);
    assert_eq!(reasons("score(fire^1, story.sources >= 2^2) >= 3", &["a", "b"]), ["-", "first"]);
}
