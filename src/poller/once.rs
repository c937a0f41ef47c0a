//! One pass over all feeds, due or not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::clock;
use crate::config::Config;
use crate::feed::{Feed, FeedUrl};
use crate::http::Client;
use crate::store::{Store, StoreError};

use super::MOST_POLLS;
use super::fetch::{PollError, PollOutcome, Polled, Task};
use super::roster::Roster;
use super::schedule;

/// Polls each feed of `config` once, within its deadline; `items` hears of every commit that brought some, and
/// `progress` of each feed as it is done. A feed that does not answer in time, or whose server asked to be left alone,
/// is reported too.
///
/// # Errors
/// Fails when the store does.
///
/// # Panics
/// Only where a poll does.
pub async fn once(
    store: &Store,
    client: &Client,
    config: &Arc<Config>,
    items: &Notify,
    mut progress: impl FnMut(&Polled) + Send,
) -> Result<Vec<Polled>, StoreError> {
    let deadline = Instant::now() + config.once_deadline;
    let now = clock::now();
    let mut states = store.feed_states().await?;
    for state in &mut states {
        schedule::believe(state, now);
        state.next_due = state.asked_until.map_or(now, |until| until.max(now));
    }
    let mut roster = Roster::start(&config.feeds, states, now);
    let resting = |feed: &Feed| Some((feed.url.clone(), roster.due(&feed.url).filter(|due| *due > now)?));
    let resting: BTreeMap<FeedUrl, Timestamp> = config.feeds.iter().filter_map(resting).collect();
    let mut open: BTreeSet<FeedUrl> = config.feeds.iter().map(|feed| feed.url.clone()).collect();
    let mut polled = Vec::with_capacity(open.len());
    for (url, until) in resting {
        open.remove(&url);
        polled.push(Polled { url, outcome: PollOutcome::LeftAlone(until) });
    }
    polled.iter().for_each(&mut progress);
    let mut polls = JoinSet::new();
    while !open.is_empty() {
        while polls.len() < MOST_POLLS {
            let Some((feed, state)) = roster.next(now) else { break };
            let (store, client) = (store.clone(), client.clone());
            let task = Task { store, client, feed, state, floor: config.floor };
            polls.spawn(task.carry_out());
        }
        let Ok(ended) = timeout_at(deadline, polls.join_next()).await else { break };
        let ended = ended.expect("as long as feeds are open, one of them is under way");
        let (one, mut state) = ended.unwrap_or_else(|crash| std::panic::resume_unwind(crash.into_panic()))?;
        open.remove(&one.url);
        if one.has_news() {
            items.notify_one();
        }
        progress(&one);
        polled.push(one);
        // Its turn in this pass is over.
        state.next_due = Timestamp::MAX;
        roster.done(state);
    }
    let late = |url| Polled { url, outcome: PollOutcome::Failed(PollError::Late(config.once_deadline)) };
    for late in open.into_iter().map(late) {
        progress(&late);
        polled.push(late);
    }
    Ok(polled)
}
