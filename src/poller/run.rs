//! The poller's stage: sleeps until the next feed is due, polls it, and says when something new has come.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::config::Config;
use crate::feed::{FeedState, FeedUrl};
use crate::http::Client;
use crate::store::{Store, StoreError};

use super::MOST_POLLS;
use super::fetch::{PollOutcome, Polled, Task};
use super::reach::{Change, Reach};
use super::roster::Roster;

/// No sleep is longer: timers stop while a machine is suspended, the wall clock does not.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// How long feeds are left alone while nothing can be reached.
const OFFLINE_RETRY: SignedDuration = SignedDuration::from_mins(2);

/// How long a feed is left alone when the store could not keep what it brought, or the poll crashed.
const STORE_PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// Polls the feeds of `config`, as they are due, until `shutdown`. `items` hears of every commit that brought some.
///
/// # Errors
/// Fails when the store is beyond use.
pub async fn run(
    store: Store,
    client: Client,
    mut config: watch::Receiver<Arc<Config>>,
    items: Arc<Notify>,
    shutdown: CancellationToken,
) -> Result<(), StoreError> {
    let current = Arc::clone(&config.borrow_and_update());
    let roster = Roster::start(&current.feeds, store.feed_states().await?, clock::now());
    let mut poller =
        Poller { store, client, floor: current.floor, items, roster, reach: Reach::default(), polls: JoinSet::new() };
    loop {
        poller.begin();
        let sleep = poller.sleep();
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(ended) = poller.polls.join_next() => poller.end(ended)?,
            () = tokio::time::sleep(sleep) => {}
            Ok(()) = config.changed() => {
                let current = Arc::clone(&config.borrow_and_update());
                poller.floor = current.floor;
                poller.roster.configure(&current.feeds, clock::now());
            }
        }
    }
    // A poll that is cut off is done again: what it had not committed was not remembered either.
    poller.polls.shutdown().await;
    Ok(())
}

/// How a poll ended: what came of it, or what the store said and the feed as it was.
type Ended = Result<(Polled, FeedState), (StoreError, FeedState)>;

struct Poller {
    store: Store,
    client: Client,
    floor: Duration,
    items: Arc<Notify>,
    roster: Roster,
    reach: Reach,
    polls: JoinSet<Ended>,
}

impl Poller {
    /// Begins the polls that are due.
    fn begin(&mut self) {
        while self.polls.len() < MOST_POLLS {
            let Some((feed, state)) = self.roster.next(clock::now()) else { return };
            let (store, client) = (self.store.clone(), self.client.clone());
            let before = state.clone();
            let task = Task { store, client, feed, state, floor: self.floor };
            self.polls.spawn(async move { task.carry_out().await.map_err(|error| (error, before)) });
        }
    }

    /// Takes in the end of a poll.
    fn end(&mut self, ended: Result<Ended, JoinError>) -> Result<(), StoreError> {
        match ended {
            Ok(Ok((polled, state))) => self.note(&polled, state),
            Ok(Err((error, before))) if error.is_passing() => {
                tracing::error!(
                    "What {} brought is fetched again, because the store cannot keep it: {error}",
                    before.url
                );
                let next_due = clock::now().checked_add(STORE_PAUSE).unwrap_or(before.next_due);
                self.roster.done(FeedState { next_due, ..before });
            }
            Ok(Err((error, _))) => return Err(error),
            // Parsing is caught elsewhere: a poll that panics is a bug, and its host would stay busy for ever.
            Err(crash) => std::panic::resume_unwind(crash.into_panic()),
        }
        Ok(())
    }

    fn note(&mut self, polled: &Polled, state: FeedState) {
        let url = &polled.url;
        if polled.has_news() {
            self.items.notify_one();
        }
        let failed_before = self.roster.done(state).is_some_and(|before| before.failures > 0);
        let reached = !matches!(&polled.outcome, PollOutcome::Failed(error) if error.is_unreachable());
        let change = self.reach.note(self.roster.owner(url), reached, self.roster.owners());
        log(url, &polled.outcome, failed_before, self.reach.is_offline());
        match change {
            Some(Change::Lost) => {
                tracing::warn!("No feed can be reached: is the network down? Trying again every few minutes");
                self.roster.hurry_failing(soon());
            }
            Some(Change::Found) => {
                tracing::info!("Feeds can be reached again");
                self.roster.hurry_failing(clock::now());
            }
            None if self.reach.is_offline() => self.roster.hurry(url, soon()),
            None => {}
        }
    }

    fn sleep(&self) -> Duration {
        if self.polls.len() >= MOST_POLLS {
            return LONGEST_SLEEP;
        }
        let Some(due) = self.roster.next_due() else { return LONGEST_SLEEP };
        Duration::try_from(due.duration_since(clock::now())).unwrap_or(Duration::ZERO).min(LONGEST_SLEEP)
    }
}

/// When a feed is tried again while the network is down: soon, so that news follows when it comes back.
fn soon() -> Timestamp {
    clock::now().saturating_add(OFFLINE_RETRY).unwrap_or(Timestamp::MAX)
}

/// A feed that begins to fail, or recovers, is worth a line; the rest is for those who look.
fn log(feed: &FeedUrl, outcome: &PollOutcome, failed_before: bool, offline: bool) {
    match outcome {
        PollOutcome::Failed(error) if !failed_before && !offline => {
            tracing::warn!(feed = %feed, "A feed cannot be read and is tried again later: {error}");
        }
        PollOutcome::Failed(error) => tracing::debug!(feed = %feed, "A feed still cannot be read: {error}"),
        _ if failed_before && !offline => tracing::info!(feed = %feed, "A feed can be read again"),
        PollOutcome::Read { new_items } => tracing::debug!(feed = %feed, new_items, "A feed was read"),
        PollOutcome::NotModified => tracing::debug!(feed = %feed, "A feed has nothing new"),
    }
}
