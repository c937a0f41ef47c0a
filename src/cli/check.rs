//! `newshound check`: whether a config holds, and whether its watches do what their owner says they do.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use clap::Args;

use crate::alert::Level;
use crate::config::{self, Config, Example, Loaded, Origin, Subject};
use crate::item::Item;
use crate::matcher::query::{self, Expr, Node};
use crate::matcher::{CompileError, Explainer, Explanation, Matcher, Watch, WatchName};
use crate::telemetry::no_colour;
use crate::text::Clean;

use super::{Exit, counted};

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  newshound check --show")]
pub(super) struct CheckArgs {
    /// Also print what each watch amounts to, in the query language
    #[arg(long)]
    show: bool,
}

pub(super) fn main(path: Option<&Path>, args: &CheckArgs) -> anyhow::Result<Exit> {
    let options = Options { show: args.show, color: io::stdout().is_terminal() && !no_colour() };
    let well = check(path, options, &mut io::stdout().lock())?;
    Ok(if well { Exit::Done } else { Exit::Problems })
}

/// What `check` was asked for.
#[derive(Debug, Clone, Copy, Default)]
struct Options {
    /// Also print what each watch amounts to.
    show: bool,
    /// Errors may be coloured.
    color: bool,
}

/// Checks the config at `path` (else where [`config::load`] finds one), reports to `out`, and returns whether
/// all is well.
///
/// # Errors
/// Fails when `out` does.
fn check(path: Option<&Path>, options: Options, out: &mut impl Write) -> io::Result<bool> {
    let Loaded { config, warnings, .. } = match config::load(path) {
        Ok(loaded) => loaded,
        Err(errors) => {
            writeln!(out, "{}\n", errors.render(options.color))?;
            writeln!(out, "{}: nothing starts with this config", counted(errors.count(), "error", "errors"))?;
            return Ok(false);
        }
    };
    for warning in warnings {
        writeln!(out, "{warning}\n")?;
    }
    if options.show {
        for watch in &config.watches {
            writeln!(out, "{} [{}]\n    {}\n", watch.name, watch.level, watch.query)?;
        }
    }
    let (failures, slow) = match try_examples(&config) {
        Ok(tried) => tried,
        Err(error) => {
            writeln!(out, "error: the watches cannot be compiled: {error}")?;
            return Ok(false);
        }
    };
    for term in slow {
        writeln!(
            out,
            "warning: {term} is tried on every text: a literal part of two letters or more would make it fast\n"
        )?;
    }
    for example in &failures {
        let Example { subject, title, hits, place } = example;
        let (must, key) = if *hits { ("does not hit", "test_yes") } else { ("hits", "test_no") };
        writeln!(out, "error: {place}: {subject} {must} its {key} {title:?}")?;
        for reason in reasons(&config, example) {
            writeln!(out, "       {reason}")?;
        }
    }
    summarise(&config, failures.len(), out)?;
    Ok(failures.is_empty())
}

fn summarise(config: &Config, failed: usize, out: &mut impl Write) -> io::Result<()> {
    match &config.origin {
        Origin::Directory(directory) => writeln!(out, "{}:", directory.display())?,
        Origin::Embedded => writeln!(out, "the built-in default (`newshound init` writes a copy to edit):")?,
    }
    let counts = [
        counted(config.feeds.len(), "feed", "feeds"),
        counted(config.watches.len(), "watch", "watches"),
        counted(config.entities.len(), "entity", "entities"),
        counted(config.topics.len(), "topic", "topics"),
        counted(config.sinks.len(), "sink", "sinks"),
    ];
    writeln!(out, "  {}", counts.join(", "))?;
    let tried = config.examples.len();
    match (tried, failed) {
        (0, _) => writeln!(out, "  all of it holds; nothing has a test_yes or test_no"),
        (_, 0) => writeln!(out, "  all of it holds, and so do {}", counted(tried, "test", "tests")),
        _ => writeln!(out, "  {failed} of {} failed", counted(tried, "test", "tests")),
    }
}

/// The examples that are not borne out, and the terms that are slow.
fn try_examples(config: &Config) -> Result<(Vec<&Example>, Vec<String>), CompileError> {
    // A headline by itself comes from no feed, so that the watches' choice of feeds is left aside.
    let mut watches: Vec<Watch> = config.watches.iter().cloned().map(of_any_feed).collect();
    let others: BTreeMap<_, _> = config.examples.iter().filter_map(|example| subject(&example.subject)).collect();
    watches.extend(others.into_iter().map(|(name, expr)| watch_for(&name, expr)));
    let matcher = Matcher::compile(&watches, &config.entities, &config.topics, &config.feeds)?;
    let holds = |example: &&Example| {
        let name = match &example.subject {
            Subject::Watch(name) => name.clone(),
            other => other.to_string(),
        };
        let hits = matcher.hits(&Item::headline(&example.title));
        hits.iter().any(|hit| hit.watch.as_str() == name) == example.hits
    };
    Ok((config.examples.iter().filter(|example| !holds(example)).collect(), matcher.slow_terms()))
}

