//! What newshound remembers: the only code that knows the database. SQLite behind one writer thread that commits
//! in groups; callers see domain values and one transaction per stage step, never SQL.

mod feeds;
mod lock;
mod outbox;
mod report;
mod schema;
mod steps;
#[cfg(test)]
mod tests;
mod values;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use crate::alert::Alert;
use crate::engine::{Arrival, Effects, EngineState};
use crate::feed::{Backlog, FeedState, FeedUrl};
use crate::item::Item;

use lock::Lock;
use writer::Writer;

/// Connections that read at the same time: enough for all stages, few enough to leave file descriptors to the poller.
const MOST_READERS: usize = 4;

/// A handle to the store. Cheap to clone; all clones share one writer. When the last one is dropped, what was handed
/// over is committed and the database is closed.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// None in a store opened for reading. Dropped before the lock, so that the next instance finds a closed database.
    writer: Option<Writer>,
    readers: Mutex<Vec<Connection>>,
    /// Those who read at the same time; never closed.
    turns: Arc<Semaphore>,
    _lock: Option<Lock>,
}

/// Why the store could not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another newshound runs on this store.
    #[error("another newshound (pid {pid}) already runs on {}: stop it, or give this one another [store] path", path.display())]
    Busy {
        /// The database.
        path: PathBuf,
        /// Its process id, as it wrote it; `?` when unknown.
        pid: String,
    },
    /// The place cannot be used.
    #[error("cannot use {} as the store: {reason}; set [store] path to a place that can be written", path.display())]
    Unusable {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A later newshound made it.
    #[error("the store {} was made by a newer newshound (version {found} of its form; this one knows {known}): update newshound", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// The version found.
        found: i64,
        /// The newest version this program knows.
        known: usize,
    },
    /// The disk is full or cannot be written.
    #[error("the store cannot be written ({0}): make room on its disk")]
    Full(String),
    /// Something that was stored cannot be read back.
    #[error(
        "the store is damaged: {place} cannot be read ({reason}); restore a backup, or move the file away to begin anew"
    )]
    Corrupt {
        /// Table and row.
        place: String,
        /// Why.
        reason: String,
    },
    /// These items were decided about before.
    #[error("items up to {cursor} were decided about already")]
    AlreadyDecided {
        /// The stored cursor.
        cursor: u64,
    },
    /// Anything else the database says.
    #[error("the database failed: {0}")]
    Database(String),
}

impl StoreError {
    /// Whether it can pass by itself, so that waiting and trying again is right.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Full(_) | Self::Database(_) | Self::AlreadyDecided { .. })
    }
}

/// What one poll brought, to be committed in one transaction: a poll's items and the feed's new state are
/// remembered together or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct PollCommit {
    /// The feed's new state.
    pub state: FeedState,
    /// The feed's new set of seen keys, as the poller encodes it; None when unchanged.
    pub seen: Option<Vec<u8>>,
    /// New items, oldest first.
    pub items: Vec<Item>,
    /// Set when this was the feed's first poll: what becomes of its items.
    pub baseline: Option<Backlog>,
}

/// One delivery, lent to the notifier until it settles it or the lease runs out.
#[derive(Debug, Clone, PartialEq)]
pub struct Lease {
    /// The outbox row.
    pub id: i64,
    /// What to tell.
    pub alert: Alert,
    /// The sink's name.
    pub sink: String,
    /// How often it was tried before.
    pub attempts: u32,
}

/// What came of one attempt to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It arrived; `note` is what the sink answered, for people.
    Sent {
        /// For people.
        note: String,
    },
    /// It did not; try again.
    Retry {
        /// Not before.
        at: Timestamp,
        /// Why, for people.
        error: String,
        /// Whether it counts as an attempt: waiting for a desktop that is not there does not.
        counts: bool,
    },
    /// It never will.
    Dead {
        /// Why, for people.
        error: String,
    },
}

/// The record of one attempt to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The outbox row.
    pub delivery: i64,
    /// When the attempt ended.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: Outcome,
}

/// One telling of an alert and what became of it, for `newshound alerts`.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The alert at that revision.
    pub alert: Alert,
    /// Each sink with its state (`ready`, `leased`, `sent`, `retry`, `dead`) and the last error or note.
    pub deliveries: Vec<Delivered>,
}

/// The state of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The sink's name.
    pub sink: String,
    /// `ready`, `leased`, `sent`, `retry` or `dead`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// The last error, or the sink's note.
    pub note: String,
}

/// Deliveries that wait for one sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The sink's name.
    pub sink: String,
    /// How many.
    pub count: u64,
    /// Why the last of them that was tried has failed; empty when none was.
    pub note: String,
}

/// Counts for `newshound status`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overview {
    /// Items kept.
    pub items: u64,
    /// Items that the engine has not seen yet.
    pub unread: u64,
    /// Hits recorded, told or not.
    pub hits: u64,
    /// Hits held for the next digest.
    pub held: u64,
    /// Stories begun.
    pub stories: u64,
    /// Alerts (not revisions) made.
    pub alerts: u64,
    /// Deliveries waiting: ready, leased or to be retried.
    pub waiting: u64,
    /// These by sink.
    pub waits: Vec<Waiting>,
    /// Deliveries that failed for good.
    pub dead_count: u64,
    /// The last of these, with sink and error, newest first, at most 20.
    pub dead: Vec<Delivered>,
    /// Size of the database in bytes.
    pub bytes: u64,
}

