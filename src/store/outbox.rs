//! The outbox: deliveries, their leases and their receipts.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::alert::Alert;
use crate::clock::{LONGEST_ASKED, later};

use super::values::{from_json, json, micros, time_if};
use super::{Lease, Outcome, Receipt, StoreError};

/// An open delivery to one of the sinks in `?1` (a JSON array), whose turn it is: every earlier revision of its alert
/// to the same sink is settled. A lease that ran out is open again; `due_at` is when it runs out.
const OPEN: &str = "state IN ('ready', 'leased', 'retry') AND sink IN (SELECT value FROM json_each(?1))
     AND NOT EXISTS (SELECT 1 FROM outbox AS earlier
         WHERE earlier.alert = outbox.alert AND earlier.sink = outbox.sink AND earlier.revision < outbox.revision
           AND earlier.state IN ('ready', 'leased', 'retry'))";

/// A delivery that is due at `?2`: one that was never tried is at once, whatever the clock said when it was made. None is
/// put off beyond `?3`: a clock that was wrong has done that.
const DUE: &str = "(state = 'ready' OR due_at <= ?2 OR due_at > ?3)";

/// Lends deliveries that are due at `now`.
pub(super) fn lease(
    connection: &Connection,
    sinks: &[String],
    now: Timestamp,
    until: Timestamp,
    limit: usize,
) -> Result<Vec<Lease>, StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT outbox.id, sink, attempts, json FROM outbox JOIN alerts
             ON alerts.id = outbox.alert AND alerts.revision = outbox.revision
         WHERE {DUE} AND {OPEN} ORDER BY outbox.id LIMIT ?4"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = select.query(params![json(&sinks)?, micros(now), latest(now), limit])?;
    let mut leases = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get("id")?;
        let alert: String = row.get("json")?;
        let alert: Alert = from_json(&alert, &format!("the alert of delivery {id}"))?;
        leases.push(Lease { id, alert, sink: row.get("sink")?, attempts: row.get("attempts")? });
    }
    let mut update = connection.prepare_cached("UPDATE outbox SET state = 'leased', due_at = ?2 WHERE id = ?1")?;
    for lease in &leases {
        update.execute(params![lease.id, micros(until)])?;
    }
    Ok(leases)
}

/// Ends all leases: they are due since they were lent.
pub(super) fn end_leases(connection: &Connection) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET state = 'ready',
         due_at = (SELECT at FROM alerts WHERE id = outbox.alert AND revision = outbox.revision)
         WHERE state = 'leased'";
    connection.execute(sql, [])?;
    Ok(())
}

/// Writes the receipt of an attempt and what it makes of the delivery.
pub(super) fn settle(connection: &Connection, receipt: &Receipt) -> Result<(), StoreError> {
    let (state, note, due_at, counts) = match &receipt.outcome {
        Outcome::Sent { note } => ("sent", note, None, true),
        Outcome::Retry { at, error, counts } => ("retry", error, Some(micros(*at)), *counts),
        Outcome::Dead { error } => ("dead", error, None, true),
    };
    connection
        .prepare_cached(
            "UPDATE outbox SET state = ?2, note = ?3, due_at = coalesce(?4, due_at), attempts = attempts + ?5
             WHERE id = ?1",
        )?
        .execute(params![receipt.delivery, state, note, due_at, counts])?;
    connection
        .prepare_cached(
            "INSERT INTO receipts SELECT id, alert || '.' || revision, ?2, ?3, ?4 FROM outbox WHERE id = ?1",
        )?
        .execute(params![receipt.delivery, micros(receipt.at), state, note])?;
    Ok(())
}

/// When the next delivery is due, as seen at `now`.
pub(super) fn next(connection: &Connection, sinks: &[String], now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let sql = format!("SELECT min(CASE WHEN {DUE} THEN ?2 ELSE due_at END) FROM outbox WHERE {OPEN}");
    let mut select = connection.prepare_cached(&sql)?;
    let due = select.query_row(params![json(&sinks)?, micros(now), latest(now)], |row| row.get(0))?;
    time_if(due, "a delivery's due time")
}

/// The latest that anything can be due.
fn latest(now: Timestamp) -> i64 {
    micros(later(now, LONGEST_ASKED))
}
