//! From the outbox to where people are: leases deliveries, hands each to its sink, records what came of it.

mod command;
mod desktop;
mod file;
mod render;
mod retry;
mod sink;
mod stdout;
mod webhook;
mod worker;

pub use render::{render_proof, render_text, render_update};
pub use retry::{Failure, next_step};
pub use sink::{SinkConfig, SinkKind};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::alert::Alert;
use crate::clock;
use crate::config::Config;
use crate::http::{Allow, Client};
use crate::store::{Lease, Outcome, Receipt, Store, StoreError};

use worker::Worker;

/// Deliveries leased at a time.
const MOST_LEASED: usize = 16;

/// How long a lease holds. Within one process a sink is busy until its deliveries are settled, whatever the lease
/// says, so it only bounds how long another process waits for what this one left.
const LEASE: SignedDuration = SignedDuration::from_mins(30);

/// How long a delivery may still take once its sink is to stop: less than the daemon waits for its stages.
const FINISHING: Duration = Duration::from_secs(5);

/// Delivers what is in the outbox to the sinks of `config`, as it comes, until `shutdown`; then finishes what is
/// under way. `ready` tells that there may be more. Deliveries to sinks that are not configured wait.
///
/// # Errors
/// Fails when the store is beyond use.
pub async fn run(
    store: Store,
    mut config: watch::Receiver<Arc<Config>>,
    ready: Arc<Notify>,
    shutdown: CancellationToken,
) -> Result<(), StoreError> {
    let current = Arc::clone(&config.borrow_and_update());
    let mut dispatcher = Dispatcher::new(store, &current, shutdown.clone());
    dispatcher.begin().await?;
    let mut is_waiting = false;
    loop {
        let more = ready.notified();
        let pause = match dispatcher.dispatch().await {
            Ok(next) => {
                is_waiting = false;
                clock::sleep_until(next)
            }
            Err(error) if error.is_passing() => {
                if !is_waiting {
                    tracing::error!("Deliveries wait because the store cannot be used: {error}");
                }
                is_waiting = true;
                clock::STORE_PAUSE
            }
            Err(error) => return Err(error),
        };
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(ended) = dispatcher.busy.join_next() => dispatcher.take_back(ended),
            () = more => {}
            () = tokio::time::sleep(pause) => {}
            Ok(()) = config.changed() => {
                let current = Arc::clone(&config.borrow_and_update());
                dispatcher.configure(&current);
            }
        }
    }
    // What they have not begun is due again at the next start.
    dispatcher.finish().await;
    Ok(())
}

/// What became of the outbox in a pass that ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Deliveries that arrived.
    pub sent: usize,
    /// What did not arrive, each as a line for people.
    pub waiting: Vec<String>,
}

/// Delivers what is due, and tries again what fails, for at most `patience`; the rest is left to the next run.
///
/// # Errors
/// Fails when the store does.
pub async fn drain(store: &Store, config: &Arc<Config>, patience: Duration) -> Result<Drained, StoreError> {
    let deadline = Instant::now() + patience;
    let stop = CancellationToken::new();
    let mut dispatcher = Dispatcher::new(store.clone(), config, stop.clone());
    dispatcher.leaves_absent = true;
    store.end_leases().await?;
    loop {
        let next = dispatcher.dispatch().await?;
        if !dispatcher.busy.is_empty() {
            dispatcher.wait(deadline).await;
            if stop.is_cancelled() {
                dispatcher.finish().await;
                return Ok(dispatcher.drained());
            }
            continue;
        }
        match next {
            Some(due) if Instant::now() + clock::sleep_until(Some(due)) < deadline => {
                tokio::time::sleep(clock::sleep_until(Some(due))).await;
            }
            _ => return Ok(dispatcher.drained()),
        }
    }
}

/// Hands `alert` to a sink of the kind `kind`, once, past the outbox: to see that it arrives.
///
/// # Errors
/// Fails as the sink does.
pub async fn send(kind: &SinkKind, client: &Client, alert: &Alert) -> Result<String, Failure> {
    Worker::new(kind).send(client, alert).await
}

