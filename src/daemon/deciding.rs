//! The engine's stage: reads what the poller committed, lets the engine decide, commits what it decided.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::alert::Alert;
use crate::clock;
use crate::config::Config;
use crate::engine::{Effects, Engine, Routing};
use crate::matcher::Matcher;
use crate::store::{Store, StoreError};
use crate::story;
use crate::text::Clean;

use super::Wakes;

/// Items taken in one step: one transaction each, small enough that the first alert does not wait for the last item.
const BATCH: usize = 256;

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
            () = tokio::time::sleep(clock::sleep_until(deciding.engine.next_due())) => {}
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
    /// What the engine goes by, for when it has to begin anew.
    matcher: Arc<Matcher>,
    routing: Routing,
    /// Whether the last step filled its batch, so that the next has items at once.
    pub(super) has_more: bool,
    /// Whether the last step could not be kept.
    is_waiting: bool,
}

impl Deciding {
    /// Goes on where the store says the last run stopped.
    pub(super) async fn start(store: Store, config: &Arc<Config>) -> anyhow::Result<Self> {
        let (matcher, routing) = (compile(config).await?, Routing::new(config));
        let engine = restore(&store, &matcher, &routing).await?;
        Ok(Self { engine, store, matcher, routing, has_more: false, is_waiting: false })
    }

    /// One step: the next items, or else what is due. Returns how many alerts it made.
    pub(super) async fn step(&mut self) -> Result<usize, StoreError> {
        let batch = self.store.unread(BATCH).await?;
        self.has_more = batch.len() == BATCH;
        let now = clock::now();
        // A full batch can take a while, and the other stages share these threads.
        let decide = || if batch.is_empty() { self.engine.wake(now) } else { self.engine.step(&batch, now) };
        let effects = tokio::task::block_in_place(decide);
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

    /// Keeps what was decided, and says so once it is kept: else it is decided again.
    async fn commit(&mut self, effects: Effects) -> Result<usize, StoreError> {
        let told = effects.alerts.len();
        if effects != Effects::default() {
            let alerts: Vec<_> = effects.alerts.iter().filter(|alert| alert.reason.interrupts()).cloned().collect();
            self.store.commit_step(effects).await?;
            alerts.iter().for_each(log);
        }
        if std::mem::take(&mut self.is_waiting) {
            tracing::info!("The store can be used again, and decisions go on");
        }
        Ok(told)
    }

    async fn reload(&mut self, config: &Arc<Config>) -> anyhow::Result<()> {
        self.matcher = compile(config).await?;
        self.routing = Routing::new(config);
        self.engine.reload(Arc::clone(&self.matcher), self.routing.clone());
        Ok(())
    }

    /// After a step that could not be committed: waits, then goes on from what the store holds, so that what was
    /// decided but not kept is decided again.
    async fn recover(&mut self, error: &StoreError, stop: &CancellationToken) -> Result<(), StoreError> {
        if !self.is_waiting {
            tracing::error!("Decisions wait because the store cannot be used: {error}");
        }
        self.is_waiting = true;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(clock::STORE_PAUSE) => {}
            }
            match restore(&self.store, &self.matcher, &self.routing).await {
                Ok(engine) => {
                    self.engine = engine;
                    self.has_more = true;
                    return Ok(());
                }
                Err(error) if error.is_passing() => tracing::debug!("Decisions still wait for the store: {error}"),
                Err(error) => return Err(error),
            }
        }
    }
}

fn log(alert: &Alert) {
    let watches: Vec<_> = alert.watches.iter().map(ToString::to_string).collect();
    tracing::info!(alert.id = %alert.id, reason = %alert.reason, level = %alert.level, watches = watches.join(", "),
        "Alert: {}", Clean::line(&alert.title));
}

/// All watches of `config`, compiled on a thread where that can take its time.
async fn compile(config: &Arc<Config>) -> anyhow::Result<Arc<Matcher>> {
    let config = Arc::clone(config);
    let compiling = tokio::task::spawn_blocking(move || {
        Matcher::compile(&config.watches, &config.entities, &config.topics, &config.feeds)
    });
    Ok(Arc::new(compiling.await??))
}

async fn restore(store: &Store, matcher: &Arc<Matcher>, routing: &Routing) -> Result<Engine, StoreError> {
    let now = clock::now();
    let state = store.engine_state(window_start(now)).await?;
    Ok(Engine::new(Arc::clone(matcher), routing.clone(), state, now))
}

/// Stories that were last told of before this are closed.
fn window_start(now: Timestamp) -> Timestamp {
    clock::later(now, -story::WINDOW)
}

/// Whether the engine has nothing to do: no item is unread, and nothing is held.
pub(super) async fn is_idle(store: &Store) -> Result<bool, StoreError> {
    Ok(store.unread(1).await?.is_empty() && store.engine_state(Timestamp::MAX).await?.held.is_empty())
}
