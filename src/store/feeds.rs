//! Feeds' states, seen keys and items: what the poller commits and reads.

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::feed::{FeedState, FeedUrl, Validators};

use super::values::{corrupt, from_json, json, micros, time, time_if};
use super::{PollCommit, StoreError};

/// The state of every feed ever polled.
pub(super) fn states(connection: &Connection) -> Result<Vec<FeedState>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT url, title, etag, last_modified, body_hash, next_due, asked_until, polled_at, ok_at, item_at, failures,
             error, flaws
         FROM feeds ORDER BY id",
    )?;
    let mut rows = select.query([])?;
    let mut states = Vec::new();
    while let Some(row) = rows.next()? {
        states.push(state(row)?);
    }
    Ok(states)
}

fn state(row: &Row<'_>) -> Result<FeedState, StoreError> {
    let url: String = row.get("url")?;
    let place = format!("feed {url}");
    let body_hash: Option<i64> = row.get("body_hash")?;
    let flaws: String = row.get("flaws")?;
    Ok(FeedState {
        url: FeedUrl::parse(&url).map_err(|error| corrupt(&place, &error))?,
        title: row.get("title")?,
        validators: Validators { etag: row.get("etag")?, last_modified: row.get("last_modified")? },
        body_hash: body_hash.map(i64::cast_unsigned),
        next_due: time(row.get("next_due")?, &place)?,
        asked_until: time_if(row.get("asked_until")?, &place)?,
        polled_at: time_if(row.get("polled_at")?, &place)?,
        ok_at: time_if(row.get("ok_at")?, &place)?,
        item_at: time_if(row.get("item_at")?, &place)?,
        failures: row.get("failures")?,
        error: row.get("error")?,
        flaws: from_json(&flaws, &place)?,
    })
}

/// The seen keys of one feed.
pub(super) fn seen(connection: &Connection, feed: &FeedUrl) -> Result<Vec<u8>, StoreError> {
    let mut select =
        connection.prepare_cached("SELECT keys FROM seen JOIN feeds ON feeds.id = seen.feed WHERE feeds.url = ?1")?;
    let keys = select.query_row([feed.as_str()], |row| row.get(0)).optional()?;
    Ok(keys.unwrap_or_default())
}

/// Keeps what a poll brought. Items that are there already stay as they are.
pub(super) fn commit_poll(connection: &Connection, poll: &PollCommit) -> Result<(), StoreError> {
    let feed = upsert(connection, &poll.state)?;
    if let Some(seen) = &poll.seen {
        connection.prepare_cached("INSERT OR REPLACE INTO seen VALUES (?1, ?2)")?.execute(params![feed, seen])?;
    }
    let baseline = poll.baseline.map(|backlog| json(&backlog)).transpose()?;
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO items (id, feed, baseline, json) VALUES (?1, ?2, ?3, ?4)")?;
    for item in &poll.items {
        insert.execute(params![item.id.as_str(), feed, baseline, json(item)?])?;
    }
    Ok(())
}

fn upsert(connection: &Connection, state: &FeedState) -> Result<i64, StoreError> {
    let mut upsert = connection.prepare_cached(
        "INSERT INTO feeds (url, title, etag, last_modified, body_hash, next_due, asked_until, polled_at, ok_at,
             item_at, failures, error, flaws)
         VALUES (:url, :title, :etag, :last_modified, :body_hash, :next_due, :asked_until, :polled_at, :ok_at,
             :item_at, :failures, :error, :flaws)
         ON CONFLICT (url) DO UPDATE SET title = :title, etag = :etag, last_modified = :last_modified,
             body_hash = :body_hash, next_due = :next_due, asked_until = :asked_until, polled_at = :polled_at, ok_at = :ok_at,
             item_at = :item_at, failures = :failures, error = :error, flaws = :flaws
         RETURNING id",
    )?;
    let id = upsert.query_row(
        named_params! {
            ":url": state.url.as_str(),
            ":title": state.title,
            ":etag": state.validators.etag,
            ":last_modified": state.validators.last_modified,
            ":body_hash": state.body_hash.map(u64::cast_signed),
            ":next_due": micros(state.next_due),
            ":asked_until": state.asked_until.map(micros),
            ":polled_at": state.polled_at.map(micros),
            ":ok_at": state.ok_at.map(micros),
            ":item_at": state.item_at.map(micros),
            ":failures": state.failures,
            ":error": state.error,
            ":flaws": json(&state.flaws)?,
        },
        |row| row.get(0),
    )?;
    Ok(id)
}
