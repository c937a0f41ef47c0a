//! `newshound alerts`: what was told, newest first, and where it went.

use std::io::{self, Write};
use std::path::Path;

use clap::Args;

use crate::alert::Alert;
use crate::clock;
use crate::config;
use crate::store::{Delivered, Store, Told};

use super::{Exit, block_on, counted, json_line, printable};

/// Arguments of `alerts`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  newshound alerts --last 100 --json | jq -r .title")]
pub(super) struct AlertsArgs {
    /// How many to show
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    last: u32,
    /// Also show silent updates
    #[arg(long)]
    updates: bool,
    /// Print them as JSON Lines
    #[arg(long)]
    json: bool,
}

pub(super) fn main(path: Option<&Path>, args: &AlertsArgs) -> anyhow::Result<Exit> {
    let config = config::load(path)?.config;
    let told = match Store::open_read_only(&config.store)? {
        Some(store) => block_on(async { Ok(store.told(args.last as usize, args.updates).await?) })?,
        None => Vec::new(),
    };
    let mut out = io::stdout().lock();
    if args.json {
        for told in &told {
            writeln!(out, "{}", json_line(&told.alert)?)?;
        }
    } else if told.is_empty() {
        writeln!(out, "No alerts yet.")?;
    } else {
        let shown: Vec<_> = told.iter().map(shown).collect();
        writeln!(out, "{}", shown.join("\n\n"))?;
    }
    Ok(Exit::Done)
}

/// An alert in some lines: when and why, what, for whom, by whom, where to read it, where it went.
fn shown(told: &Told) -> String {
    let Alert { at, level, reason, title, watches, url, .. } = &told.alert;
    let watches: Vec<_> = watches.iter().map(ToString::to_string).collect();
    let went: Vec<_> = told.deliveries.iter().map(went).collect();
    let told_by = told.alert.told_by();
    let lines = [
        title.clone(),
        format!("because of {}", watches.join(" · ")),
        if told_by.is_empty() { told_by } else { format!("told by {told_by}") },
        url.clone().unwrap_or_default(),
        went.join(" · "),
    ];
    let head = format!("{}  {level}, {reason}", clock::shown(*at));
    let lines = lines.iter().filter(|line| !line.is_empty()).map(|line| format!("  {}", printable(line)));
    std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n")
}

fn went(delivered: &Delivered) -> String {
    let Delivered { sink, state, attempts, note } = delivered;
    let tries = match attempts {
        0 => String::new(),
        tries => format!(" after {}", counted(*tries, "try", "tries")),
    };
    match state.as_str() {
        "sent" => format!("{sink}: sent"),
        "dead" => format!("{sink}: failed for good{tries} ({note})"),
        _ if note.is_empty() => format!("{sink}: waiting{tries}"),
        _ => format!("{sink}: waiting{tries} ({note})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_says_where_to_read_it_and_where_it_went() {
        let alert: Alert = serde_json::from_value(serde_json::json!({
            "id": "a", "story": "s", "revision": 1, "reason": "first", "level": "urgent", "watches": ["Summit"],
            "title": "Kim\u{1b} meets Putin", "body": "", "url": "https://e.example/1", "feed": "Example",
            "at": "2026-11-24T08:22:00Z", "sources": ["e.example"], "items": ["i"], "proof": []
        }))
        .unwrap();
        let head = clock::shown(alert.at);
        let delivered = |sink: &str, state: &str, attempts, note: &str| Delivered {
            sink: sink.to_owned(),
            state: state.to_owned(),
            attempts,
            note: note.to_owned(),
        };
        let deliveries = vec![
            delivered("log", "sent", 1, "appended"),
            delivered("desktop", "retry", 0, "no server"),
            delivered("hook", "retry", 1, "HTTP 503"),
            delivered("script", "leased", 0, ""),
            delivered("old", "dead", 12, "HTTP 404"),
        ];
        assert_eq!(
            shown(&Told { alert, deliveries }),
            head + "  urgent, first\n  Kim meets Putin\n  because of Summit\n  \
             told by Example — e.example\n  https://e.example/1\n  \
             log: sent · desktop: waiting (no server) · hook: waiting after 1 try (HTTP 503) · script: waiting · \
             old: failed for good after 12 tries (HTTP 404)"
        );
    }
}
