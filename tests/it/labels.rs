//! What the packs find in a month of real news of which a judge said what each item is about. The news belongs to its
//! publishers and is not part of the project; where it is absent, this test says so and passes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use newshound::config;
use newshound::item::Item;
use newshound::matcher::Matcher;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde_json::{Value, json};

use crate::home::Home;

/// Ten lines for three questions.
const WATCHES: &str = include_str!("../data/labels/watch.toml");

/// A question that the judge answered: which watch asks it, in which column the answer stands, what counts as yes,
/// and how much of it must be found how surely.
struct Question {
    watch: &'static str,
    column: &'static str,
    yes: &'static [&'static str],
    recall: f64,
    precision: f64,
}

const QUESTIONS: [Question; 3] = [
    Question { watch: "leader named", column: "xi_mention", yes: &["1", "2"], recall: 0.97, precision: 0.97 },
    Question { watch: "story", column: "story_xi_putin", yes: &["1"], recall: 0.85, precision: 0.90 },
    Question { watch: "arms", column: "arms_china_russia", yes: &["1"], recall: 0.80, precision: 0.85 },
];

/// Answers of one item by column. Whether a digest, or what can be argued about, is meant is not asked.
type Answers = BTreeMap<String, String>;

#[test]
fn packs_and_ten_lines_find_what_a_judge_found() {
    let Some(month) = Month::open() else { return };
    assert!(WATCHES.lines().count() <= 10, "the watches take no more than ten lines");
    let hits = month.hits();
    for question in &QUESTIONS {
        let score = month.score(question, hits.get(question.watch).unwrap());
        eprintln!("{}", score.told(&month));
        assert!(score.recall() >= question.recall, "{}: recall {:.3}", question.watch, score.recall());
        assert!(score.precision() >= question.precision, "{}: precision {:.3}", question.watch, score.precision());
    }
}

/// All items of the month, and what the judge said of those that were read.
struct Month {
    items: BTreeMap<String, Item>,
    answers: BTreeMap<String, Answers>,
}

impl Month {
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn open() -> Option<Self> {
        let data = std::env::var_os("NEWSHOUND_DATA").unwrap_or_else(|| "../shared/data".into());
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(data).join("newsstream_2023_dev");
        if !directory.is_dir() {
            eprintln!("skipped: no test data at {}", directory.display());
            return None;
        }
        let items = items(&directory.join("2023-03.jsonl.xz"));
        let answers = answers(&directory.join("labels/2023-03_xi_putin.tsv"));
        Some(Self { items, answers })
    }

    /// The items that each watch hits.
    fn hits(&self) -> BTreeMap<String, BTreeSet<&str>> {
        let home = Home::new("packs = [\"leaders\", \"topics\"]\n");
        home.write("watchlists/watch.toml", WATCHES);
        let config = config::load(Some(&home.config())).unwrap().config;
        let matcher = Matcher::compile(&config.watches, &config.entities, &config.topics, &config.feeds).unwrap();
        let items: Vec<_> = self.items.iter().collect();
        let found: Vec<_> = items
            .par_iter()
            .flat_map_iter(|(id, item)| {
                matcher.hits(item).into_iter().map(|hit| (hit.watch.as_str().to_owned(), id.as_str()))
            })
            .collect();
        let mut hits: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for (watch, id) in found {
            hits.entry(watch).or_default().insert(id);
        }
        hits
    }

    /// What the judge answered: `0` for all that nobody thought worth reading.
    fn answer(&self, question: &Question, id: &str) -> &str {
        self.answers.get(id).map_or("0", |answers| answers[question.column].as_str())
    }

    fn score<'m>(&'m self, question: &Question, hits: &BTreeSet<&'m str>) -> Score<'m> {
        let mut score = Score { watch: question.watch, found: 0, missed: Vec::new(), wrong: Vec::new() };
        for id in self.items.keys() {
            let answer = self.answer(question, id);
            match (question.yes.contains(&answer), hits.contains(id.as_str())) {
                (true, true) => score.found += 1,
                (true, false) => score.missed.push(id),
                (false, true) if answer == "0" => score.wrong.push(id),
                (false, _) => {}
            }
        }
        score
    }

    /// In what form an item says what it says.
    fn kind(&self, id: &str) -> String {
        let item = &self.items[id];
        let is_named = self.answers.get(id).is_none_or(|answers| answers["xi_mention"] != "0");
        let name = if is_named { "the leader by name" } else { "the leader by role or not at all" };
        let text = if item.summary.is_some() { "headline and text" } else { "headline alone" };
        let language = item.lang.as_deref().unwrap_or("unknown language");
        format!("{name}, {text}, {language}")
    }
}

/// How one question was answered.
struct Score<'m> {
    watch: &'static str,
    found: usize,
    missed: Vec<&'m str>,
    wrong: Vec<&'m str>,
}

impl Score<'_> {
    fn recall(&self) -> f64 {
        share(self.found, self.missed.len())
    }

    fn precision(&self) -> f64 {
        share(self.found, self.wrong.len())
    }

    /// The figures, and all mistakes by kind.
    fn told(&self, month: &Month) -> String {
        let mut told = format!(
            "\n{}: recall {:.3}, precision {:.3} ({} found, {} missed, {} wrong)\n",
            self.watch,
            self.recall(),
            self.precision(),
            self.found,
            self.missed.len(),
            self.wrong.len()
        );
        for (what, ids) in [("missed", &self.missed), ("wrong", &self.wrong)] {
            let mut kinds: BTreeMap<String, Vec<&str>> = BTreeMap::new();
            for id in ids {
                kinds.entry(month.kind(id)).or_default().push(id);
            }
            for (kind, ids) in kinds {
                told.push_str(&format!("  {what}: {kind}: {}\n", ids.len()));
                for id in ids {
                    told.push_str(&format!("    {id} {}\n", month.items[id].title));
                }
            }
        }
        told
    }
}

#[expect(clippy::cast_precision_loss, reason = "a month has few items")]
fn share(yes: usize, no: usize) -> f64 {
    yes as f64 / (yes + no) as f64
}

/// The items of a compressed file by id, with the fields that the judge read.
fn items(path: &PathBuf) -> BTreeMap<String, Item> {
    let output = Command::new("xz").arg("-dc").arg(path).output().expect("xz is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<&str> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
    lines.par_iter().map(|line| item(line)).collect()
}

fn item(line: &str) -> (String, Item) {
    let record: Value = serde_json::from_str(line).unwrap();
    let id = record["id"].as_str().unwrap().to_owned();
    let summary = record["description"].as_str().filter(|text| !text.is_empty());
    let item = json!({
        "id": id,
        "title": record["title"].as_str().unwrap_or_default(),
        "summary": summary,
        "lang": record["language"],
    });
    (id, serde_json::from_value(item).unwrap())
}

/// A table with a header, by the first column.
fn answers(path: &Path) -> BTreeMap<String, Answers> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut rows = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let header = rows.next().unwrap();
    rows.map(|row| (row[0].clone(), header.iter().cloned().zip(row).collect())).collect()
}
