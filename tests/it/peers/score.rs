//! How often readers equal what the suites expect.

use std::fmt::Write;
use std::path::Path;

use url::Url;

use super::entry::{self, Entry, FIELDS};
use super::suite::{Suite, expectation};

/// How one field of a suite came out.
#[derive(Debug)]
pub(super) struct Score {
    /// The suite.
    pub(super) suite: &'static str,
    /// The field.
    pub(super) field: &'static str,
    /// How many values the suite expects.
    pub(super) expected: usize,
    /// How many newshound equals.
    pub(super) newshound: usize,
    /// How many feed-rs alone equals.
    pub(super) feed_rs: usize,
    /// Where newshound does not equal, for people.
    pub(super) losses: Vec<String>,
}

/// Scores each field of a suite over all its files.
pub(super) fn compare(suite: &Suite) -> [Score; FIELDS.len()] {
    let suite_name = suite.name;
    let unscored =
        |field| Score { suite: suite_name, field, expected: 0, newshound: 0, feed_rs: 0, losses: Vec::new() };
    let mut scores = FIELDS.map(unscored);
    for file in suite.feeds() {
        compare_file(&file, &mut scores);
    }
    scores
}

/// Entries are matched by their place in the document.
fn compare_file(file: &Path, scores: &mut [Score]) {
    let Some(values) = expectation(file) else { return };
    let bytes = std::fs::read(file).unwrap();
    let document = String::from_utf8_lossy(&bytes);
    let document = html_escape::decode_html_entities(&document);
    let url = Url::parse("https://peer.example/feed").unwrap();
    let newshound = entry::by_newshound(&bytes, &url);
    let feed_rs = entry::by_feed_rs(&bytes, &url);
    for (place, value) in values.iter().enumerate() {
        let expected = entry::expected(value, &document, &url);
        for (field, score) in scores.iter_mut().enumerate() {
            let Some(expected) = &expected[field] else { continue };
            let [ours, theirs] = [&newshound, &feed_rs].map(|entries| value_at(entries, place, field));
            score.count(expected, ours, theirs, &format!("{}[{place}]", file.display()));
        }
    }
}

fn value_at(entries: &[Entry], place: usize, field: usize) -> Option<&str> {
    entries.get(place)?[field].as_deref()
}

impl Score {
    fn count(&mut self, expected: &str, newshound: Option<&str>, feed_rs: Option<&str>, place: &str) {
        self.expected += 1;
        self.newshound += usize::from(newshound == Some(expected));
        self.feed_rs += usize::from(feed_rs == Some(expected));
        if newshound != Some(expected) {
            self.losses.push(format!("{place}: expected {expected:?}, newshound {newshound:?}, feed-rs {feed_rs:?}"));
        }
    }
}

/// The scores as a table.
pub(super) fn table(scores: &[Score]) -> String {
    let mut table = String::from("suite         field  expected     newshound       feed-rs alone\n");
    for score in scores {
        let Score { suite, field, expected, .. } = score;
        let [newshound, feed_rs] = [score.newshound, score.feed_rs].map(|equal| share(equal, *expected));
        writeln!(table, "{suite:<13} {field:<6} {expected:>8} {newshound:>16} {feed_rs:>16}").unwrap();
    }
    table
}

fn share(equal: usize, expected: usize) -> String {
    let permille = equal * 1000 / expected.max(1);
    format!("{equal} ({}.{} %)", permille / 10, permille % 10)
}
