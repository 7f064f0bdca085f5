-- Events that a fork drops, states as of any slot, backfill that can be resumed, incidents.
-- One text for SQLite and PostgreSQL. Ids compare as bytes: "binary" is SQLite's own collation, and on PostgreSQL
-- one that the store makes from "C" before it migrates. Neither engine can change a column's collation together
-- with SQLite, so the tables are written anew.

CREATE TABLE event_store_new (
    sequence          BIGINT NOT NULL PRIMARY KEY, -- 1, 2, 3 without a gap
    signature         TEXT COLLATE "binary" NOT NULL,
    instruction       BIGINT NOT NULL,
    inner_instruction BIGINT NOT NULL,
    slot              BIGINT NOT NULL,
    block_time        BIGINT,
    commitment        TEXT COLLATE "binary" NOT NULL, -- confirmed, finalized, retracted
    event_type        TEXT COLLATE "binary" NOT NULL,
    schema_version    BIGINT NOT NULL,
    event_data        TEXT COLLATE "binary" NOT NULL, -- RFC 8785 JSON
    thread            TEXT COLLATE "binary",
    causation_id      TEXT COLLATE "binary",          -- the event before it in its transaction
    correlation_id    TEXT COLLATE "binary" NOT NULL, -- the transaction
    handshake         TEXT COLLATE "binary" NOT NULL,
    retracts          BIGINT,                         -- of a retraction: the row it takes back, whose event it repeats
    previous_hash     TEXT COLLATE "binary" NOT NULL,
    hash              TEXT COLLATE "binary" NOT NULL, -- see store/src/chain.rs
    recorded_at       BIGINT NOT NULL
);

CREATE TABLE canonical_state_new (
    entity_id      TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    entity_type    TEXT COLLATE "binary" NOT NULL,
    thread         TEXT COLLATE "binary",
    ordinal        BIGINT NOT NULL, -- its place among its kind in its thread: member number, message sequence, ...
    status         TEXT COLLATE "binary",          -- of proposals
    state_version  BIGINT NOT NULL,
    state_data     TEXT COLLATE "binary" NOT NULL, -- RFC 8785 JSON
    checksum       TEXT COLLATE "binary" NOT NULL, -- SHA-256 of state_data
    handshake      TEXT COLLATE "binary" NOT NULL,
    updated_by     TEXT COLLATE "binary" NOT NULL,
    event_sequence BIGINT NOT NULL,
    slot           BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);

CREATE TABLE state_history_new (
    entity_id      TEXT COLLATE "binary" NOT NULL,
    state_version  BIGINT NOT NULL,
    state_data     TEXT COLLATE "binary",          -- NULL where a retraction left nothing
    checksum       TEXT COLLATE "binary",          -- NULL with state_data
    change_type    TEXT COLLATE "binary" NOT NULL, -- create, update, retract
    change_reason  TEXT COLLATE "binary" NOT NULL, -- the event's type
    changed_by     TEXT COLLATE "binary" NOT NULL,
    live           BIGINT NOT NULL,                -- 0 for what was retracted, and for the retraction: no slot had it
    event_sequence BIGINT NOT NULL,
    slot           BIGINT NOT NULL,
    changed_at     BIGINT NOT NULL,
    PRIMARY KEY (entity_id, state_version)
);

CREATE TABLE positions_new (
    name       TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    value      BIGINT NOT NULL,
    signature  TEXT COLLATE "binary",
    updated_at BIGINT NOT NULL
);

CREATE TABLE dead_letters_new (
    signature   TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    slot        BIGINT NOT NULL,
    reason      TEXT COLLATE "binary" NOT NULL,
    recorded_at BIGINT NOT NULL
);

-- What version 1 held was confirmed and never asked for again; it counts as final from here on. Should a fork have
-- dropped the last of it meanwhile, the chain does not know its cursor, and the indexer says so.
INSERT INTO event_store_new
    SELECT sequence, signature, instruction, inner_instruction, slot, block_time, 'finalized', event_type,
        schema_version, event_data, thread, causation_id, correlation_id, handshake, NULL, previous_hash, hash,
        recorded_at
    FROM event_store;
