-- Times are microseconds since 1970, UTC.
CREATE TABLE feeds (
    id            INTEGER PRIMARY KEY,
    url           TEXT NOT NULL UNIQUE,
    title         TEXT,
    etag          BLOB,
    last_modified BLOB,
    body_hash     INTEGER,
    next_due      INTEGER NOT NULL,
    asked_until   INTEGER,
    polled_at     INTEGER,
    ok_at         INTEGER,
    item_at       INTEGER,
    failures      INTEGER NOT NULL,
    error         TEXT,
    flaws         TEXT NOT NULL
) STRICT;

-- Apart from the feeds, so that reading their states does not read these.
CREATE TABLE seen (
    feed INTEGER PRIMARY KEY REFERENCES feeds (id),
    keys BLOB NOT NULL
) STRICT;

CREATE TABLE items (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL UNIQUE,
    feed     INTEGER NOT NULL REFERENCES feeds (id),
    baseline TEXT,
    json     TEXT NOT NULL
) STRICT;

CREATE TABLE stories (
    id      TEXT PRIMARY KEY,
    updated INTEGER NOT NULL,
    json    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX stories_by_age ON stories (updated);

-- Every hit and what was decided about it.
CREATE TABLE verdicts (
    seq      INTEGER NOT NULL,
    watch    TEXT NOT NULL,
    item     TEXT NOT NULL,
    story    TEXT NOT NULL,
    decision TEXT NOT NULL,
    held     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    hit      TEXT NOT NULL,
    PRIMARY KEY (seq, watch)
) STRICT, WITHOUT ROWID;
CREATE INDEX verdicts_held ON verdicts (item) WHERE held = 1;

CREATE TABLE alerts (
    id       TEXT NOT NULL,
    revision INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    json     TEXT NOT NULL,
    PRIMARY KEY (id, revision)
) STRICT, WITHOUT ROWID;
CREATE INDEX alerts_by_time ON alerts (at);

CREATE TABLE outbox (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    alert    TEXT NOT NULL,
    revision INTEGER NOT NULL,
    sink     TEXT NOT NULL,
    state    TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at   INTEGER NOT NULL,
    note     TEXT NOT NULL DEFAULT '',
    UNIQUE (alert, revision, sink)
) STRICT;
CREATE INDEX outbox_open ON outbox (sink, due_at) WHERE state IN ('ready', 'leased', 'retry');
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';

-- One row for each attempt to deliver.
CREATE TABLE receipts (
    delivery INTEGER NOT NULL REFERENCES outbox (id),
    key      TEXT NOT NULL,
    at       INTEGER NOT NULL,
    state    TEXT NOT NULL,
    note     TEXT NOT NULL
) STRICT;
CREATE INDEX receipts_by_delivery ON receipts (delivery);

-- The last item that the engine has decided about.
CREATE TABLE cursor (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    seq  INTEGER NOT NULL
) STRICT;
INSERT INTO cursor VALUES (1, 0);
