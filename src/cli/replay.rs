//! `newshound replay`: items in, in their own time, through the whole engine; alerts out.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};

use crate::alert::Alert;
use crate::clock;
use crate::config::{self, Config};
use crate::engine::{Arrival, Effects, Engine, EngineState, Routing};
use crate::item::Item;
use crate::matcher::{Hit, Matcher};
use crate::notifier::{SinkConfig, SinkKind, render_text};

use super::lines::{Tally, match_lines, open};
use super::{Exit, counted, json_line};

/// An item dated further ahead than this is taken to have come when the one before it came: one absurd date must
/// not carry all that follow into the future.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Arguments of `replay`.
#[derive(Debug, Args)]
#[command(
    after_help = "An item arrives when it was first seen, else when it was published. No baseline applies and no sink is called.\n\n\
Example:\n  newshound replay march.jsonl --json | jq -r '[.at, .reason, .title] | @tsv'"
)]
pub(super) struct ReplayArgs {
    /// Items as JSON Lines, oldest first; `-` for standard input
    #[arg(default_value = "-")]
    file: String,
    /// Print alerts as JSON Lines, silent updates among them
    #[arg(long)]
    json: bool,
}

pub(super) fn main(path: Option<&Path>, args: &ReplayArgs) -> anyhow::Result<Exit> {
    let config = config::load(path)?.config;
    let matcher = Arc::new(Matcher::compile(&config.watches, &config.entities, &config.topics, &config.feeds)?);
    let began = Instant::now();
    let bar = progress_bar(&args.file);
    let input = open(&args.file, &bar)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let terminal = io::stdout().is_terminal();
    let mut replay = Replay::new(Arc::clone(&matcher), &config);
    let tally = match_lines(input, &matcher, |item, hits| {
        for alert in replay.take(item, hits).alerts {
            replay.count(&alert);
            // On a terminal the bar steps aside for each alert.
            if terminal {
                bar.suspend(|| print_alert(&mut out, &alert, args.json, true).and_then(|()| Ok(out.flush()?)))?;
            } else {
                print_alert(&mut out, &alert, args.json, false)?;
            }
        }
        Ok(())
    })?;
    out.flush()?;
    bar.finish_and_clear();
    writeln!(io::stderr(), "{}", replay.summary(tally, began.elapsed()))?;
    Ok(tally.exit())
}

fn progress_bar(file: &str) -> ProgressBar {
    if file == "-" || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {percent}%  {bytes}/{total_bytes}  {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn print_alert(out: &mut impl Write, alert: &Alert, json: bool, colour: bool) -> anyhow::Result<()> {
    if json {
        writeln!(out, "{}", json_line(alert)?)?;
    } else if alert.reason.interrupts() {
        writeln!(out, "{}\n", render_text(alert, colour))?;
    }
    Ok(())
}

/// The engine in the time of the items, and what it did.
struct Replay {
    engine: Engine,
    seq: u64,
    time: Option<Timestamp>,
    latest: Timestamp,
    interruptions: usize,
    updates: usize,
}

impl Replay {
    fn new(matcher: Arc<Matcher>, config: &Config) -> Self {
        let now = clock::now();
        Self {
            engine: Engine::new(matcher, routing(config), EngineState::default(), now),
            seq: 0,
            time: None,
            latest: now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX),
            interruptions: 0,
            updates: 0,
        }
    }

    /// Decides about `item` at the time it arrived. Time never runs backwards.
    fn take(&mut self, item: Item, hits: Vec<Hit>) -> Effects {
        let arrived = item.arrived().filter(|&arrived| arrived <= self.latest).or(self.time);
        let now = arrived.max(self.time).unwrap_or_else(clock::now);
        self.time = Some(now);
        self.seq += 1;
        let arrival = Arrival { seq: self.seq, item: Arc::new(item), baseline: None, feed_title: None };
        self.engine.decide(&arrival, hits, now);
        self.engine.take_effects()
    }

    fn count(&mut self, alert: &Alert) {
        if alert.reason.interrupts() {
            self.interruptions += 1;
        } else {
            self.updates += 1;
        }
    }

    fn summary(&self, tally: Tally, took: Duration) -> String {
        format!(
            "{}{}: {} hit; {}, {}; {} skipped",
            counted(tally.items, "item", "items"),
            pace(tally.items, took),
            self.seq,
            counted(self.interruptions, "alert", "alerts"),
            counted(self.updates, "silent update", "silent updates"),
            counted(tally.skipped, "line", "lines"),
        )
    }
}

/// How long `items` took, where that is worth a word.
fn pace(items: usize, took: Duration) -> String {
    if took < Duration::from_secs(1) {
        return String::new();
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = items as f64 / took.as_secs_f64();
    format!(" in {:.1} s ({rate:.0} a second)", took.as_secs_f64())
}

/// Every watch goes to one place that hears everything.
fn routing(config: &Config) -> Routing {
    let mut config = config.clone();
    config.sinks = vec![SinkConfig { name: "replay".to_owned(), kind: SinkKind::Stdout, updates: true }];
    for watch in &mut config.watches {
        watch.sinks.clear();
    }
    Routing::new(&config)
}
