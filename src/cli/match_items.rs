//! `newshound match`: items in, hits out, with their proof.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anyhow::ensure;
use clap::Args;
use indicatif::ProgressBar;

use crate::config::{self, Config};
use crate::item::Item;
use crate::matcher::text::plain_title;
use crate::matcher::{Hit, Matcher};
use crate::notifier::render_proof;

use super::lines::{match_lines, open};
use super::{Exit, printable};

/// Arguments of `match`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  newshound fetch --json https://feeds.bbci.co.uk/news/world/rss.xml | newshound match --json"
)]
pub(super) struct MatchArgs {
    /// Items as JSON Lines; `-` for standard input
    #[arg(default_value = "-")]
    file: String,
    /// Only this watch (may be given several times)
    #[arg(long, value_name = "NAME")]
    watch: Vec<String>,
    /// Print hits as JSON Lines
    #[arg(long)]
    json: bool,
}

pub(super) fn main(path: Option<&Path>, args: &MatchArgs) -> anyhow::Result<Exit> {
    let mut config = config::load(path)?.config;
    keep_watches(&mut config, &args.watch)?;
    let matcher = Matcher::compile(&config.watches, &config.entities, &config.topics, &config.feeds)?;
    let input = open(&args.file, &ProgressBar::hidden())?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let colour = io::stdout().is_terminal();
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
