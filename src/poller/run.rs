//! The poller's stage: sleeps until the next feed is due, polls it, and says when something new has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::clock::{self, LONGEST_SLEEP, STORE_PAUSE, later};
use crate::config::Config;
use crate::feed::{FeedState, FeedUrl};
use crate::http::Client;
use crate::store::{Store, StoreError};

use super::MOST_POLLS;
use super::fetch::{PollOutcome, Polled, Task};
use super::reach::{Change, Reach};
use super::roster::Roster;
use super::round::Round;
use super::schedule::RESUME_GAP;

/// How long feeds are left alone while nobody can be reached. The floor is for publishers' sake: a poll that reaches
/// none costs none.
const OFFLINE_RETRY: SignedDuration = SignedDuration::from_mins(2);

/// Polls the feeds of `config`, as they are due, until `shutdown`. `items` hears of every commit that brought some.
///
/// # Errors
/// Fails when the store is beyond use.
pub async fn run(
    store: Store,
    mut config: watch::Receiver<Arc<Config>>,
    items: Arc<Notify>,
    shutdown: CancellationToken,
) -> Result<(), StoreError> {
    let current = Arc::clone(&config.borrow_and_update());
    let mut poller = Poller::start(store, &current, items).await?;
    loop {
        poller.begin();
        let sleep = poller.sleep();
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(ended) = poller.polls.join_next() => poller.end(ended)?,
            () = tokio::time::sleep(sleep) => {}
            Ok(()) = config.changed() => {
                let current = Arc::clone(&config.borrow_and_update());
                poller.reload(&current);
            }
        }
    }
    // A poll that is cut off is done again: what it had not committed was not remembered either.
    poller.polls.shutdown().await;
    Ok(())
}

/// How a poll ended: what came of it and the feed's new state, or what the store said and the feed as it was.
type Ended = (Result<Polled, StoreError>, FeedState);

struct Poller {
    store: Store,
    client: Client,
    floor: Duration,
    items: Arc<Notify>,
    roster: Roster,
    reach: Reach,
    /// Feeds that began to be out of reach, and why: told when anybody answers, for until then it may be the network.
    unreached: Vec<(FeedUrl, String)>,
    round: Round,
    polls: JoinSet<Ended>,
    /// Whether what was polled waits for the store: until it is kept, nothing more is polled.
    waits: Arc<AtomicBool>,
    /// The time when polls were last begun.
    now: Timestamp,
}

impl Poller {
    async fn start(store: Store, config: &Config, items: Arc<Notify>) -> Result<Self, StoreError> {
        let states = store.feed_states().await?;
        let now = clock::now();
        let reach = Reach::start(&states);
        let mut roster = Roster::start(&config.feeds, states, now);
        // What kept a feed away may have passed while newshound was not running; if it has not, that is soon known.
        roster.hurry_failing(now, |_| true);
        let round = first_round(&roster, now);
        if round.is_empty()
            && let Some(due) = roster.next_due()
        {
            tracing::info!("Watching; the next feed is due at {}", clock::shown(due));
        }
        Ok(Self {
            store,
            client: Client::new(config.allow.clone()),
            floor: config.floor,
            items,
            reach,
            unreached: Vec::new(),
            round,
            roster,
            polls: JoinSet::new(),
            waits: Arc::default(),
            now,
        })
    }

    fn reload(&mut self, config: &Config) {
        self.floor = config.floor;
        self.client = Client::new(config.allow.clone());
        self.roster.configure(&config.feeds, clock::now());
        // What failed may have failed for what was changed.
        self.roster.hurry_failing(clock::now(), |_| true);
    }

    /// Begins the polls that are due.
    fn begin(&mut self) {
        let now = clock::now();
        if now < self.now {
            self.roster.set_back(now);
        }
        self.now = now;
        while self.polls.len() < MOST_POLLS && !self.waits.load(Ordering::Relaxed) {
            let Some((feed, state)) = self.roster.next(now) else { return };
            let (store, client, waits) = (self.store.clone(), self.client.clone(), Arc::clone(&self.waits));
            let task = Task { store, client, feed, state, floor: self.floor };
            self.polls.spawn(carry_out(task, waits));
        }
    }

    /// Takes in the end of a poll.
    fn end(&mut self, ended: Result<Ended, JoinError>) -> Result<(), StoreError> {
        // Parsing is caught elsewhere: a poll that panics is a bug, and its host would stay busy for ever.
        match ended.unwrap_or_else(|crash| std::panic::resume_unwind(crash.into_panic())) {
            (Ok(polled), state) => self.note(&polled, state),
            (Err(error), before) if error.is_passing() => {
                tracing::error!("What {} brought is fetched again, because it cannot be kept: {error}", before.url);
                let floor = SignedDuration::try_from(self.floor).unwrap_or(OFFLINE_RETRY);
                self.roster.done(FeedState { next_due: later(clock::now(), floor), ..before });
            }
            (Err(error), _) => return Err(error),
        }
        Ok(())
    }