impl Store {
    /// Opens the store at `path` for the daemon: makes its directory, takes the lock that keeps a second
    /// instance out, migrates, and starts the writer.
    ///
    /// # Errors
    /// Fails when the place cannot be used, another instance has it, or a newer program made it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let unusable = |place: &Path, reason: String| StoreError::Unusable { path: place.to_owned(), reason };
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory).map_err(|error| unusable(directory, error.to_string()))?;
        }
        let lock = Lock::take(path)?;
        make_private(path).map_err(|error| unusable(path, error.to_string()))?;
        let mut connection = Connection::open(path).map_err(|error| unusable(path, error.to_string()))?;
        schema::prepare(&mut connection, path)?;
        let writer = Some(Writer::start(connection));
        Ok(Self { inner: Arc::new(Inner::new(path, writer, Some(lock))) })
    }

    /// Opens an existing store for reading, while a daemon may be running. None when there is none yet.
    ///
    /// # Errors
    /// Fails when it cannot be read or has another form than this program knows.
    pub fn open_read_only(path: &Path) -> Result<Option<Self>, StoreError> {
        if !path.exists() {
            return Ok(None);
        }
        let inner = Inner::new(path, None, None);
        let unusable = |error: StoreError| StoreError::Unusable { path: path.to_owned(), reason: error.to_string() };
        let reader = inner.open_reader().map_err(unusable)?;
        if schema::check(&reader, path)? == 0 {
            return Ok(None);
        }
        inner.give_back(reader);
        Ok(Some(Self { inner: Arc::new(inner) }))
    }

    /// The process id of the newshound that runs on this store, if one does.
    pub fn running(&self) -> Option<String> {
        lock::holder(&self.inner.path)
    }

    /// What is remembered of every feed, without its seen keys.
    pub async fn feed_states(&self) -> Result<Vec<FeedState>, StoreError> {
        self.read(feeds::states).await
    }

    /// The seen keys of one feed, as last committed; empty for a feed never polled.
    pub async fn seen(&self, feed: &FeedUrl) -> Result<Vec<u8>, StoreError> {
        let feed = feed.clone();
        self.read(move |connection| feeds::seen(connection, &feed)).await
    }

    /// Commits one poll. Resolves once it is durable; concurrent polls share a commit.
    pub async fn commit_poll(&self, poll: PollCommit) -> Result<(), StoreError> {
        self.write(move |connection| feeds::commit_poll(connection, &poll)).await
    }

    /// The next items behind the engine's cursor, oldest first, at most `limit`.
    pub async fn unread(&self, limit: usize) -> Result<Vec<Arrival>, StoreError> {
        self.read(move |connection| steps::unread(connection, limit)).await
    }

    /// What the engine goes on from: stories updated since `since`, and what is held.
    pub async fn engine_state(&self, since: Timestamp) -> Result<EngineState, StoreError> {
        self.read(move |connection| steps::engine_state(connection, since)).await
    }

    /// Commits one step of the engine: hits, stories, alerts, outbox and cursor, all or nothing.
    ///
    /// # Errors
    /// Refuses a step whose items were decided about before: decisions are made once.
    pub async fn commit_step(&self, effects: Effects) -> Result<(), StoreError> {
        self.write(move |connection| steps::commit(connection, &effects)).await
    }

    /// Leases deliveries to `sinks` that are due at `now`, in the order they were decided, at most `limit`, until `until`.
    /// A revision waits until every earlier revision of its alert to the same sink is settled.
    pub async fn lease(
        &self,
        sinks: Vec<String>,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Lease>, StoreError> {
        self.write(move |connection| outbox::lease(connection, &sinks, now, until, limit)).await
    }

    /// Ends all leases at once: what a crashed process held is due again.
    pub async fn end_leases(&self) -> Result<(), StoreError> {
        self.write(outbox::end_leases).await
    }

    /// Records what came of an attempt.
    pub async fn settle(&self, receipt: Receipt) -> Result<(), StoreError> {
        self.write(move |connection| outbox::settle(connection, &receipt)).await
    }

    /// When the next delivery to one of `sinks` is due, as seen at `now`, if any waits.
    pub async fn next_delivery(&self, sinks: Vec<String>, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |connection| outbox::next(connection, &sinks, now)).await
    }

    /// The last `limit` tellings, newest first; silent updates only when `updates` is set.
    pub async fn told(&self, limit: usize, updates: bool) -> Result<Vec<Told>, StoreError> {
        self.read(move |connection| report::told(connection, limit, updates)).await
    }

    /// Counts for people.
    pub async fn overview(&self) -> Result<Overview, StoreError> {
        self.read(report::overview).await
    }

    /// Does `work` in the next group commit, alone or with others.
    async fn write<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        match &self.inner.writer {
            Some(writer) => writer.write(work).await,
            None => Err(StoreError::Database("this store was opened for reading".to_owned())),
        }
    }

    /// Does `work` on a reading connection, off the async runtime.
    async fn read<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let turn = Arc::clone(&inner.turns).acquire_owned().await;
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let reader = inner.take_reader()?;
            let result = work(&reader);
            inner.give_back(reader);
            result
        });
        reading.await.unwrap_or_else(|crash| Err(StoreError::Database(format!("a reader crashed: {crash}"))))
    }
}

impl Inner {
    fn new(path: &Path, writer: Option<Writer>, lock: Option<Lock>) -> Self {
        let turns = Arc::new(Semaphore::new(MOST_READERS));
        Self { path: path.to_owned(), writer, readers: Mutex::default(), turns, _lock: lock }
    }

    fn take_reader(&self) -> Result<Connection, StoreError> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| self.open_reader(), Ok)
    }

    fn give_back(&self, reader: Connection) {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
    }

    fn open_reader(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let reader = Connection::open_with_flags(&self.path, flags)?;
        reader.busy_timeout(schema::BUSY_TIMEOUT)?;
        Ok(reader)
    }
}

/// Makes the database if it is not there, for the eyes of its owner only: what a person watches for is theirs.
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