INSERT INTO canonical_state_new
    SELECT entity_id, entity_type, thread, ordinal, status, state_version, state_data, checksum, handshake,
        updated_by, event_sequence, slot, created_at, updated_at
    FROM canonical_state;
INSERT INTO state_history_new
    SELECT entity_id, state_version, state_data, checksum, change_type, change_reason, changed_by, 1,
        event_sequence, slot, changed_at
    FROM state_history;
INSERT INTO positions_new SELECT name, value, signature, updated_at FROM positions;
INSERT INTO positions_new SELECT 'finalized', value, signature, updated_at FROM positions WHERE name = 'index';
INSERT INTO dead_letters_new SELECT signature, slot, reason, recorded_at FROM dead_letters;

DROP TABLE state_history;
DROP TABLE canonical_state;
DROP TABLE event_store;
DROP TABLE positions;
DROP TABLE dead_letters;

ALTER TABLE event_store_new RENAME TO event_store;
ALTER TABLE canonical_state_new RENAME TO canonical_state;
ALTER TABLE state_history_new RENAME TO state_history;
ALTER TABLE positions_new RENAME TO positions;
ALTER TABLE dead_letters_new RENAME TO dead_letters;

-- What makes an event the same however often it is read. One that a fork dropped may come again elsewhere.
CREATE UNIQUE INDEX event_identity ON event_store (signature, instruction, inner_instruction)
    WHERE commitment <> 'retracted';
CREATE INDEX events_by_thread ON event_store (thread, sequence) WHERE thread IS NOT NULL;
CREATE INDEX events_not_settled ON event_store (sequence) WHERE commitment = 'confirmed';
-- Small, since forks are: what was taken back of a transaction, and by which row.
CREATE INDEX events_retracted ON event_store (signature) WHERE commitment = 'retracted';
CREATE INDEX events_by_retracted ON event_store (retracts) WHERE retracts IS NOT NULL;
CREATE INDEX state_by_thread ON canonical_state (thread, entity_type, ordinal);
CREATE INDEX proposals_by_status ON canonical_state (thread, status, ordinal) WHERE status IS NOT NULL;
CREATE INDEX history_by_event ON state_history (event_sequence);

-- Transactions that are in, but that a fork may still drop, in the chain's order.
CREATE TABLE unfinalized (
    place     BIGINT NOT NULL PRIMARY KEY,
    signature TEXT COLLATE "binary" NOT NULL UNIQUE,
    slot      BIGINT NOT NULL,
    failed    BIGINT NOT NULL -- 1 if it did nothing
);

-- Finalized transactions that are known, but not in yet. Found from the newest to the oldest: places fall.
CREATE TABLE backlog (
    place     BIGINT NOT NULL PRIMARY KEY,
    signature TEXT COLLATE "binary" NOT NULL UNIQUE,
    slot      BIGINT NOT NULL,
    failed    BIGINT NOT NULL
);

-- Threads whose derived state is not what the chain says: their states stay as they are until a rebuild.
CREATE TABLE stopped_threads (
    thread         TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    event_sequence BIGINT NOT NULL, -- events after this one are kept, but not applied
    entity_id      TEXT COLLATE "binary" NOT NULL,
    reason         TEXT COLLATE "binary" NOT NULL,
    derived        TEXT COLLATE "binary", -- canonical JSON, as far as there is a state
    on_chain       TEXT COLLATE "binary",
    recorded_at    BIGINT NOT NULL
);

-- What went wrong, and what was done about it.
CREATE TABLE incidents (
    number      BIGINT NOT NULL PRIMARY KEY,
    kind        TEXT COLLATE "binary" NOT NULL, -- corruption, difference, ...
    subject     TEXT COLLATE "binary" NOT NULL, -- the row or entity
    detail      TEXT COLLATE "binary" NOT NULL,
    repair      TEXT COLLATE "binary",          -- what it was repaired from, NULL if it was not
    recorded_at BIGINT NOT NULL
);