    fn note(&mut self, polled: &Polled, state: FeedState) {
        let url = &polled.url;
        if polled.has_news() {
            self.items.notify_one();
        }
        let failed_before = self.roster.done(state).is_some_and(|before| before.failures > 0);
        let unreachable = match &polled.outcome {
            PollOutcome::Failed(error) if error.is_unreachable() => Some(error.to_string()),
            _ => None,
        };
        let reached = unreachable.is_none();
        let change = self.roster.feed(url).and_then(|feed| self.reach.note(feed, reached, self.roster.urls()));
        match &unreachable {
            None => self.answered(url),
            Some(why) if !failed_before && !self.reach.is_offline() => self.unreached.push((url.clone(), why.clone())),
            Some(_) => {}
        }
        if reached || failed_before {
            log(url, &polled.outcome, failed_before, self.reach.is_offline());
        }
        if let Some(told) = self.round.note(url, &polled.outcome) {
            tracing::info!("{told}; watching");
        }
        let soon = later(clock::now(), OFFLINE_RETRY);
        match change {
            Some(Change::Lost) => {
                self.unreached.clear();
                let why = unreachable.unwrap_or_default();
                tracing::warn!("No feed can be reached ({why}): is the network down? Trying again every few minutes");
                self.roster.hurry_failing(soon, |url| self.reach.misses(url));
            }
            Some(Change::Found) => {
                tracing::info!("Feeds can be reached again");
                self.roster.hurry_failing(clock::now(), |url| self.reach.misses(url));
            }
            None if self.reach.is_offline() => self.roster.hurry(url, soon),
            None => {}
        }
    }

    /// The feed at `url` answered: the network is there, and feeds out of reach are out of reach themselves.
    fn answered(&mut self, url: &FeedUrl) {
        for (feed, why) in self.unreached.drain(..).filter(|(feed, _)| feed != url) {
            tracing::warn!(feed = %feed, "A feed cannot be reached and is tried again later: {why}");
        }
    }

    fn sleep(&self) -> Duration {
        if self.polls.len() >= MOST_POLLS || self.waits.load(Ordering::Relaxed) {
            // The end of a poll wakes it.
            return LONGEST_SLEEP;
        }
        clock::sleep_until(self.roster.next_due())
    }
}

/// The feeds of `roster` that are polled at once when newshound starts at `now`.
fn first_round(roster: &Roster, now: Timestamp) -> Round {
    let feeds = i32::try_from(roster.urls().count()).unwrap_or(i32::MAX);
    let soon = later(now, RESUME_GAP.saturating_mul(feeds));
    Round::of(roster.urls().filter(|url| roster.due(url).is_some_and(|due| due <= soon)).cloned())
}

/// Carries out a poll; what it brought waits until the store can keep it.
async fn carry_out(task: Task, waits: Arc<AtomicBool>) -> Ended {
    let brought = task.bring().await;
    match patiently(&waits, || task.keep(&brought)).await {
        Ok((state, new_items)) => (Ok(task.polled(brought, new_items)), state),
        Err(error) => (Err(error), task.state),
    }
}

/// Does `work` on the store, again and again for as long as there is no room for it; what `waits` is said once.
async fn patiently<T, W>(waits: &AtomicBool, work: impl Fn() -> W) -> Result<T, StoreError>
where
    W: Future<Output = Result<T, StoreError>>,
{
    loop {
        let done = work().await;
        let Err(error @ StoreError::Full(_)) = done else {
            if waits.swap(false, Ordering::Relaxed) {
                tracing::info!("The store can be written again");
            }
            return done;
        };
        if !waits.swap(true, Ordering::Relaxed) {
            tracing::error!("What feeds bring waits, and no more is polled: {error}");
        }
        tokio::time::sleep(STORE_PAUSE).await;
    }
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
        PollOutcome::LeftAlone(until) => tracing::debug!(feed = %feed, %until, "A feed is left alone"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_a_full_store_cannot_keep_is_kept_when_there_is_room() {
        let (waits, tries) = (AtomicBool::new(false), AtomicUsize::new(0));
        let work = || async {
            match tries.fetch_add(1, Ordering::Relaxed) {
                0..3 => Err(StoreError::Full("no room".to_owned())),
                _ => Ok("kept"),
            }
        };
        let (kept, waited) = tokio::join!(patiently(&waits, work), async {
            tokio::time::sleep(STORE_PAUSE / 2).await;
            waits.load(Ordering::Relaxed)
        });
        assert_eq!((kept, waited, waits.load(Ordering::Relaxed)), (Ok("kept"), true, false));
    }

    #[tokio::test(start_paused = true)]
    async fn other_errors_of_the_store_are_passed_on() {
        let error = StoreError::Database("no".to_owned());
        let failed: Result<(), _> = patiently(&AtomicBool::new(false), || async { Err(error.clone()) }).await;
        assert_eq!(failed, Err(error));
    }
}
