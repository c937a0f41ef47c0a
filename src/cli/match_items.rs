//! `newshound match`: items in, hits out, with their proof.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anyhow::ensure;
use clap::Args;
use indicatif::ProgressBar;

use crate::alert::Level;
use crate::config::{self, Config};
use crate::item::Item;
use crate::matcher::query::{QueryErrors, parse};
use crate::matcher::text::plain_title;
use crate::matcher::{Explainer, Explanation, Hit, Matcher, Watch, WatchName};
use crate::notifier::render_proof;
use crate::telemetry::no_colour;
use crate::text::Clean;

use super::lines::{Input, look_through, match_lines, open};
use super::{Exit, printable};

/// Arguments of `match`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  newshound fetch --json https://feeds.bbci.co.uk/news/world/rss.xml | newshound match --json\n  \
newshound match -q '@kim-jong-un SENTENCE (visit OR summit)' items.jsonl\n  newshound match --explain items.jsonl"
)]
pub(super) struct MatchArgs {
    /// Items as JSON Lines; `-` for standard input
    #[arg(default_value = "-")]
    file: String,
    /// Only this watch (may be given several times)
    #[arg(long, value_name = "NAME")]
    watch: Vec<String>,
    /// This query in place of the watches
    #[arg(long, short, value_name = "QUERY", conflicts_with = "watch")]
    query: Option<String>,
    /// Print hits as JSON Lines
    #[arg(long)]
    json: bool,
    /// Print why each watch hit, part by part, and where just one part was missing
    #[arg(long, conflicts_with = "json")]
    explain: bool,
}

pub(super) fn main(path: Option<&Path>, args: &MatchArgs) -> anyhow::Result<Exit> {
    let mut config = config::load(path)?.config;
    keep_watches(&mut config, &args.watch)?;
    if let Some(text) = &args.query {
        match query_watch(text) {
            Ok(watch) => config.watches = vec![watch],
            Err(errors) => {
                write!(io::stderr(), "{}", point_at(text, &errors))?;
                return Ok(Exit::Usage);
            }
        }
    }
    let matcher = Matcher::compile(&config.watches, &config.entities, &config.topics, &config.feeds)?;
    let input = open(&args.file, &ProgressBar::hidden())?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let colour = io::stdout().is_terminal() && !no_colour();
    if args.explain {
        let explainer = Explainer::compile(&config.watches, &config.entities, &config.topics, &config.feeds)?;
        return explain(input, &explainer, &mut out, colour);
    }
    let tally = match_lines(input, &matcher, |item, hits| {
        for hit in &hits {
            if args.json {
                writeln!(out, "{}", super::json_line(hit)?)?;
            } else {
                print_hit(&mut out, &item, hit, colour)?;
            }
        }
        Ok(out.flush()?)
    })?;
    Ok(tally.exit())
}

/// A watch for what `text` asks, named so.
fn query_watch(text: &str) -> Result<Watch, QueryErrors> {
    let query = parse(text)?.node;
    Ok(Watch { name: WatchName::new(text), query, level: Level::default(), sinks: Vec::new() })
}

/// Each mistake under the place where it is.
fn point_at(text: &str, errors: &QueryErrors) -> String {
    let line = text.replace(char::is_control, " ");
    let shown = errors.0.iter().map(|note| {
        let before = line.get(..note.span.start).unwrap_or_default().chars().count();
        let wide = line.get(note.span.clone()).unwrap_or_default().chars().count().max(1);
        let hint = note.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        let (message, blank, caret) = (&note.message, " ".repeat(before), "^".repeat(wide));
        format!("newshound: {message}\n  | {line}\n  | {blank}{caret}{hint}\n")
    });
    shown.collect::<Vec<_>>().concat()
}

/// Says of each item what its watches found, and what just missed.
fn explain(input: Input, explainer: &Explainer, out: &mut impl Write, colour: bool) -> anyhow::Result<Exit> {
    let worth = |explanation: &Explanation| explanation.is_hit() || explanation.is_near_miss();
    let look = |item: &Item| {
        let explanations: Vec<_> = explainer.explain(item).into_iter().filter(worth).collect();
        Some(explanations).filter(|explanations| !explanations.is_empty())
    };
    let tally = look_through(input, look, |item, explanations| {
        writeln!(out, "{}", printable(&plain_title(&item.title)))?;
        for explanation in explanations {
            print_explanation(out, &explanation, colour)?;
        }
        Ok(out.flush()?)
    })?;
    Ok(tally.exit())
}

fn print_explanation(out: &mut impl Write, explanation: &Explanation, colour: bool) -> io::Result<()> {
    let verdict = if explanation.is_hit() { "hit" } else { "near miss" };
    writeln!(out, "  {} — {verdict}", printable(explanation.watch.as_str()))?;
    for (part, hit) in &explanation.parts {
        let Some(hit) = hit else {
            writeln!(out, "    missing  {}", shortened(part))?;
            continue;
        };
        writeln!(out, "    found    {}", shortened(part))?;
        for proof in &hit.proof {
            let field = format!("{:?}", proof.field).to_lowercase();
            writeln!(out, "             {field} {}..{}  {}", proof.start, proof.end, render_proof(proof, colour))?;
        }
        if hit.condition.is_some() {
            writeln!(out, "             left to the story")?;
        }
    }
    Ok(())
}

/// A part of a query, cut where it would fill the screen.
fn shortened(part: &str) -> String {
    Clean::line(part).cut(160).to_string()
}

/// Leaves only the watches called `names`, all when none is named.
fn keep_watches(config: &mut Config, names: &[String]) -> anyhow::Result<()> {
    for name in names {
        let known: Vec<_> = config.watches.iter().map(|watch| watch.name.as_str()).collect();
        ensure!(known.contains(&name.as_str()), "no watch is called \"{name}\"; there are: {}", known.join(", "));
    }
    config.watches.retain(|watch| names.is_empty() || names.iter().any(|name| name == watch.name.as_str()));
    Ok(())
}

fn print_hit(out: &mut impl Write, item: &Item, hit: &Hit, colour: bool) -> io::Result<()> {
    writeln!(out, "{}  [{} · {}]", printable(&plain_title(&item.title)), hit.watch, hit.level)?;
    for proof in &hit.proof {
        writeln!(out, "    {}", render_proof(proof, colour))?;
    }
    if let Some(url) = &item.url {
        writeln!(out, "    {}", printable(url))?;
    }
    Ok(())
}
