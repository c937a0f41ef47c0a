//! `newshound check`: whether a config holds, and whether its watches do what their owner says they do.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use clap::Args;

use crate::alert::Level;
use crate::config::{self, Config, Example, Loaded, Origin, Subject};
use crate::item::{Item, ItemId};
use crate::matcher::{CompileError, Matcher, Near, Part, Rule, Term, Watch, WatchName};

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
    let options = Options { show: args.show, color: io::stdout().is_terminal() };
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
            writeln!(out, "{} [{}]\n    {}\n", watch.name, watch.level, query(&watch.rule))?;
        }
    }
    let failures = match failures(&config) {
        Ok(failures) => failures,
        Err(error) => {
            writeln!(out, "error: the watches cannot be compiled: {error}")?;
            return Ok(false);
        }
    };
    for Example { subject, title, hits, place } in &failures {
        let (must, key) = if *hits { ("does not hit", "test_yes") } else { ("hits", "test_no") };
        writeln!(out, "error: {place}: {subject} {must} its {key} {title:?}")?;
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

/// The examples that are not borne out.
fn failures(config: &Config) -> Result<Vec<&Example>, CompileError> {
    // A headline by itself comes from no feed, so that the watches' choice of feeds is left aside.
    let mut watches: Vec<Watch> = config.watches.iter().cloned().map(of_any_feed).collect();
    let terms = config.examples.iter().filter_map(|example| match &example.subject {
        Subject::Term(term) => Some(term),
        Subject::Watch(_) => None,
    });
    watches.extend(terms.collect::<BTreeSet<_>>().into_iter().map(watch_for));
    let matcher = Matcher::compile(&watches, &config.entities, &config.topics, &config.feeds)?;
    let holds = |example: &&Example| {
        let name = match &example.subject {
            Subject::Watch(name) => name.clone(),
            Subject::Term(term) => term.to_string(),
        };
        let hits = matcher.hits(&headline(&example.title));
        hits.iter().any(|hit| hit.watch.as_str() == name) == example.hits
    };
    Ok(config.examples.iter().filter(|example| !holds(example)).collect())
}

/// A watch for nothing but `term`, by whose name it goes.
fn watch_for(term: &Term) -> Watch {
    let rule = Rule { any: vec![term.clone()], at_least: 1, ..Rule::default() };
    Watch { name: WatchName::new(term.to_string()), rule, level: Level::default(), sinks: Vec::new() }
}

fn of_any_feed(mut watch: Watch) -> Watch {
    watch.rule.feeds.clear();
    watch.rule.not_feeds.clear();
    watch
}

/// An item that is only a headline.
fn headline(title: &str) -> Item {
    Item {
        id: ItemId::of("", title),
        feed: String::new(),
        url: None,
        title: title.to_owned(),
        summary: None,
        content: None,
        authors: Vec::new(),
        tags: Vec::new(),
        lang: None,
        published: None,
        first_seen: None,
        flaws: Vec::new(),
    }
}

/// What `rule` amounts to, as a line of the query language.
fn query(rule: &Rule) -> String {
    let fields = if rule.near == Some(Near::Title) { &[Part::Title] } else { rule.within.as_slice() };
    let mut parts: Vec<_> = rule.all.iter().map(|terms| either(terms, fields)).collect();
    match rule.at_least {
        _ if rule.any.is_empty() => {}
        0 | 1 => parts.push(either(&rule.any, fields)),
        number => {
            let terms: Vec<_> = rule.any.iter().map(|term| either(std::slice::from_ref(term), fields)).collect();
            parts.push(format!("{number} OF ({})", terms.join(", ")));
        }
    }
    let together = match rule.near {
        None | Some(Near::Title) => " AND ".to_owned(),
        Some(Near::Words(words)) => format!(" NEAR/{words} "),
        Some(Near::Sentence) => " SENTENCE ".to_owned(),
        Some(Near::Paragraph) => " PARA ".to_owned(),
    };
    let mut clauses = vec![parts.join(&together)];
    if !rule.none.is_empty() {
        clauses.push(format!("NOT {}", either(&rule.none, &rule.within)));
    }
    let quoted = |names: &[String], field: &str| {
        let names: Vec<_> = names.iter().map(|name| format!("{field}:{}", quote(name))).collect();
        if let [name] = names.as_slice() { name.clone() } else { format!("({})", names.join(" OR ")) }
    };
    for (names, field, not) in [(&rule.feeds, "feed", ""), (&rule.not_feeds, "feed", "NOT "), (&rule.langs, "lang", "")]
    {
        if !names.is_empty() {
            clauses.push(format!("{not}{}", quoted(names, field)));
        }
    }
    clauses.join(" AND ")
}

/// Any of `terms` in any of `fields`.
fn either(terms: &[Term], fields: &[Part]) -> String {
    let words: Vec<_> = terms.iter().map(word).collect();
    let group = if let [word] = words.as_slice() { word.clone() } else { format!("({})", words.join(" OR ")) };
    let scoped: Vec<_> = fields.iter().map(|field| format!("{}:{group}", field_name(*field))).collect();
    match scoped.as_slice() {
        [] => group,
        [one] => one.clone(),
        _ => format!("({})", scoped.join(" OR ")),
    }
}

fn word(term: &Term) -> String {
    match term {
        Term::Text(text) => quote(text),
        Term::Entity(_) | Term::Topic(_) => term.to_string(),
    }
}

/// A word as it is; anything else, and what would be read as an operator, in quotes.
fn quote(text: &str) -> String {
    let operator = ["AND", "OR", "NOT", "OF", "NEAR", "BEFORE", "SENTENCE", "PARA"].contains(&text);
    if !text.is_empty() && !operator && text.chars().all(char::is_alphanumeric) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn field_name(field: Part) -> &'static str {
    match field {
        Part::Title => "title",
        Part::Lead => "lead",
        Part::Text => "text",
        Part::Url => "url",
        Part::Author => "author",
        Part::Tag => "tag",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Term {
        Term::Text(text.to_owned())
    }

    fn entity(id: &str) -> Term {
        Term::Entity(id.to_owned())
    }

    fn summit() -> Rule {
        Rule {
            all: vec![vec![entity("kim-jong-un")], vec![entity("vladimir-putin"), text("Russia")]],
            any: vec![text("visit"), text("state visit")],
            at_least: 1,
            ..Rule::default()
        }
    }

    #[test]
    fn a_rule_is_shown_as_the_query_it_amounts_to() {
        let words = vec![text("a"), text("b"), text("c d")];
        for (rule, expected) in [
            (summit(), "@kim-jong-un AND (@vladimir-putin OR Russia) AND (visit OR \"state visit\")"),
            (
                Rule { near: Some(Near::Sentence), none: vec![text("NOT")], ..summit() },
                "@kim-jong-un SENTENCE (@vladimir-putin OR Russia) SENTENCE (visit OR \"state visit\") AND NOT \"NOT\"",
            ),
            (Rule { any: words.clone(), at_least: 2, ..Rule::default() }, "2 OF (a, b, \"c d\")"),
            (
                Rule { all: vec![vec![text("a")]], near: Some(Near::Title), none: words, ..Rule::default() },
                "title:a AND NOT (a OR b OR \"c d\")",
            ),
            (
                Rule {
                    any: vec![Term::Topic("arms".to_owned())],
                    within: vec![Part::Lead, Part::Tag],
                    ..Rule::default()
                },
                "(lead:#arms OR tag:#arms)",
            ),
            (
                Rule {
                    any: vec![text("a \"b\"")],
                    feeds: vec!["bbc".to_owned(), "*.uk".to_owned()],
                    not_feeds: vec!["sport".to_owned()],
                    langs: vec!["en".to_owned()],
                    near: Some(Near::Words(8)),
                    ..Rule::default()
                },
                "\"a \\\"b\\\"\" AND (feed:bbc OR feed:\"*.uk\") AND NOT feed:sport AND lang:en",
            ),
        ] {
            assert_eq!(query(&rule), expected);
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
        let watch = Watch { name: WatchName::new("w"), rule: summit(), level: Level::Notice, sinks: Vec::new() };
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
