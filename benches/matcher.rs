//! How fast many rules are matched, beside what one would reach for instead, in one run on one core.
//!
//! `cargo bench --bench matcher` prints a table for 100,000 rules of each kind, the curve from 100 rules up, and the
//! ratios; numbers of rules as arguments (`-- 1000000`) add rows. Texts are made of words as common as their ranks
//! say (Zipf), 150 to an item, 650 to an article.

#![expect(clippy::print_stdout, reason = "the tables are what it is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aho_corasick::AhoCorasick;
use newshound::alert::Level;
use newshound::item::Item;
use newshound::matcher::query::{Expr, Node, Reach};
use newshound::matcher::{Matcher, Watch, WatchName};

const VOCABULARY: usize = 200_000;
const ITEM_WORDS: usize = 150;
const ARTICLE_WORDS: usize = 650;

/// A small generator of its own, so that every run reads the same.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next()).unwrap_or(0) % bound
    }

    /// A rank as common as one over itself.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks are small"
    )]
    fn zipf(&mut self) -> usize {
        let luck = self.next() as f64 / (1_u64 << 31) as f64;
        ((VOCABULARY as f64).powf(luck) as usize).min(VOCABULARY) - 1
    }
}

/// The word of a rank: common ones are short.
fn word(rank: usize) -> String {
    const SYLLABLES: [&str; 16] =
        ["ta", "re", "in", "ko", "se", "mu", "la", "de", "vi", "on", "pra", "ge", "shi", "no", "es", "ba"];
    let mut rest = rank + 1;
    let mut word = String::new();
    while rest > 0 {
        word.push_str(SYLLABLES.get(rest % SYLLABLES.len()).copied().unwrap_or("x"));
        rest /= SYLLABLES.len();
    }
    word
}

fn text(dice: &mut Dice, words: usize) -> String {
    let mut text = String::new();
    for index in 0..words {
        text.push_str(&word(dice.zipf()));
        text.push_str(if index % 14 == 13 { ". " } else { " " });
    }
    text
}

fn items(count: usize, words: usize) -> Vec<Item> {
    let mut dice = Dice(3);
    let item = |index: usize| {
        let title = text(&mut dice, 10);
        let summary = format!("<p>{}</p>", text(&mut dice, words - 10));
        let json = serde_json::json!({ "id": index.to_string(), "title": title, "summary": summary });
        Item::read_json(&json.to_string()).expect("the item is sound")
    };
    (0..count).map(item).collect()
}

/// A name of two words that hardly occur.
fn alias(dice: &mut Dice) -> Node {
    Node::word(&format!("{} {}", word(1_000 + dice.below(VOCABULARY)), word(1_000 + dice.below(VOCABULARY))))
}

/// A word that news on a subject have, neither common nor rare.
fn subject(dice: &mut Dice) -> Node {
    Node::word(&word(300 + dice.below(20_000)))
}

fn common(dice: &mut Dice) -> Node {
    Node::word(&word(30 + dice.below(470)))
}

fn several(count: usize, dice: &mut Dice, of: fn(&mut Dice) -> Node) -> Vec<Node> {
    (0..count).map(|_| of(dice)).collect()
}

fn not(node: Node) -> Node {
    Expr::Not(node.into()).into()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Three aliases.
    W1,
    /// Three aliases and four topic words and not two words, three in ten within ten words.
    W2,
    /// Five words required and two forbidden.
    W3,
    /// Three groups of common words.
    W4,
}

fn query(kind: Kind, dice: &mut Dice) -> Node {
    match kind {
        Kind::W1 => Node::any(several(3, dice, alias)),
        Kind::W2 => {
            let groups = vec![Node::any(several(3, dice, alias)), Node::any(several(4, dice, subject))];
            let near = dice.below(10) < 3;
            let wanted = if near { Expr::Near(Reach::Words(10), groups).into() } else { Node::all(groups) };
            Node::all(vec![wanted, not(Node::any(several(2, dice, subject)))])
        }
        Kind::W3 => {
            let mut nodes = several(5, dice, subject);
            nodes.extend(several(2, dice, subject).into_iter().map(not));
            Node::all(nodes)
        }
        Kind::W4 => Node::all((0..3).map(|_| Node::any(several(3, dice, common))).collect()),
    }
}