/// A sink at rest or at work: one delivery at a time, in order, whatever other sinks do.
#[derive(Debug)]
struct Sink {
    config: SinkConfig,
    worker: Worker,
    /// How often in a row the place was not there.
    absences: u32,
    sent: usize,
    /// The last thing that went wrong; None since something arrived.
    trouble: Option<String>,
}

/// Sinks, and what they are at.
#[derive(Debug)]
struct Dispatcher {
    store: Store,
    client: Client,
    /// The private addresses that `client` may reach.
    allow: Vec<Allow>,
    /// The sinks as they are configured now.
    configs: BTreeMap<String, SinkConfig>,
    idle: BTreeMap<String, Sink>,
    busy: JoinSet<Sink>,
    /// Whether a place that is not there is left to the next run, as in a pass that ends.
    leaves_absent: bool,
    /// Tells sinks at work to begin no other delivery.
    stop: CancellationToken,
}

impl Dispatcher {
    fn new(store: Store, config: &Config, stop: CancellationToken) -> Self {
        let mut dispatcher = Self {
            store,
            client: Client::new(config.allow.clone()),
            allow: config.allow.clone(),
            configs: BTreeMap::new(),
            idle: BTreeMap::new(),
            busy: JoinSet::new(),
            leaves_absent: false,
            stop,
        };
        dispatcher.configure(config);
        dispatcher
    }

    /// What a process that died had leased is due again.
    async fn begin(&self) -> Result<(), StoreError> {
        loop {
            match self.store.end_leases().await {
                Err(error) if error.is_passing() => tracing::error!("Deliveries wait for the store: {error}"),
                ended => return ended,
            }
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(clock::STORE_PAUSE) => {}
            }
        }
    }

    /// Takes new sinks and leaves those that are no longer wanted; one at work leaves when it comes back.
    fn configure(&mut self, config: &Config) {
        if config.allow != self.allow {
            self.allow.clone_from(&config.allow);
            self.client = Client::new(config.allow.clone());
        }
        self.configs = config.sinks.iter().map(|sink| (sink.name.clone(), sink.clone())).collect();
        self.idle.retain(|name, sink| self.configs.get(name) == Some(&sink.config));
        if self.busy.is_empty() {
            self.fill();
        }
    }

    /// Makes the sinks that are configured and not there.
    fn fill(&mut self) {
        for (name, config) in &self.configs {
            if !self.idle.contains_key(name) {
                let worker = Worker::new(&config.kind);
                let sink = Sink { config: config.clone(), worker, absences: 0, sent: 0, trouble: None };
                self.idle.insert(name.clone(), sink);
            }
        }
    }

    /// Sets idle sinks to work on what is due, and returns when more will be.
    async fn dispatch(&mut self) -> Result<Option<Timestamp>, StoreError> {
        loop {
            let ready = |sink: &Sink| !(self.leaves_absent && sink.absences > 0);
            let idle: Vec<_> = self.idle.iter().filter(|(_, sink)| ready(sink)).map(|(name, _)| name.clone()).collect();
            let now = clock::now();
            let until = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
            let leases = self.store.lease(idle.clone(), now, until, MOST_LEASED).await?;
            if leases.is_empty() {
                return self.store.next_delivery(idle, now).await;
            }
            let mut work: BTreeMap<String, Vec<Lease>> = BTreeMap::new();
            for lease in leases {
                work.entry(lease.sink.clone()).or_default().push(lease);
            }
            for (name, leases) in work {
                if let Some(sink) = self.idle.remove(&name) {
                    let (store, client, stop) = (self.store.clone(), self.client.clone(), self.stop.clone());
                    self.busy.spawn(sink.deliver_all(store, client, leases, stop));
                }
            }
        }
    }

    /// Waits for a sink at work, and tells all to stop when none comes back before `deadline`.
    async fn wait(&mut self, deadline: Instant) {
        match timeout_at(deadline, self.busy.join_next()).await {
            Ok(ended) => ended.into_iter().for_each(|ended| self.take_back(ended)),
            Err(_) => self.stop.cancel(),
        }
    }

    /// Waits for all sinks at work.
    async fn finish(&mut self) {
        while let Some(ended) = self.busy.join_next().await {
            self.take_back(ended);
        }
    }

    /// A sink has done its work.
    fn take_back(&mut self, ended: Result<Sink, tokio::task::JoinError>) {
        match ended {
            Ok(sink) if self.configs.get(&sink.config.name) == Some(&sink.config) => {
                self.idle.insert(sink.config.name.clone(), sink);
            }
            Ok(_) => {}
            Err(crash) => tracing::error!("A sink crashed and begins anew; what it held is sent later: {crash}"),
        }
        if self.busy.is_empty() {
            self.fill();
        }
    }

    fn drained(&self) -> Drained {
        let waiting = |sink: &Sink| Some(format!("sink {}: {}", sink.config.name, sink.trouble.as_deref()?));
        Drained {
            sent: self.idle.values().map(|sink| sink.sent).sum(),
            waiting: self.idle.values().filter_map(waiting).collect(),
        }
    }
}

