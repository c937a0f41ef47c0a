//! `newshound status`: how feeds, store and deliveries are.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use serde_json::json;

use crate::clock;
use crate::config::{self, Config};
use crate::feed::{Feed, FeedState};
use crate::store::{Overview, Store, Waiting};
use crate::text::shown_json;

use super::{Exit, block_on, counted, printable};

/// Arguments of `status`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  newshound status --json | jq '.feeds[] | select(.health == \"failing\")'")]
pub(super) struct StatusArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn main(path: Option<&Path>, args: &StatusArgs) -> anyhow::Result<Exit> {
    let config = config::load(path)?.config;
    let (states, overview, running) = match Store::open_read_only(&config.store)? {
        Some(store) => block_on(read(&store))?,
        None => (Vec::new(), Overview::default(), None),
    };
    let shown =
        Status { config: &config, states: by_url(states), overview, running, now: clock::now(), width: width() };
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", shown_json(format!("{:#}", shown.json())))?;
    } else {
        shown.print(&mut out)?;
    }
    Ok(Exit::Done)
}

type Read = (Vec<FeedState>, Overview, Option<String>);

async fn read(store: &Store) -> anyhow::Result<Read> {
    Ok((store.feed_states().await?, store.overview().await?, store.running()))
}

fn by_url(states: Vec<FeedState>) -> HashMap<String, FeedState> {
    states.into_iter().map(|state| (state.url.as_str().to_owned(), state)).collect()
}

/// All that is shown.
struct Status<'a> {
    config: &'a Config,
    states: HashMap<String, FeedState>,
    overview: Overview,
    /// The process id of the daemon that runs on the store.
    running: Option<String>,
    now: Timestamp,
    /// The width of the terminal, if that is where it is shown.
    width: Option<u16>,
}

impl Status<'_> {
    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let Overview { items, unread, hits, held, stories, alerts, waiting, waits, dead_count, dead, bytes } =
            &self.overview;
        let daemon = self.running.as_ref().map_or("not running".to_owned(), |pid| format!("running (pid {pid})"));
        writeln!(out, "daemon   {daemon}")?;
        writeln!(out, "store    {} ({})", self.config.store.display(), indicatif::HumanBytes(*bytes))?;
        writeln!(out, "items    {items} kept, {unread} not yet matched")?;
        let hits = counted(*hits, "hit", "hits");
        let stories = counted(*stories, "story", "stories");
        let alerts = counted(*alerts, "alert", "alerts");
        writeln!(out, "matches  {hits} in {stories}, {held} held for a digest; {alerts}")?;
        writeln!(out, "outbox   {waiting} waiting, {dead_count} failed for good")?;
        for Waiting { sink, count, note } in waits {
            let why = match note.as_str() {
                _ if !self.config.sinks.iter().any(|known| known.name == *sink) => "no such sink is configured",
                "" => "not yet tried",
                note => note,
            };
            writeln!(out, "  {}", printable(&format!("{sink}: {count} waiting ({why})")))?;
        }
        for dead in dead {
            let tries = counted(dead.attempts as usize, "try", "tries");
            writeln!(out, "  {}", printable(&format!("{}: {} (after {tries})", dead.sink, dead.note)))?;
        }
        writeln!(out, "\n{}", self.feeds_table())
    }

    fn feeds_table(&self) -> Table {
        let mut table = Table::new();
        if let Some(width) = self.width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        table.load_style(presets::NOTHING).set_header(["FEED", "HEALTH", "POLLED", "NEXT", "LAST NEWS", "NOTE"]);
        for feed in &self.config.feeds {
            let state = self.states.get(feed.url.as_str());
            table.add_row([
                printable(&name(feed, state)),
                health(state).to_owned(),
                self.ago(state.and_then(|state| state.polled_at)),
                state.map_or("at start".to_owned(), |state| self.ahead(state.next_due)),
                self.ago(state.and_then(|state| state.item_at)),
                printable(&note(state)),
            ]);
        }
        table
    }

    fn ago(&self, time: Option<Timestamp>) -> String {
        time.map_or("never".to_owned(), |time| format!("{} ago", span(self.now, time)))
    }

    fn ahead(&self, time: Timestamp) -> String {
        if time <= self.now { "now".to_owned() } else { format!("in {}", span(time, self.now)) }
    }

    fn json(&self) -> serde_json::Value {
        let feed = |feed: &Feed| {
            let state = self.states.get(feed.url.as_str());
            json!({
                "url": feed.url.to_string(),
                "name": name(feed, state),
                "health": health(state),
                "polled_at": state.and_then(|state| state.polled_at),
                "ok_at": state.and_then(|state| state.ok_at),
                "item_at": state.and_then(|state| state.item_at),
                "next_due": state.map(|state| state.next_due),
                "failures": state.map_or(0, |state| state.failures),
                "error": state.and_then(|state| state.error.as_deref()),
                "flaws": state.map(|state| &state.flaws),
            })
        };
        let Overview { items, unread, hits, held, stories, alerts, waiting, waits, dead_count, dead, bytes } =
            &self.overview;
        let waits: Vec<_> =
            waits.iter().map(|waits| json!({"sink": waits.sink, "count": waits.count, "note": waits.note})).collect();
        let failed =
            |dead: &crate::store::Delivered| json!({"sink": dead.sink, "attempts": dead.attempts, "error": dead.note});
        json!({
            "running": self.running,
            "store": { "path": self.config.store, "bytes": bytes, "items": items, "unread": unread, "hits": hits,
                "held": held, "stories": stories, "alerts": alerts },
            "outbox": { "waiting": waiting, "dead_count": dead_count, "dead": dead.iter().map(failed).collect::<Vec<_>>() },
            "waiting": waits,
            "feeds": self.config.feeds.iter().map(feed).collect::<Vec<_>>(),
        })
    }
}

/// The width of the terminal that standard output is, if it is one.
fn width() -> Option<u16> {
    rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col).filter(|&width| width > 0)
}

fn name(feed: &Feed, state: Option<&FeedState>) -> String {
    let title = state.and_then(|state| state.title.clone());
    feed.name.clone().or(title).unwrap_or_else(|| feed.url.to_string())
}

fn health(state: Option<&FeedState>) -> &'static str {
    match state {
        None => "new",
        Some(state) if state.failures > 0 => "failing",
        Some(state) if state.ok_at.is_none() => "new",
        Some(state) if !state.flaws.is_empty() => "flawed",
        Some(_) => "ok",
    }
}

fn note(state: Option<&FeedState>) -> String {
    let Some(state) = state else { return String::new() };
    match (&state.error, state.flaws.first()) {
        (Some(error), _) if state.failures == 1 => error.clone(),
        (Some(error), _) => format!("{error} ({} times in a row)", state.failures),
        (None, Some(flaw)) => flaw.to_string(),
        (None, None) => String::new(),
    }
}

/// The time between two instants, in its largest unit: `5m`.
fn span(later: Timestamp, earlier: Timestamp) -> String {
    let seconds = later.duration_since(earlier).as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_their_largest_unit() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let told = |seconds| span(at(seconds), at(0));
        assert_eq!([told(0), told(59), told(60), told(7_300), told(200_000)], ["0s", "59s", "1m", "2h", "2d"]);
        assert_eq!(span(at(0), at(5)), "0s");
    }
}
