//! One poll, carried out: ask and read, then commit.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Semaphore;
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

use crate::clock;
use crate::feed::{Feed, FeedState, FeedUrl, Validators};
use crate::http::{Client, HttpError, Reply, status_text};
use crate::store::{Store, StoreError};

use super::parse::{ParseError, Parsed, parse_from};
use super::poll::{Answer, Poll};
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
    /// It was not asked, because its server asked to be left alone until then.
    LeftAlone(Timestamp),
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
    pub fn is_unreachable(&self) -> bool {
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

/// What a poll brought, before it is kept.
#[derive(Debug)]
pub(super) struct Brought {
    /// When it came.
    at: Timestamp,
    /// What came.
    what: What,
}

#[derive(Debug)]
enum What {
    /// Nothing that could be read; and how long the server asks to be left alone.
    Failure(PollError, Option<Duration>),
    /// The document that was read last.
    Same(Answer),
    /// A document.
    Document(Answer, Parsed),
}

impl Task {
    /// Asks, reads and keeps; returns what came of it and the feed's new state.
    pub(super) async fn carry_out(self) -> Result<(Polled, FeedState), StoreError> {
        let brought = self.bring().await;
        let (state, new_items) = self.keep(&brought).await?;
        Ok((self.polled(brought, new_items), state))
    }

    /// Asks and reads. Nothing is changed by it.
    pub(super) async fn bring(&self) -> Brought {
        let what = match self.client.get(&self.feed.url.to_url(), &self.state.validators).await {
            Ok(reply) => self.judge(reply).await,
            Err(error) => What::Failure(error.into(), None),
        };
        Brought { at: clock::now(), what }
    }

    /// Commits what was `brought`; returns the feed's new state and how many items were new. Where it fails, nothing is
    /// kept, and it can be done again.
    pub(super) async fn keep(&self, brought: &Brought) -> Result<(FeedState, usize), StoreError> {
        let poll = Poll { feed: &self.feed, state: &self.state, floor: self.floor, now: brought.at };
        let commit = match &brought.what {
            What::Failure(error, retry_after) => poll.failed(&error.to_string(), *retry_after),
            What::Same(answer) => poll.unchanged(answer),
            What::Document(answer, parsed) => poll.read(answer, parsed, &self.seen().await?),
        };
        let kept = (commit.state.clone(), commit.items.len());
        self.store.commit_poll(commit).await?;
        Ok(kept)
    }

    /// What a poll came to that is kept.
    pub(super) fn polled(&self, brought: Brought, new_items: usize) -> Polled {
        let outcome = match brought.what {
            What::Failure(error, _) => PollOutcome::Failed(error),
            What::Same(_) => PollOutcome::NotModified,
            What::Document(..) => PollOutcome::Read { new_items },
        };
        Polled { url: self.feed.url.clone(), outcome }
    }

    async fn judge(&self, mut reply: Reply) -> What {
        let was_read = self.state.ok_at.is_some();
        let (status, retry_after) = (reply.status, reply.retry_after);
        let mut answer = Answer { validators: std::mem::take(&mut reply.validators), retry_after, body_hash: None };
        match status {
            304 if was_read => What::Same(answer),
            200..300 => {
                answer.body_hash = Some(xxh3_64(&reply.body));
                if was_read && answer.body_hash == self.state.body_hash {
                    return What::Same(answer);
                }
                match read(reply, self.feed.url.to_url()).await {
                    Ok(parsed) => What::Document(answer, parsed),
                    Err(error) => What::Failure(error, retry_after),
                }
            }
            _ => What::Failure(PollError::Status(status), retry_after),
        }
    }

    async fn seen(&self) -> Result<Seen, StoreError> {
        match self.state.ok_at {
            Some(_) => Ok(Seen::decode(&self.store.seen(&self.feed.url).await?)),
            // What was never read has nothing seen.
            None => Ok(Seen::default()),
        }
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
