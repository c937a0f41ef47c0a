//! `newshound demo`: a bundled wire of invented outlets, served on loopback at a readable pace, and the real pipeline
//! on it. Needs no network and no configuration, and leaves nothing behind.

mod feeds;
mod wire;

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::alert::Reason;
use crate::config::{self, Config};
use crate::daemon;
use crate::feed::{Backlog, Feed, FeedUrl};
use crate::http::Allow;
use crate::notifier::{SinkConfig, SinkKind};
use crate::store::{Store, Told};

use super::{Exit, block_on, counted};
use wire::Wire;

/// Feeds of the demo are polled this often: quick enough to watch.
const PACE: Duration = Duration::from_secs(2);

/// How long the demo goes on after its last item, so that the last alert is seen.
const AFTERGLOW: Duration = Duration::from_secs(6);

/// No demo is shorter, however fast its wire: the digest of what was there at the start waits for a quiet moment.
const SHORTEST: Duration = Duration::from_secs(20);

/// The sink that shows alerts on the desktop.
const DESKTOP: &str = "desktop";

/// Arguments of `demo`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  newshound demo --speed 4")]
pub(super) struct DemoArgs {
    /// How many times faster than written the wire runs
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR", value_parser = speed)]
    speed: f64,
    /// Show alerts in the terminal only
    #[arg(long)]
    no_desktop: bool,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.1..=100.0).contains(&speed) { Ok(speed) } else { Err("between 0.1 and 100".to_owned()) }
}

pub(super) fn main(args: &DemoArgs) -> anyhow::Result<Exit> {
    let wire = Wire::bundled();
    let directory = tempfile::tempdir().context("cannot make a directory for the demo")?;
    let store = directory.path().join("demo.db");
    let (items, told) = block_on(show(wire, &store, args))?;
    writeln!(io::stderr(), "\n{}", summary(items, &told))?;
    if let Some(why) = no_desktop(&told) {
        writeln!(io::stderr(), "Alerts were shown here only: {why}.")?;
    }
    writeln!(io::stderr(), "Next: `newshound init` writes a configuration, `newshound run` watches the real world.")?;
    Ok(Exit::Done)
}

/// What was told and how.
fn summary(items: u64, told: &[Told]) -> String {
    let count = |reason| told.iter().filter(|told| told.alert.reason == reason).count();
    format!(
        "{}: {}, {}, {}, {}",
        counted(items, "item", "items"),
        counted(count(Reason::First), "alert", "alerts"),
        counted(count(Reason::Escalated), "escalation", "escalations"),
        counted(count(Reason::Update), "silent update", "silent updates"),
        counted(count(Reason::Digest), "digest", "digests"),
    )
}

/// Why nothing was shown on the desktop, if that is so.
fn no_desktop(told: &[Told]) -> Option<&str> {
    let tried = || told.iter().flat_map(|told| &told.deliveries).filter(|delivered| delivered.sink == DESKTOP);
    let none_shown = tried().all(|delivered| delivered.state != "sent");
    tried().map(|delivered| delivered.note.as_str()).find(|note| none_shown && !note.is_empty())
}

/// Runs the demo; returns how many items there were, and all that was told of them.
async fn show(wire: Wire, path: &Path, args: &DemoArgs) -> anyhow::Result<(u64, Vec<Told>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("cannot listen on loopback")?;
    let address = listener.local_addr()?.to_string();
    let length = (wire.length().div_f64(args.speed) + AFTERGLOW).max(SHORTEST);
    let config = config_for(&wire, &address, path, !args.no_desktop)?;
    writeln!(io::stderr(), "{}", opening(&wire, &config, length))?;
    let store = Store::open(path)?;
    let shutdown = CancellationToken::new();
    let (_sender, receiver) = watch::channel(Arc::new(config));
    let mut serving = tokio::task::JoinSet::new();
    serving.spawn(feeds::serve(listener, wire, args.speed));
    let daemon = daemon::run(store.clone(), receiver, shutdown.clone());
    let end = async {
        tokio::select! {
            () = tokio::time::sleep(length) => {}
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
        shutdown.cancel();
        io::Result::Ok(())
    };
    let (ran, ended) = tokio::join!(daemon, end);
    ran?;
    ended?;
    Ok((store.overview().await?.items, store.told(usize::MAX, true).await?))
}

/// The embedded packs and watchlists over the wire's own feeds.
fn config_for(wire: &Wire, address: &str, store: &Path, desktop: bool) -> anyhow::Result<Config> {
    let mut config = config::built_in()?.config;
    config.store = store.to_path_buf();
    config.floor = PACE;
    config.allow = vec![Allow::parse(address)?];
    config.feeds = wire.outlets.iter().map(|outlet| feed(outlet, address)).collect::<Result<_, _>>()?;
    config.sinks = vec![SinkConfig { name: "terminal".to_owned(), kind: SinkKind::Stdout, updates: true }];
    if desktop {
        config.sinks.push(SinkConfig { name: DESKTOP.to_owned(), kind: SinkKind::Desktop, updates: false });
    }
    for watch in &mut config.watches {
        watch.sinks.clear();
    }
    Ok(config)
}

fn feed(outlet: &wire::Outlet, address: &str) -> Result<Feed, crate::feed::FeedUrlError> {
    let mut feed = Feed::at(FeedUrl::parse(&format!("http://{address}/{}", outlet.id))?);
    feed.name = Some(outlet.title.clone());
    feed.owner.clone_from(&outlet.title);
    feed.every = Some(PACE);
    feed.backlog = Backlog::Digest;
    Ok(feed)
}

fn opening(wire: &Wire, config: &Config, length: Duration) -> String {
    let languages: std::collections::BTreeSet<_> = wire.outlets.iter().map(|outlet| outlet.lang.as_str()).collect();
    format!(
        "{} invented news items in {} languages over {} s; faster with --speed 4.\n\
         {} watches of the starter watchlists look at each of them. Stop with Ctrl-C.",
        wire.items.len(),
        languages.len(),
        length.as_secs(),
        config.watches.len(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Delivered;

    fn told(reason: &str, state: &str, note: &str) -> Told {
        let alert = serde_json::json!({
            "id": "a", "revision": 1, "reason": reason, "level": "notice", "watches": [], "title": "t", "body": "",
            "at": "2026-11-24T08:22:00Z", "sources": [], "items": [], "proof": []
        });
        let delivered =
            Delivered { sink: DESKTOP.to_owned(), state: state.to_owned(), attempts: 1, note: note.to_owned() };
        Told { alert: serde_json::from_value(alert).unwrap(), deliveries: vec![delivered] }
    }

    #[test]
    fn the_end_counts_what_was_told_and_says_why_no_desktop_showed_it() {
        let absent = [told("first", "ready", ""), told("escalated", "retry", "no server"), told("update", "retry", "")];
        assert_eq!(summary(9, &absent), "9 items: 1 alert, 1 escalation, 1 silent update, 0 digests");
        assert_eq!(no_desktop(&absent), Some("no server"));
        assert_eq!(no_desktop(&[told("first", "sent", "shown as 1"), told("first", "retry", "no server")]), None);
    }
}