fn watches(kind: Kind, count: usize) -> Vec<Watch> {
    let mut dice = Dice(11);
    let watch = |index: usize| Watch {
        name: WatchName::new(index.to_string()),
        query: query(kind, &mut dice),
        level: Level::Notice,
        sinks: Vec::new(),
    };
    (0..count).map(watch).collect()
}

/// Items a second, hits an item, and the slowest item of a hundred.
fn run(matcher: &Matcher, items: &[Item]) -> (f64, f64, Duration) {
    let mut times = Vec::with_capacity(items.len());
    let mut hits = 0;
    items.iter().take(items.len() / 10).for_each(|item| hits += black_box(matcher.hits(item)).len());
    hits = 0;
    let began = Instant::now();
    for item in items {
        let one = Instant::now();
        hits += black_box(matcher.hits(item)).len();
        times.push(one.elapsed());
    }
    let seconds = began.elapsed().as_secs_f64();
    times.sort_unstable();
    let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    let (items, hits) = (items.len() as f64, hits as f64);
    (items / seconds, hits / items, p99)
}

fn megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    resident.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn row(kind: Kind, rules: usize, items: &[Item], words: usize) -> f64 {
    let watches = watches(kind, rules);
    let before = megabytes();
    let began = Instant::now();
    let matcher = Matcher::compile(&watches, &[], &[], &[]).expect("the watches are sound");
    let build = began.elapsed();
    let memory = megabytes() - before;
    let (rate, hits, p99) = run(&matcher, items);
    println!(
        "{kind:?}  {rules:>8} rules  {words:>4} words  {rate:>9.0} items/s  {hits:>7.3} hits/item  p99 {:>6.3} ms  build {:>6.3} s  {memory:>6.1} MB",
        p99.as_secs_f64() * 1e3,
        build.as_secs_f64(),
    );
    rate
}

/// What one would reach for instead, on the rules of W1: how many times slower it is.
fn others(items: &[Item], ours: f64) {
    let watches = watches(Kind::W1, 100_000);
    let texts: Vec<String> =
        items.iter().map(|item| format!("{} {}", item.title, item.summary.as_deref().unwrap_or(""))).collect();
    let mut phrases = Vec::new();
    for watch in &watches {
        watch.query.walk(&mut |node| {
            if let Expr::Literal(literal) = &node.expr {
                phrases.push(literal.text.clone());
            }
        });
    }
    let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(&phrases).expect("it is built");
    let time = |name: &str, count: usize, mut read: Box<dyn FnMut(&str) -> usize + '_>| {
        let began = Instant::now();
        let found: usize = texts.iter().take(count).map(|text| read(text)).sum();
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        let rate = count as f64 / began.elapsed().as_secs_f64();
        println!("{name:<40} {rate:>9.1} items/s  {:>9.2} times slower  ({found} found)", ours / rate);
    };
    time(
        "aho-corasick, the literals alone",
        texts.len(),
        Box::new(|text| automaton.find_overlapping_iter(text).count()),
    );
    let alternation = phrases.iter().take(30_000).map(|phrase| regex::escape(phrase)).collect::<Vec<_>>().join("|");
    let regex = regex::RegexBuilder::new(&format!("(?i)\\b(?:{alternation})\\b"))
        .size_limit(1 << 32)
        .build()
        .expect("it is built");
    time("one regex, a tenth of the literals", 200, Box::new(|text| regex.find_iter(text).count()));
    let lower: Vec<String> = phrases.iter().map(|phrase| phrase.to_lowercase()).collect();
    time(
        "rule by rule",
        10,
        Box::new(|text| {
            let text = text.to_lowercase();
            lower.iter().filter(|phrase| text.contains(phrase.as_str())).count()
        }),
    );
}

fn main() {
    let (short, long) = (items(20_000, ITEM_WORDS), items(4_000, ARTICLE_WORDS));
    let mut ours = 0.0;
    for kind in [Kind::W1, Kind::W2, Kind::W3, Kind::W4] {
        let rate = row(kind, 100_000, &short, ITEM_WORDS);
        if kind == Kind::W1 {
            ours = rate;
        }
    }
    row(Kind::W2, 100_000, &long, ARTICLE_WORDS);
    println!();
    for rules in [100, 1_000, 10_000, 100_000] {
        row(Kind::W2, rules, &short, ITEM_WORDS);
    }
    for rules in std::env::args().filter_map(|argument| argument.parse().ok()) {
        row(Kind::W2, rules, &short, ITEM_WORDS);
    }
    println!();
    others(&short, ours);
}
