//! One poll, carried out: ask, read, commit.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

use crate::clock;
use crate::feed::{Feed, FeedState, FeedUrl, Validators};
use crate::http::{Client, HttpError, Reply, status_text};
use crate::store::{PollCommit, Store, StoreError};

use super::parse::{ParseError, Parsed, parse_from};
use super::poll::{Poll, Receipt};
use super::seen::Seen;

/// What one poll came to.
#[derive(Debug)]
pub struct Polled {
    /// Which feed.
    pub url: FeedUrl,
    /// What came of it.
    pub outcome: PollOutcome,
}

impl Polled {
    /// Whether it brought items for the engine.
    pub(super) fn has_news(&self) -> bool {
        matches!(self.outcome, PollOutcome::Read { new_items } if new_items > 0)
    }
}

/// What came of a poll.
#[derive(Debug)]
pub enum PollOutcome {
    /// A document was read.
    Read {
        /// Items that were not seen before.
        new_items: usize,
    },
    /// There was nothing new to read.
    NotModified,
    /// No document could be had or read.
    Failed(PollError),
}

/// Why a poll failed. One clear fragment for people.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// There was no whole answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server answered that there is nothing to be had.
    #[error("the server answered {}", status_text(*.0))]
    Status(u16),
    /// What came is no feed.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// A pass that ends did not wait any longer.
    #[error("no answer before the deadline of {} s (once_deadline under [poll])", .0.as_secs())]
    Late(Duration),
}

impl PollError {
    /// Whether nobody was reached at all, so that the network may be to blame.
    pub(super) fn is_unreachable(&self) -> bool {
        let Self::Http(error) = self else { return false };
        matches!(error, HttpError::Unresolved(_) | HttpError::Connect { .. } | HttpError::Timeout(_))
    }
}

/// Fetches and reads the feed at `url`, whatever is remembered of it.
///
/// # Errors
/// Fails when there is no answer, or it is no feed.
pub async fn fetch(client: &Client, url: &Url) -> Result<Parsed, PollError> {
    let reply = client.get(url, &Validators::default()).await?;
    match reply.status {
        200..300 => read(reply, url.clone()).await,
        status => Err(PollError::Status(status)),
    }
}

/// A poll that is to be carried out.
#[derive(Debug)]
pub(super) struct Task {
    /// Where to commit what comes.
    pub(super) store: Store,
    /// The way to the web.
    pub(super) client: Client,
    /// The feed.
    pub(super) feed: Arc<Feed>,
    /// What is remembered of it.
    pub(super) state: FeedState,
    /// No feed is polled more often than this.
    pub(super) floor: Duration,
}

impl Task {
    /// Asks, reads and commits; returns what came of it and the feed's new state.
    pub(super) async fn carry_out(self) -> Result<(Polled, FeedState), StoreError> {
        let (commit, outcome) = match self.ask().await {
            Ok(reply) => self.judge(reply).await?,
            Err(error) => self.failed(PollError::Http(error), None),
        };
        let state = commit.state.clone();
        self.store.commit_poll(commit).await?;
        Ok((Polled { url: self.feed.url.clone(), outcome }, state))
    }

    async fn ask(&self) -> Result<Reply, HttpError> {
        self.client.get(&self.feed.url.to_url(), &self.state.validators).await
    }

    async fn judge(&self, mut reply: Reply) -> Result<(PollCommit, PollOutcome), StoreError> {
        let mut receipt = Receipt {
            validators: std::mem::take(&mut reply.validators),
            retry_after: reply.retry_after,
            body_hash: None,
        };
        match reply.status {
            304 if self.state.ok_at.is_some() => Ok((self.poll().unchanged(&receipt), PollOutcome::NotModified)),
            200..300 => {
                receipt.body_hash = Some(xxh3_64(&reply.body));
                if self.state.ok_at.is_some() && receipt.body_hash == self.state.body_hash {
                    return Ok((self.poll().unchanged(&receipt), PollOutcome::NotModified));
                }
                match read(reply, self.feed.url.to_url()).await {
                    Ok(parsed) => self.keep(&receipt, parsed).await,
                    Err(error) => Ok(self.failed(error, receipt.retry_after)),
                }
            }
            status => Ok(self.failed(PollError::Status(status), receipt.retry_after)),
        }
    }

    async fn keep(&self, receipt: &Receipt, parsed: Parsed) -> Result<(PollCommit, PollOutcome), StoreError> {
        // What was never read has nothing seen.
        let seen = match self.state.ok_at {
            Some(_) => Seen::decode(&self.store.seen(&self.feed.url).await?),
            None => Seen::default(),
        };
        let commit = self.poll().read(receipt, parsed, &seen);
        let new_items = commit.items.len();
        Ok((commit, PollOutcome::Read { new_items }))
    }

    fn failed(&self, error: PollError, retry_after: Option<Duration>) -> (PollCommit, PollOutcome) {
        (self.poll().failed(&error.to_string(), retry_after), PollOutcome::Failed(error))
    }

    fn poll(&self) -> Poll<'_> {
        Poll { feed: &self.feed, state: &self.state, floor: self.floor, now: clock::now() }
    }
}

/// Turns to read a document: the worst ones take some hundred megabytes each while they are read.
static READERS: Semaphore = Semaphore::const_new(2);

/// Reads a document on a thread where it can take its time.
async fn read(reply: Reply, feed: Url) -> Result<Parsed, PollError> {
    let Reply { body, content_type, url, .. } = reply;
    let turn = READERS.acquire().await.expect("nobody closes it");
    let parsing = tokio::task::spawn_blocking(move || {
        // Held by the thread, which goes on even where nobody waits for it any more.
        let _turn = turn;
        parse_from(&body, content_type.as_deref(), &feed, &url)
    });
    Ok(parsing.await.unwrap_or(Err(ParseError::Crashed))?)
}
