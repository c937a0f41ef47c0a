//! `newshound alerts`: what was told, newest first, and where it went.

use std::io::{self, Write};
use std::path::Path;

use clap::Args;
use comfy_table::{Table, presets};

use crate::alert::Alert;
use crate::config;
use crate::store::{Delivered, Store, Told};

use super::{Exit, counted, printable, runtime};

/// Arguments of `alerts`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  newshound alerts --last 100 --json | jq -r .title")]
pub(super) struct AlertsArgs {
    /// How many to show
    #[arg(long, value_name = "N", default_value_t = 20)]
    last: usize,
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
        Some(store) => runtime()?.block_on(store.told(args.last, args.updates))?,
        None => Vec::new(),
    };
    let mut out = io::stdout().lock();
    if args.json {
        for told in &told {
            writeln!(out, "{}", serde_json::to_string(&told.alert)?)?;
        }
    } else if told.is_empty() {
        writeln!(out, "No alerts yet.")?;
    } else {
        writeln!(out, "{}", table(&told))?;
    }
    Ok(Exit::Done)
}

fn table(told: &[Told]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["WHEN (UTC)", "LEVEL", "WHY", "ALERT", "WENT TO"]);
    for told in told {
        let Alert { at, level, reason, .. } = &told.alert;
        let went: Vec<_> = told.deliveries.iter().map(went).collect();
        table.add_row([
            at.strftime("%Y-%m-%d %H:%M").to_string(),
            level.to_string(),
            reason.to_string(),
            subject(&told.alert),
            went.join("\n"),
        ]);
    }
    table
}

/// The headline, then the watches and sources that it stands for.
fn subject(alert: &Alert) -> String {
    let watches: Vec<_> = alert.watches.iter().map(ToString::to_string).collect();
    let text = format!("{}\n{} — {}", alert.title, watches.join(" · "), alert.sources.join(", "));
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

fn went(delivered: &Delivered) -> String {
    let Delivered { sink, state, attempts, note } = delivered;
    match state.as_str() {
        "sent" => format!("{sink}: sent"),
        "retry" | "dead" => {
            format!("{sink}: {state} after {} ({})", counted(*attempts as usize, "try", "tries"), printable(note))
        }
        _ => format!("{sink}: {state}"),
    }
}
