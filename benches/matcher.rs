//! How many items a second the matcher reads, with few watches and with many.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use newshound::alert::Level;
use newshound::item::Item;
use newshound::matcher::query::{Expr, Node};
use newshound::matcher::{Entity, Lists, Matcher, Near, Topic, Watch, WatchName};

const ITEMS: usize = 2_000;
const ENTITIES: usize = 30;
const NAMES: usize = 10;
const TOPICS: usize = 5;
const TOPIC_TERMS: usize = 20;

/// A small generator of its own, so that every run reads the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }

    /// A word as common as its rank says, much as in a language.
    fn word(&mut self) -> String {
        let ranks = [40, 400, 4_000, 20_000];
        let most = ranks.get(self.below(ranks.len())).copied().unwrap_or(40);
        word(self.below(most))
    }

    fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

/// The word of a rank: common ones are short.
fn word(rank: usize) -> String {
    const SYLLABLES: [&str; 20] = [
        "ta", "re", "in", "ko", "ses", "mu", "lan", "der", "vi", "on", "pra", "gel", "shi", "nor", "est", "ba", "cum",
        "dy", "fer", "wo",
    ];
    let mut rest = rank + 1;
    let mut word = String::new();
    while rest > 0 {
        word.push_str(SYLLABLES.get(rest % SYLLABLES.len()).copied().unwrap_or("x"));
        rest /= SYLLABLES.len();
    }
    word
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

fn name(rank: usize) -> String {
    format!("{} {}", capitalised(&word(500 + rank * 7)), capitalised(&word(900 + rank * 11)))
}

fn entities() -> Vec<Entity> {
    (0..ENTITIES)
        .map(|id| Entity {
            id: format!("entity-{id}"),
            names: (0..NAMES).map(|index| name(id * NAMES + index)).collect(),
            short: vec![capitalised(&word(900 + id * NAMES * 11))],
            context: vec![Node::word(&name(id + 3))],
            never: vec![name(5_000 + id)],
            ..Entity::default()
        })
        .collect()
}

fn topics() -> Vec<Topic> {
    let mut dice = Dice(7);
    let terms = |dice: &mut Dice| (0..TOPIC_TERMS).map(|index| Node::word(&dice.words(1 + index % 3))).collect();
    (0..TOPICS).map(|id| Topic { name: format!("topic-{id}"), terms: terms(&mut dice) }).collect()
}

fn watches(count: usize) -> Vec<Watch> {
    let mut dice = Dice(11);
    (0..count)
        .map(|id| {
            let entity = |dice: &mut Dice| Node::from(Expr::Entity(format!("entity-{}", dice.below(ENTITIES))));
            let lists = Lists {
                all: vec![
                    vec![entity(&mut dice)],
                    vec![entity(&mut dice), Expr::Topic(format!("topic-{}", id % TOPICS)).into()],
                ],
                any: (0..5).map(|_| Node::word(&word(200 + dice.below(20_000)))).collect(),
                at_least: 1,
                near: (id % 3 == 0).then_some(Near::Sentence),
                ..Lists::default()
            };
            Watch {
                name: WatchName::new(format!("watch {id}")),
                query: lists.query(),
                level: Level::Notice,
                sinks: Vec::new(),
            }
        })
        .collect()
}

/// Items of some sixty words: a title, and a teaser in a little HTML; one in six names an entity.
fn items() -> Vec<Item> {
    let mut dice = Dice(3);
    (0..ITEMS)
        .map(|id| {
            let named = if dice.below(6) == 0 { name(dice.below(ENTITIES * NAMES)) } else { String::new() };
            let title = format!("{named} {}", capitalised(&dice.words(9)));
            let summary = format!(
                "<p>{}. {}&#8217;s {}, {}.</p><p>{} — {}.</p>",
                capitalised(&dice.words(14)),
                capitalised(&dice.word()),
                dice.words(12),
                dice.words(8),
                capitalised(&dice.words(10)),
                dice.words(8),
            );
            let json = serde_json::json!({ "id": id.to_string(), "title": title, "summary": summary });
            Item::read_json(&json.to_string()).expect("the item is sound")
        })
        .collect()
}

fn matching(criterion: &mut Criterion) {
    let items = items();
    let (entities, topics) = (entities(), topics());
    let mut group = criterion.benchmark_group("hits");
    group.throughput(Throughput::Elements(u64::try_from(items.len()).unwrap_or(0)));
    for count in [10, 100, 1_000] {
        let watches = watches(count);
        let matcher = Matcher::compile(&watches, &entities, &topics, &[]).expect("the watches are sound");
        group.bench_with_input(BenchmarkId::new("watches", count), &matcher, |bencher, matcher| {
            bencher.iter(|| items.iter().map(|item| black_box(matcher.hits(item)).len()).sum::<usize>());
        });
    }
    group.finish();
    let watches = watches(1_000);
    criterion.bench_function("compile/1000", |bencher| {
        bencher.iter(|| Matcher::compile(black_box(&watches), &entities, &topics, &[]));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = matching
}
criterion_main!(benches);
