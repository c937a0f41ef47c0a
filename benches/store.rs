//! How many polls a second the store keeps, one after the other and many at a time.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use jiff::Timestamp;
use newshound::feed::{Backlog, FeedState, FeedUrl};
use newshound::item::{Item, ItemId};
use newshound::store::{PollCommit, Store};

/// Polls that end at about the same time.
const TOGETHER: u64 = 64;

/// New items of a poll that brings some.
const ITEMS: u64 = 3;

fn poll(feed: u64, round: u64, items: u64) -> PollCommit {
    let url = FeedUrl::parse(&format!("https://feed{feed}.example/rss")).expect("the URL is sound");
    let item = |number: u64| {
        let json = serde_json::json!({
            "title": format!("Headline {number} of round {round}"),
            "summary": "A teaser of some words, as news feeds have them. ".repeat(4),
        });
        let mut item = Item::read_json(&json.to_string()).expect("the item is sound");
        item.id = ItemId::of(url.as_str(), &format!("{round}-{number}"));
        item
    };
    PollCommit {
        items: (0..items).map(item).collect(),
        seen: (items > 0).then(|| vec![0; 600]),
        baseline: Some(Backlog::None),
        state: FeedState::unpolled(url, Timestamp::UNIX_EPOCH),
    }
}

fn polls(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let directory = tempfile::tempdir().expect("a directory can be made");
    let store = Store::open(&directory.path().join("bench.db")).expect("the store opens");
    let mut round = 0;
    let mut group = criterion.benchmark_group("polls");
    for (name, items) in [("unchanged", 0), ("with items", ITEMS)] {
        for together in [1, TOGETHER] {
            group.throughput(Throughput::Elements(together));
            group.bench_function(format!("{name}, {together} at a time"), |bencher| {
                bencher.iter(|| {
                    round += 1;
                    let commits = (0..together).map(|feed| store.commit_poll(poll(feed, round, items)));
                    let kept = runtime.block_on(join_all(commits));
                    assert!(black_box(kept).iter().all(Result::is_ok));
                });
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = polls
}
criterion_main!(benches);
