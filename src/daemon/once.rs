//! `run --once`: every feed polled once, every item decided, every alert delivered; then the end.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::http::Client;
use crate::notifier::{self, Drained};
use crate::poller::{self, Polled};
use crate::store::Store;

use super::deciding::Deciding;

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
    let client = Client::new(config.allow.clone())?;
    let polled = poller::once(&store, &client, config, progress).await?;
    let alerts = Deciding::start(store.clone(), config).await?.finish().await?;
    let delivered = notifier::drain(&store, &client, config, DELIVERY_DEADLINE).await?;
    Ok(OnceReport { polled, alerts, delivered })
}
