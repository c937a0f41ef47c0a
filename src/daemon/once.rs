//! `run --once`: every feed polled once, every item decided, every alert delivered; then the end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::http::Client;
use crate::notifier::{self, Drained};
use crate::poller::{self, Polled};
use crate::store::Store;

use super::deciding::{Deciding, is_idle};

/// How long deliveries that fail may be tried again before they are left to the next run.
const DELIVERY_DEADLINE: Duration = Duration::from_secs(30);

/// What one pass did.
#[derive(Debug)]
pub struct OnceReport {
    /// Each feed and what its poll brought.
    pub polled: Vec<Polled>,
    /// Alerts and updates made.
    pub alerts: usize,
    /// What became of the deliveries.
    pub delivered: Drained,
}

/// Polls each feed of `config` once, decides and delivers. `progress` hears of each feed as it is done.
///
/// # Errors
/// Fails when the store does. A feed or sink that fails is in the report.
pub async fn once(
    store: Store,
    config: &Arc<Config>,
    progress: impl FnMut(&Polled) + Send,
) -> anyhow::Result<OnceReport> {
    let client = Client::new(config.allow.clone());
    let (items, polled) = (Notify::new(), CancellationToken::new());
    let polling = async {
        let _done = polled.clone().drop_guard();
        poller::once(&store, &client, config, &items, progress).await.map_err(anyhow::Error::from)
    };
    let (polled, alerts) = tokio::try_join!(polling, decide(&store, config, &items, &polled))?;
    let delivered = notifier::drain(&store, config, DELIVERY_DEADLINE).await?;
    Ok(OnceReport { polled, alerts, delivered })
}

/// Decides about items as they come, until all feeds are `polled`; then about the rest. Returns how many alerts that
/// made.
async fn decide(
    store: &Store,
    config: &Arc<Config>,
    items: &Notify,
    polled: &CancellationToken,
) -> anyhow::Result<usize> {
    tokio::select! {
        () = items.notified() => {}
        () = polled.cancelled() => {}
    }
    if polled.is_cancelled() && is_idle(store).await? {
        return Ok(0);
    }
    let mut told = 0;
    let mut deciding = Deciding::start(store.clone(), config).await?;
    while !polled.is_cancelled() {
        told += deciding.step().await?;
        if !deciding.has_more {
            tokio::select! {
                () = items.notified() => {}
                () = polled.cancelled() => {}
            }
        }
    }
    Ok(told + deciding.finish().await?)
}
