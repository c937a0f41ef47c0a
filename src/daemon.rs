//! Wiring and supervision: starts the stages, stops them all when one ends, and gives them time to drain.

mod deciding;
mod once;

pub use once::{OnceReport, once};

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::store::Store;
use crate::{notifier, poller};

/// How long the stages may take to finish what they are at, once they were told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// What wakes the next stage: told after each commit that brings it work.
#[derive(Debug, Clone, Default)]
struct Wakes {
    /// Items for the engine.
    items: Arc<Notify>,
    /// Deliveries for the notifier.
    outbox: Arc<Notify>,
}

/// Runs all stages on `store` until `shutdown` or until one fails. Whatever comes through `config` later is what
/// the stages go by from then on.
///
/// # Errors
/// Fails when a stage does: with its error, or with its panic.
pub async fn run(
    store: Store,
    config: watch::Receiver<Arc<Config>>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let wakes = Wakes::default();
    let stop = shutdown.child_token();
    let mut stages = JoinSet::new();
    {
        let (store, config, stop) = (store.clone(), config.clone(), stop.clone());
        let items = Arc::clone(&wakes.items);
        stages.spawn(async move { Ok(poller::run(store, config, items, stop).await?) });
    }
    {
        let (store, config, stop) = (store.clone(), config.clone(), stop.clone());
        let outbox = Arc::clone(&wakes.outbox);
        stages.spawn(async move { Ok(notifier::run(store, config, outbox, stop).await?) });
    }
    stages.spawn(deciding::run(store, config, wakes, stop.clone()));
    supervise(stages, &stop).await
}

/// Waits for the first stage to end, then stops the others and waits for them, for a while.
async fn supervise(mut stages: JoinSet<anyhow::Result<()>>, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut outcome = Ok(());
    let mut drained_by = None;
    loop {
        let next = stages.join_next();
        let ended = match drained_by {
            None => Ok(next.await),
            Some(deadline) => tokio::time::timeout_at(deadline, next).await,
        };
        let Ok(ended) = ended else {
            tracing::warn!("A stage did not stop in time and was cut off; its work is done again at the next start");
            stages.shutdown().await;
            return outcome;
        };
        let Some(ended) = ended else { return outcome };
        let ended = ended.unwrap_or_else(|crash| Err(anyhow::Error::new(crash).context("a stage crashed")));
        if outcome.is_ok() {
            outcome = ended;
        }
        stop.cancel();
        drained_by.get_or_insert_with(|| tokio::time::Instant::now() + GRACE);
    }
}
