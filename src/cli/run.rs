//! `newshound run`: the daemon in the foreground, or one pass.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use indicatif::ProgressBar;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::config::{self, Config, Loaded, Origin};
use crate::daemon::{self, OnceReport};
use crate::matcher::Matcher;
use crate::poller::{PollOutcome, Polled};
use crate::store::Store;

use super::{Exit, Voice, block_on, counted};

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  newshound run\n  newshound --config ~/watch run --once    # from cron\n\n\
Signals:\n  SIGTERM, SIGINT  finish what is under way and stop; a second one stops at once\n  \
SIGHUP           read the configuration again; a wrong one changes nothing")]
pub(super) struct RunArgs {
    /// Poll every feed once, alert, and end
    #[arg(long)]
    once: bool,
}

pub(super) fn main(path: Option<&Path>, args: &RunArgs, voice: Voice) -> anyhow::Result<Exit> {
    let Loaded { config, warnings, .. } = config::load(path)?;
    let store = Store::open(&config.store)?;
    for warning in &warnings {
        voice.note(warning)?;
    }
    voice.note(&opening(&config))?;
    let config = Arc::new(config);
    if args.once {
        return block_on(once(store, &config, voice));
    }
    if io::stderr().is_terminal() {
        voice.note("Stop with Ctrl-C.")?;
    }
    block_on(watch(store, config, path.map(Path::to_owned)))
}

/// What a person wants to know first: what is watched, by what configuration, and where the data lies.
fn opening(config: &Config) -> String {
    let origin = match &config.origin {
        Origin::Directory(directory) => format!("configuration {}", directory.display()),
        Origin::Embedded => "the built-in configuration (`newshound init` writes one to change)".to_owned(),
    };
    let names: Vec<_> = config.watches.iter().map(|watch| watch.name.as_str()).collect();
    let sinks: Vec<_> = config.sinks.iter().map(|sink| sink.name.as_str()).collect();
    format!(
        "newshound {}: {}, {} by {origin}\n  watching for  {}\n  telling       {}\n  data          {}",
        env!("CARGO_PKG_VERSION"),
        counted(config.feeds.len(), "feed", "feeds"),
        counted(config.watches.len(), "watch", "watches"),
        names.join(" · "),
        if sinks.is_empty() { "nobody: no sink".to_owned() } else { sinks.join(", ") },
        config.store.display(),
    )
}

/// Runs the daemon until a signal stops it.
async fn watch(store: Store, config: Arc<Config>, path: Option<PathBuf>) -> anyhow::Result<Exit> {
    let (sender, receiver) = watch::channel(config);
    let shutdown = CancellationToken::new();
    let daemon = daemon::run(store, receiver, shutdown.clone());
    tokio::select! {
        ended = daemon => ended.map(|()| Exit::Done),
        broken = obey_signals(&sender, &shutdown, path.as_deref()) => broken.map(|never| match never {}),
    }
}

/// Turns signals into what they mean, for as long as the daemon runs.
async fn obey_signals(
    config: &watch::Sender<Arc<Config>>,
    shutdown: &CancellationToken,
    path: Option<&Path>,
) -> anyhow::Result<std::convert::Infallible> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => stop(shutdown),
            _ = interrupt.recv() => stop(shutdown),
            _ = hangup.recv() => reload(config, path),
        }
    }
}

/// The first request drains; the second one does not wait.
fn stop(shutdown: &CancellationToken) {
    if shutdown.is_cancelled() {
        tracing::warn!("Stopping at once");
        #[expect(clippy::exit, reason = "the user asked twice; the store survives a kill at any instant")]
        std::process::exit(Exit::Problems as i32);
    }
    tracing::info!("Stopping: finishing what is under way (once more to stop at once)");
    shutdown.cancel();
}

/// A configuration that is wrong changes nothing.
fn reload(sender: &watch::Sender<Arc<Config>>, path: Option<&Path>) {
    let old = Arc::clone(&sender.borrow());
    match config::load(path) {
        Ok(loaded) if loaded.config.store != old.store => {
            tracing::error!("The old configuration stays: a new store path needs a restart");
        }
        Ok(loaded) => {
            for warning in &loaded.warnings {
                tracing::warn!("{warning}");
            }
            let new = loaded.config;
            if let Err(error) = Matcher::compile(&new.watches, &new.entities, &new.topics, &new.feeds) {
                tracing::error!("The old configuration stays, because the new one is wrong: {error}");
                return;
            }
            let feeds = counted(new.feeds.len(), "feed", "feeds");
            let watches = counted(new.watches.len(), "watch", "watches");
            tracing::info!("Configuration reloaded: {feeds}, {watches}");
            sender.send_replace(Arc::new(new));
        }
        Err(errors) => tracing::error!("The old configuration stays, because the new one is wrong:\n{errors}"),
    }
}

async fn once(store: Store, config: &Arc<Config>, voice: Voice) -> anyhow::Result<Exit> {
    let bar = if io::stderr().is_terminal() && voice == Voice::Plain {
        ProgressBar::new(config.feeds.len() as u64)
    } else {
        ProgressBar::hidden()
    };
    // The bar goes before alerts are printed: it ends with the last feed.
    let progress = |_: &Polled| {
        bar.inc(1);
        if bar.length() == Some(bar.position()) {
            bar.finish_and_clear();
        }
    };
    let report = daemon::once(store, config, progress).await?;
    print_report(&report, voice)
}

/// Names what could not be done, counts the rest.
fn print_report(report: &OnceReport, voice: Voice) -> anyhow::Result<Exit> {
    let (mut items, mut unchanged, mut failed, mut left_alone) = (0, 0, 0, 0);
    let offline = is_offline(&report.polled);
    for Polled { url, outcome } in &report.polled {
        match outcome {
            PollOutcome::Read { new_items } => items += new_items,
            PollOutcome::NotModified => unchanged += 1,
            PollOutcome::LeftAlone(until) => {
                left_alone += 1;
                voice.note(&format!("{url}: its server asked to be left alone until {}", clock::shown(*until)))?;
            }
            PollOutcome::Failed(error) => {
                failed += 1;
                if !offline {
                    voice.complain(&format!("{url}: {error}"))?;
                } else if failed == 1 {
                    voice.complain(&format!("no feed can be reached: is the network down? ({url}: {error})"))?;
                }
            }
        }
    }
    for waiting in &report.delivered.waiting {
        voice.complain(waiting)?;
    }
    voice.note(&format!(
        "{} polled ({unchanged} unchanged, {failed} failed): {}, {}, {} delivered",
        counted(report.polled.len() - left_alone, "feed", "feeds"),
        counted(items, "new item", "new items"),
        counted(report.alerts, "alert or update", "alerts and updates"),
        report.delivered.sent,
    ))?;
    let whole = failed == 0 && report.delivered.waiting.is_empty();
    Ok(if whole { Exit::Done } else { Exit::Problems })
}

/// Whether nobody was reached, so that the network is to blame rather than one feed after the other.
fn is_offline(polled: &[Polled]) -> bool {
    let missed = |polled: &Polled| matches!(&polled.outcome, PollOutcome::Failed(error) if error.is_unreachable());
    polled.len() > 1 && polled.iter().all(missed)
}
