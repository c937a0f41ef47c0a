//! How newshound reads the test files of other feed readers, beside feed-rs alone. The files belong to their
//! publishers and are not part of the project; where they are absent, these tests say so and pass.

mod entry;
mod score;
mod suite;

use std::collections::BTreeSet;
use std::path::Path;

use newshound::item::Item;
use url::Url;

use crate::home::Home;
use score::Score;
use suite::Suite;

/// Suites that say what their files hold.
const SUITES: [&str; 3] = ["feeds_gofeed", "feeds_feedrs", "feeds_rbren"];
/// Real feeds of which nobody said what they hold.
const UNEXPECTED: &str = "rawfeeds_greatfire_zh";

#[test]
fn fetch_gives_items_of_every_peer_file_or_names_it() {
    for folder in SUITES.into_iter().chain([UNEXPECTED]) {
        let Some(suite) = Suite::open(folder) else { continue };
        let files = suite.feeds();
        let paths = files.iter().map(|file| file.to_str().unwrap());
        let arguments: Vec<&str> = ["fetch", "--json"].into_iter().chain(paths).collect();
        let ended = Home::new("").run(&arguments);
        assert!(matches!(ended.code, 0 | 1) && !ended.err.contains("panicked"), "{folder}: {}", ended.err);
        let given: BTreeSet<String> = ended.out.lines().map(|line| Item::read_json(line).unwrap().feed).collect();
        let lost: Vec<_> = files
            .iter()
            .filter(|file| !given.contains(Url::from_file_path(file).unwrap().as_str()))
            .filter(|file| !ended.err.contains(file.to_str().unwrap()) && !is_empty_feed(file))
            .collect();
        assert!(lost.is_empty(), "neither read nor named: {lost:#?}");
        eprintln!(
            "{folder}: {} files, {} gave items, {} named on stderr",
            files.len(),
            given.len(),
            ended.err.lines().count()
        );
    }
}

fn is_empty_feed(file: &Path) -> bool {
    let parsed = newshound::poller::parse(&std::fs::read(file).unwrap(), None, &Url::from_file_path(file).unwrap());
    parsed.is_ok_and(|parsed| parsed.items.is_empty())
}

#[test]
fn newshound_equals_the_expectations_of_peers_as_often_as_feed_rs_alone() {
    let scores: Vec<Score> =
        SUITES.into_iter().filter_map(Suite::open).flat_map(|suite| score::compare(&suite)).collect();
    eprintln!("{}", score::table(&scores));
    for score in &scores {
        assert!(score.expected > 0, "{} expects no {}: is the data whole?", score.suite, score.field);
        assert!(score.newshound >= score.feed_rs, "{} {}: {:#?}", score.suite, score.field, score.losses);
    }
}
