//! What people ask: what was told, and how much there is of everything.

use rusqlite::{Connection, Row, params};

use super::values::{from_json, unsigned};
use super::{Delivered, Overview, StoreError, Told, Waiting};

/// Failed deliveries shown at most.
const MOST_DEAD: u32 = 20;

/// The last tellings, newest first.
pub(super) fn told(connection: &Connection, limit: usize, updates: bool) -> Result<Vec<Told>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT id, revision, json FROM alerts WHERE ?2 OR reason <> 'update' ORDER BY at DESC, id, revision DESC LIMIT ?1",
    )?;
    let mut rows = select.query(params![i64::try_from(limit).unwrap_or(i64::MAX), updates])?;
    let mut told = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, revision, alert): (String, u32, String) = (row.get("id")?, row.get("revision")?, row.get("json")?);
        let alert = from_json(&alert, &format!("alert {id}.{revision}"))?;
        told.push(Told { alert, deliveries: deliveries(connection, &id, revision)? });
    }
    Ok(told)
}

fn deliveries(connection: &Connection, alert: &str, revision: u32) -> Result<Vec<Delivered>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT sink, state, attempts, note FROM outbox WHERE alert = ?1 AND revision = ?2 ORDER BY sink",
    )?;
    let rows = select.query_map(params![alert, revision], delivered)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn delivered(row: &Row<'_>) -> rusqlite::Result<Delivered> {
    Ok(Delivered {
        sink: row.get("sink")?,
        state: row.get("state")?,
        attempts: row.get("attempts")?,
        note: row.get("note")?,
    })
}

/// Counts for people.
pub(super) fn overview(connection: &Connection) -> Result<Overview, StoreError> {
    let count =
        |sql: &str| -> Result<u64, StoreError> { Ok(unsigned(connection.query_row(sql, [], |row| row.get(0))?)) };
    Ok(Overview {
        items: count("SELECT count(*) FROM items")?,
        unread: count("SELECT count(*) FROM items WHERE seq > (SELECT seq FROM cursor)")?,
        hits: count("SELECT count(*) FROM verdicts")?,
        held: count("SELECT count(*) FROM verdicts WHERE held = 1")?,
        stories: count("SELECT count(*) FROM stories")?,
        alerts: count("SELECT count(DISTINCT id) FROM alerts")?,
        waiting: count("SELECT count(*) FROM outbox WHERE state IN ('ready', 'leased', 'retry')")?,
        waits: waits(connection)?,
        dead_count: count("SELECT count(*) FROM outbox WHERE state = 'dead'")?,
        dead: dead(connection)?,
        bytes: count("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")?,
    })
}

/// Of several rows in a group SQLite takes `note` from the one with the greatest id, as its documentation of bare columns
/// says.
fn waits(connection: &Connection) -> Result<Vec<Waiting>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT sink, count(*) AS waiting, note, max(CASE WHEN note <> '' THEN id ELSE 0 END) FROM outbox
         WHERE state IN ('ready', 'leased', 'retry') GROUP BY sink ORDER BY sink",
    )?;
    let rows = select.query_map([], |row| {
        Ok(Waiting { sink: row.get("sink")?, count: unsigned(row.get("waiting")?), note: row.get("note")? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn dead(connection: &Connection) -> Result<Vec<Delivered>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT sink, state, attempts, note FROM outbox WHERE state = 'dead' ORDER BY id DESC LIMIT ?1",
    )?;
    let rows = select.query_map([MOST_DEAD], delivered)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
