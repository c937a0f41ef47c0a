//! The engine's stage: reads what the poller committed, lets the engine decide, commits what it decided.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::config::Config;
use crate::engine::{Effects, Engine, Routing};
use crate::matcher::Matcher;
use crate::store::{Store, StoreError};
use crate::story;

use super::Wakes;

/// Items taken in one step: one transaction each, small enough that the first alert does not wait for the last item.
const BATCH: usize = 256;

/// No sleep is longer: timers stop while a machine is suspended, the wall clock does not.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// How long a store that cannot be written (a full disk) is left alone before the step is done again.
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// Runs the engine until `stop`.
pub(super) async fn run(
    store: Store,
    mut config: watch::Receiver<Arc<Config>>,
    wakes: Wakes,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let current = Arc::clone(&config.borrow_and_update());
    let mut deciding = Deciding::start(store, &current).await?;
    loop {
        let items = wakes.items.notified();
        match deciding.step().await {
            Ok(told) if told > 0 => wakes.outbox.notify_one(),
            Ok(_) => {}
            Err(error) if error.is_passing() => deciding.recover(&error, &stop).await?,
            Err(error) => return Err(error.into()),
        }
        if deciding.has_more {
            if stop.is_cancelled() {
                return Ok(());
            }
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = items => {}
            () = tokio::time::sleep(deciding.sleep()) => {}
            Ok(()) = config.changed() => {
                let current = Arc::clone(&config.borrow_and_update());
                deciding.reload(&current).await?;
            }
        }
    }
}

/// The engine and the store it decides from.
pub(super) struct Deciding {
    engine: Engine,
    store: Store,
    config: Arc<Config>,
    /// Whether the last step filled its batch, so that the next has items at once.
    pub(super) has_more: bool,
}

impl Deciding {
    /// Goes on where the store says the last run stopped.
    pub(super) async fn start(store: Store, config: &Arc<Config>) -> anyhow::Result<Self> {
        let engine = restore(&store, config).await?;
        Ok(Self { engine, store, config: Arc::clone(config), has_more: false })
    }

    /// One step: the next items, or else what is due. Returns how many alerts it made.
    pub(super) async fn step(&mut self) -> Result<usize, StoreError> {
        let batch = self.store.unread(BATCH).await?;
        self.has_more = batch.len() == BATCH;
        let now = clock::now();
        let effects = if batch.is_empty() { self.engine.wake(now) } else { self.engine.step(&batch, now) };
        self.commit(effects).await
    }

    /// Takes all there is and tells what is held, due or not: for a run that ends.
    pub(super) async fn finish(&mut self) -> Result<usize, StoreError> {
        let mut told = 0;
        loop {
            told += self.step().await?;
            if !self.has_more {
                let effects = self.engine.flush(clock::now());
                return Ok(told + self.commit(effects).await?);
            }
        }
    }

    async fn commit(&self, effects: Effects) -> Result<usize, StoreError> {
        let told = effects.alerts.len();
        if effects == Effects::default() {
            return Ok(0);
        }
        for alert in effects.alerts.iter().filter(|alert| alert.reason.interrupts()) {
            let watches: Vec<_> = alert.watches.iter().map(ToString::to_string).collect();
            tracing::info!(alert.id = %alert.id, reason = %alert.reason, level = %alert.level, watches = watches.join(", "),
                "Alert: {}", alert.title);
        }
        self.store.commit_step(effects).await?;
        Ok(told)
    }

    async fn reload(&mut self, config: &Arc<Config>) -> anyhow::Result<()> {
        self.engine.reload(compile(config).await?, Routing::new(config));
        self.config = Arc::clone(config);
        Ok(())
    }

    /// After a step that could not be committed: waits, then goes on from what the store holds, so that what was
    /// decided but not kept is decided again.
    async fn recover(&mut self, error: &StoreError, stop: &CancellationToken) -> anyhow::Result<()> {
        tracing::error!("Decisions wait because the store cannot be written: {error}");
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(STORE_PAUSE) => {}
        }
        self.engine = restore(&self.store, &self.config).await?;
        self.has_more = true;
        Ok(())
    }

    fn sleep(&self) -> Duration {
        let until = self.engine.next_due().map_or(LONGEST_SLEEP, |due| until(due, clock::now()));
        until.min(LONGEST_SLEEP)
    }
}

/// All watches of `config`, compiled on a thread where that can take its time.
async fn compile(config: &Arc<Config>) -> anyhow::Result<Arc<Matcher>> {
    let config = Arc::clone(config);
    let compiling = tokio::task::spawn_blocking(move || {
        Matcher::compile(&config.watches, &config.entities, &config.topics, &config.feeds)
    });
    Ok(Arc::new(compiling.await??))
}

async fn restore(store: &Store, config: &Arc<Config>) -> anyhow::Result<Engine> {
    let matcher = compile(config).await?;
    let now = clock::now();
    Ok(Engine::new(matcher, Routing::new(config), store.engine_state(window_start(now)).await?, now))
}

/// Stories that were last told of before this are closed.
fn window_start(now: Timestamp) -> Timestamp {
    now.saturating_sub(story::WINDOW).unwrap_or(Timestamp::MIN)
}

/// Whether the engine has nothing to do: no item is unread, and nothing is held.
pub(super) async fn is_idle(store: &Store) -> Result<bool, StoreError> {
    Ok(store.unread(1).await?.is_empty() && store.engine_state(Timestamp::MAX).await?.held.is_empty())
}

fn until(due: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or(Duration::ZERO)
}
