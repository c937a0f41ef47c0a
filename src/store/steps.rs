//! What the engine reads and commits: items behind its cursor, and everything a step decided.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::alert::Decision;
use crate::engine::{Arrival, Delivery, Effects, EngineState, Verdict};
use crate::item::ItemId;
use crate::matcher::Hit;
use crate::story::Story;

use super::StoreError;
use super::values::{from_json, json, micros, unsigned};

/// Items behind the cursor, oldest first.
pub(super) fn unread(connection: &Connection, limit: usize) -> Result<Vec<Arrival>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT items.seq, items.baseline, items.json, feeds.title FROM items JOIN feeds ON feeds.id = items.feed
         WHERE items.seq > (SELECT seq FROM cursor) ORDER BY items.seq LIMIT ?1",
    )?;
    let mut rows = select.query([i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut arrivals = Vec::new();
    while let Some(row) = rows.next()? {
        arrivals.push(arrival(row)?);
    }
    Ok(arrivals)
}

/// An arrival from the columns `seq`, `baseline`, `json` (of items) and `title` (of feeds).
fn arrival(row: &Row<'_>) -> Result<Arrival, StoreError> {
    let seq: i64 = row.get("seq")?;
    let place = format!("item {seq}");
    let baseline: Option<String> = row.get("baseline")?;
    let item: String = row.get("json")?;
    Ok(Arrival {
        seq: unsigned(seq),
        item: Arc::new(from_json(&item, &place)?),
        baseline: baseline.map(|backlog| from_json(&backlog, &place)).transpose()?,
        feed_title: row.get("title")?,
    })
}

/// Stories updated since `since`, and what is held.
pub(super) fn engine_state(connection: &Connection, since: Timestamp) -> Result<EngineState, StoreError> {
    let mut select = connection.prepare_cached("SELECT id, json FROM stories WHERE updated >= ?1 ORDER BY updated")?;
    let mut rows = select.query([micros(since)])?;
    let mut stories = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, story): (String, String) = (row.get("id")?, row.get("json")?);
        stories.push(from_json::<Story>(&story, &format!("story {id}"))?);
    }
    Ok(EngineState { stories, held: held(connection)? })
}

fn held(connection: &Connection) -> Result<Vec<(Arrival, Vec<Hit>)>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT items.seq, items.baseline, items.json, feeds.title, verdicts.hit
         FROM verdicts JOIN items ON items.seq = verdicts.seq JOIN feeds ON feeds.id = items.feed
         WHERE verdicts.held = 1 ORDER BY verdicts.seq",
    )?;
    let mut rows = select.query([])?;
    let mut held: Vec<(Arrival, Vec<Hit>)> = Vec::new();
    while let Some(row) = rows.next()? {
        let arrival = arrival(row)?;
        let hit: String = row.get("hit")?;
        let hit = from_json(&hit, &format!("a hit of item {}", arrival.seq))?;
        match held.last_mut() {
            Some((last, hits)) if last.seq == arrival.seq => hits.push(hit),
            _ => held.push((arrival, vec![hit])),
        }
    }
    Ok(held)
}

/// Keeps everything that a step decided.
pub(super) fn commit(connection: &Connection, effects: &Effects) -> Result<(), StoreError> {
    advance(connection, effects.cursor)?;
    for verdict in &effects.verdicts {
        insert_verdict(connection, verdict)?;
    }
    for story in &effects.stories {
        let mut replace = connection.prepare_cached("INSERT OR REPLACE INTO stories VALUES (?1, ?2, ?3)")?;
        replace.execute(params![story.id.as_str(), micros(story.updated), json(story)?])?;
    }
    for alert in &effects.alerts {
        let mut insert = connection.prepare_cached("INSERT INTO alerts VALUES (?1, ?2, ?3, ?4, ?5)")?;
        let reason = alert.reason.to_string();
        insert.execute(params![alert.id.as_str(), alert.revision, micros(alert.at), reason, json(alert)?])?;
    }
    for delivery in &effects.deliveries {
        insert_delivery(connection, delivery)?;
    }
    effects.releases.iter().try_for_each(|item| end_hold(connection, item))
}

/// Moves the cursor, forward only: the same items are never decided about twice.
fn advance(connection: &Connection, to: Option<u64>) -> Result<(), StoreError> {
    let Some(to) = to else { return Ok(()) };
    let to = i64::try_from(to).unwrap_or(i64::MAX);
    let moved = connection.prepare_cached("UPDATE cursor SET seq = ?1 WHERE seq < ?1")?.execute([to])?;
    if moved == 1 {
        return Ok(());
    }
    let cursor: i64 = connection.query_row("SELECT seq FROM cursor", [], |row| row.get(0))?;
    Err(StoreError::AlreadyDecided { cursor: unsigned(cursor) })
}

fn insert_verdict(connection: &Connection, verdict: &Verdict) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached("INSERT INTO verdicts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    insert.execute(params![
        i64::try_from(verdict.seq).unwrap_or(i64::MAX),
        verdict.hit.watch.as_str(),
        verdict.hit.item.as_str(),
        verdict.story.as_str(),
        json(&verdict.decision)?,
        matches!(verdict.decision, Decision::Hold(_)),
        micros(verdict.at),
        json(&verdict.hit)?,
    ])?;
    Ok(())
}

fn insert_delivery(connection: &Connection, delivery: &Delivery) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO outbox (alert, revision, sink, state, due_at)
         VALUES (?1, ?2, ?3, 'ready', (SELECT at FROM alerts WHERE id = ?1 AND revision = ?2))",
    )?;
    insert.execute(params![delivery.alert.as_str(), delivery.revision, delivery.sink])?;
    Ok(())
}

fn end_hold(connection: &Connection, item: &ItemId) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE verdicts SET held = 0 WHERE item = ?1 AND held = 1")?.execute([item.as_str()])?;
    Ok(())
}
