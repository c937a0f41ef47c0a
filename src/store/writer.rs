//! One thread writes: it takes what is handed over at the same time into one transaction, and answers once that is
//! committed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::StoreError;

/// The most jobs in one transaction.
const MOST_JOBS: usize = 64;

/// The longest that a transaction is kept open for further jobs. It never waits for one.
const LONGEST: Duration = Duration::from_millis(20);

/// Jobs that may wait for the writer before those who bring more have to.
const QUEUE: usize = 256;

/// A piece of work, given the open transaction or why there is none; it returns the answer to give once the
/// transaction is committed, or failed.
type Job = Box<dyn FnOnce(Result<&Connection, &StoreError>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(&Result<(), StoreError>) + Send>;

/// The writing thread. Dropping it commits what was handed over, then closes the database.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on `connection`.
    pub(super) fn start(connection: Connection) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name("store".to_owned()).spawn(move || run(connection, queue));
        Self { jobs: Some(jobs), thread: thread.ok() }
    }

    /// Does `work` in the next transaction and returns its result once that is durable.
    pub(super) async fn write<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |transaction| {
            let result = transaction.map_err(Clone::clone).and_then(|transaction| in_savepoint(transaction, work));
            Box::new(move |committed| {
                // Whoever asked may have been cancelled; the work is done all the same.
                drop(sender.send(committed.clone().and(result)));
            })
        });
        let gone = || StoreError::Database("the store's writer has ended".to_owned());
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job).await.map_err(|_| gone())?;
        receiver.await.map_err(|_| gone())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // Its panics were caught and answered; there is nobody left to tell.
            thread.join().ok();
        }
    }
}

fn run(mut connection: Connection, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.blocking_recv() {
        let mut answers = Vec::new();
        let committed = commit_group(&mut connection, first, &mut queue, &mut answers);
        for answer in answers {
            answer(&committed);
        }
    }
    connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);").ok();
}

/// Runs `first` and what else is waiting in one transaction.
fn commit_group(
    connection: &mut Connection,
    first: Job,
    queue: &mut mpsc::Receiver<Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let began = Instant::now();
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            let error = error.into();
            answers.push(first(Err(&error)));
            return Err(error);
        }
    };
    answers.push(first(Ok(&transaction)));
    // SQLite rolls a transaction back by itself when a disk is full: what came after it would stand alone.
    while answers.len() < MOST_JOBS && began.elapsed() < LONGEST && !transaction.is_autocommit() {
        let Ok(job) = queue.try_recv() else { break };
        answers.push(job(Ok(&transaction)));
    }
    if transaction.is_autocommit() {
        return Err(StoreError::Full("the transaction was rolled back".to_owned()));
    }
    Ok(transaction.commit()?)
}

/// Runs `work` so that, if it fails or panics, it leaves no trace and the rest of the transaction stands.
fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.execute_batch("SAVEPOINT job")?;
    let result = catch_unwind(AssertUnwindSafe(|| work(connection)))
        .unwrap_or_else(|_| Err(StoreError::Database("a write crashed".to_owned())));
    let end = if result.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    match connection.execute_batch(end) {
        Ok(()) => result,
        Err(error) => Err(result.err().unwrap_or_else(|| error.into())),
    }
}
