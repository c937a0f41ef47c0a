//! The form of the database and how an older one becomes the present one.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// Each step from one version to the next; the version is how many were taken (`PRAGMA user_version`).
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001.sql")];

/// How long one process waits for another that writes: only migrations and checkpoints can be in the way.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Sets `connection` up for writing and brings the database to the present version, each step in one transaction.
pub(super) fn prepare(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // NORMAL: a kill loses nothing; a power cut rolls a poll's items and its feed's state back together.
    let setup = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;";
    connection.execute_batch(setup).map_err(|error| unusable(path, &error))?;
    let version = check(connection, path)?;
    for (version, step) in (1_i64..).zip(MIGRATIONS).skip(version) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

/// The version of the database, refused when this program does not know it.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<usize, StoreError> {
    let found: i64 =
        connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|error| unusable(path, &error))?;
    match usize::try_from(found) {
        Ok(version) if version <= MIGRATIONS.len() => Ok(version),
        _ => Err(StoreError::Newer { path: path.to_owned(), found, known: MIGRATIONS.len() }),
    }
}

fn unusable(path: &Path, error: &rusqlite::Error) -> StoreError {
    StoreError::Unusable { path: path.to_owned(), reason: error.to_string() }
}