impl Sink {
    /// Delivers `leases` in order and records each; then comes back. Once it is to stop it begins no other, and gives
    /// up the one under way after a while: they are due again when leases are ended.
    async fn deliver_all(mut self, store: Store, client: Client, leases: Vec<Lease>, stop: CancellationToken) -> Self {
        // Where nobody is, nobody is for the rest: it is put off together, without another look, and keeps its order.
        let mut absence: Option<Outcome> = None;
        for lease in leases {
            let outcome = if let Some(put_off) = &absence {
                put_off.clone()
            } else if stop.is_cancelled() {
                self.trouble.get_or_insert_with(|| "there was no time left for all".to_owned());
                break;
            } else {
                let delivered = tokio::select! {
                    delivered = self.worker.send(&client, &lease.alert) => delivered,
                    () = spent(&stop) => {
                        self.trouble = Some("it did not finish in time and was cut off".to_owned());
                        break;
                    }
                };
                self.judge(&lease, delivered, clock::now())
            };
            if matches!(outcome, Outcome::Retry { counts: false, .. }) {
                absence.get_or_insert_with(|| outcome.clone());
            }
            self.settle(&store, Receipt { delivery: lease.id, at: clock::now(), outcome }, &stop).await;
        }
        self
    }

    /// Records what came of an attempt, however long the store takes: else it would be made again.
    async fn settle(&self, store: &Store, receipt: Receipt, stop: &CancellationToken) {
        let mut is_waiting = false;
        while let Err(error) = store.settle(receipt.clone()).await {
            if !is_waiting {
                tracing::error!(sink = self.config.name, "A receipt waits for the store: {error}");
            }
            is_waiting = true;
            if !error.is_passing() {
                return;
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(clock::STORE_PAUSE) => {}
            }
        }
    }

    /// What follows from an attempt, for the outbox and the log.
    fn judge(&mut self, lease: &Lease, delivered: Result<String, Failure>, now: Timestamp) -> Outcome {
        let sink = self.config.name.as_str();
        let failure = match delivered {
            Ok(note) => {
                if self.trouble.take().is_some() {
                    tracing::info!(sink, "The sink \"{sink}\" works again");
                }
                self.absences = 0;
                self.sent += 1;
                tracing::debug!(sink, alert.id = %lease.alert.id, "Delivered: {note}");
                return Outcome::Sent { note };
            }
            Err(failure) => failure,
        };
        let before = if matches!(failure, Failure::Absent(_)) { self.absences } else { lease.attempts };
        let outcome = next_step(&failure, before, now, fastrand::f64());
        self.absences = if matches!(failure, Failure::Absent(_)) { self.absences.saturating_add(1) } else { 0 };
        if let Outcome::Dead { error } = &outcome {
            tracing::error!(sink, alert.id = %lease.alert.id, "The sink \"{sink}\" gave up on an alert: {error}");
        } else if self.trouble.is_none() {
            tracing::warn!(sink, "The sink \"{sink}\" does not take alerts; they wait: {failure}");
        }
        self.trouble = Some(failure.to_string());
        outcome
    }
}

/// Resolves when whatever was told to `stop` has had its time.
async fn spent(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(FINISHING).await;
}

#[cfg(test)]
mod tests;