/// Why an example is not borne out: the parts that are missing, or the words that were found.
fn reasons(config: &Config, example: &Example) -> Vec<String> {
    let watch = match (&example.subject, subject(&example.subject)) {
        (_, Some((name, expr))) => watch_for(&name, expr),
        (Subject::Watch(name), None) => {
            let Some(watch) = config.watches.iter().find(|watch| watch.name.as_str() == name) else {
                return Vec::new();
            };
            of_any_feed(watch.clone())
        }
        _ => return Vec::new(),
    };
    let Ok(explainer) = Explainer::compile(&[watch], &config.entities, &config.topics, &config.feeds) else {
        return Vec::new();
    };
    let explanations = explainer.explain(&Item::headline(&example.title));
    if example.hits {
        let missing = explanations.iter().flat_map(Explanation::missing);
        return missing.map(|part| format!("missing: {}", Clean::line(part).cut(120))).collect();
    }
    let hits = explanations.iter().flat_map(|explanation| &explanation.parts).filter_map(|(_, hit)| hit.as_ref());
    let mut found: Vec<_> =
        hits.flat_map(|hit| &hit.proof).map(|proof| format!("found: {} ({})", proof.matched, proof.term)).collect();
    found.dedup();
    found
}

/// What an example is about, where it is no watch: as it is written, and what that asks.
fn subject(subject: &Subject) -> Option<(String, Expr)> {
    let expr = match subject {
        Subject::Watch(_) => return None,
        Subject::Entity(id) => Expr::Entity(id.clone()),
        Subject::Topic(name) => Expr::Topic(name.clone()),
    };
    Some((subject.to_string(), expr))
}

/// A watch for nothing but `expr`.
fn watch_for(name: &str, expr: Expr) -> Watch {
    Watch { name: WatchName::new(name), query: expr.into(), level: Level::default(), sinks: Vec::new() }
}

/// The watch without what it asks of feeds.
fn of_any_feed(mut watch: Watch) -> Watch {
    watch.query = without_feeds(watch.query);
    watch
}

fn without_feeds(node: Node) -> Node {
    match node.expr {
        Expr::And(nodes) => Node::all(nodes.into_iter().filter(|node| !is_of_feeds(node)).map(without_feeds).collect()),
        _ if is_of_feeds(&node) => Node::all(Vec::new()),
        expr => expr.into(),
    }
}

/// Whether nothing but feeds decides about `node`.
fn is_of_feeds(node: &Node) -> bool {
    match &node.expr {
        Expr::Origin(query::Origin::Feed, _) => true,
        Expr::Not(_) | Expr::Or(_) | Expr::And(_) => {
            let children = node.children();
            !children.is_empty() && children.into_iter().all(is_of_feeds)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_tried_without_what_a_watch_asks_of_feeds() {
        for (query, expected) in [
            ("a AND feed:x", "a"),
            ("a AND (feed:x OR feed:y) AND NOT feed:z", "a"),
            ("feed:x", ""),
            ("a OR feed:x", "a OR feed:x"),
        ] {
            assert_eq!(without_feeds(query::parse(query).unwrap().node).to_string(), expected);
        }
    }

    #[test]
    fn a_config_that_does_not_hold_is_reported_with_a_count() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("newshound.toml"), "pols = 1\nfeet = 2\n").unwrap();
        let mut out = Vec::new();
        assert!(!check(Some(directory.path()), Options::default(), &mut out).unwrap());
        let said = String::from_utf8(out).unwrap();
        assert!(said.contains("did you mean `poll`?") && said.contains("did you mean `feed`?"), "{said}");
        assert!(said.contains("2 errors: nothing starts"), "{said}");
    }

    #[test]
    fn the_summary_counts_and_says_how_the_tests_went() {
        let example = Example {
            subject: Subject::Watch("w".to_owned()),
            title: "t".to_owned(),
            hits: true,
            place: "f:1".to_owned(),
        };
        let watch = watch_for("w", Expr::Entity("e".to_owned()));
        let config = Config {
            origin: Origin::Embedded,
            store: std::path::PathBuf::new(),
            floor: std::time::Duration::ZERO,
            once_deadline: std::time::Duration::ZERO,
            allow: Vec::new(),
            feeds: Vec::new(),
            sinks: Vec::new(),
            entities: Vec::new(),
            topics: Vec::new(),
            watches: vec![watch],
            examples: vec![example.clone(), example],
        };
        let said = |config: &Config, failed| {
            let mut out = Vec::new();
            summarise(config, failed, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(said(&config, 0).contains("0 feeds, 1 watch, 0 entities"));
        assert!(said(&config, 0).ends_with("all of it holds, and so do 2 tests\n"));
        assert!(said(&config, 1).ends_with("1 of 2 tests failed\n"));
        assert!(said(&Config { examples: Vec::new(), ..config }, 0).contains("nothing has a test_yes"));
    }
}
