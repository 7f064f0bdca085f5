-- The canonical store. One text for SQLite and PostgreSQL: BIGINT, TEXT and nothing else; hashes are lower-case hex.
-- Times whose name ends in _at are the store's own clock, Unix seconds; block_time is the chain's.

-- Everything that happened, in order. Rows are never changed, but for their commitment.
CREATE TABLE event_store (
    sequence          BIGINT NOT NULL PRIMARY KEY, -- 1, 2, 3 without a gap
    signature         TEXT   NOT NULL,
    instruction       BIGINT NOT NULL,
    inner_instruction BIGINT NOT NULL,
    slot              BIGINT NOT NULL,
    block_time        BIGINT,
    commitment        TEXT   NOT NULL,
    event_type        TEXT   NOT NULL,
    schema_version    BIGINT NOT NULL,
    event_data        TEXT   NOT NULL,             -- RFC 8785 JSON
    thread            TEXT,
    causation_id      TEXT,                        -- the event before it in its transaction
    correlation_id    TEXT   NOT NULL,             -- the transaction
    handshake         TEXT   NOT NULL,
    previous_hash     TEXT   NOT NULL,
    hash              TEXT   NOT NULL,             -- see store/src/chain.rs
    recorded_at       BIGINT NOT NULL
);

-- What makes an event the same however often it is read. An index, so that a later migration can widen it.
CREATE UNIQUE INDEX event_identity ON event_store (signature, instruction, inner_instruction);

-- Each entity as it is now.
CREATE TABLE canonical_state (
    entity_id      TEXT   NOT NULL PRIMARY KEY,
    entity_type    TEXT   NOT NULL,
    thread         TEXT,
    ordinal        BIGINT NOT NULL, -- its place among its kind in its thread: member number, message sequence, ...
    status         TEXT,            -- of proposals
    state_version  BIGINT NOT NULL,
    state_data     TEXT   NOT NULL, -- RFC 8785 JSON
    checksum       TEXT   NOT NULL, -- SHA-256 of state_data
    handshake      TEXT   NOT NULL,
    updated_by     TEXT   NOT NULL,
    event_sequence BIGINT NOT NULL REFERENCES event_store (sequence),
    slot           BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);

CREATE INDEX state_by_thread ON canonical_state (thread, entity_type, ordinal);
CREATE INDEX proposals_by_status ON canonical_state (thread, status, ordinal) WHERE status IS NOT NULL;

-- Each entity as it ever was.
CREATE TABLE state_history (
    entity_id      TEXT   NOT NULL,
    state_version  BIGINT NOT NULL,
    state_data     TEXT   NOT NULL,
    checksum       TEXT   NOT NULL,
    change_type    TEXT   NOT NULL, -- create, update
    change_reason  TEXT   NOT NULL, -- the event's type
    changed_by     TEXT   NOT NULL,
    event_sequence BIGINT NOT NULL REFERENCES event_store (sequence),
    slot           BIGINT NOT NULL,
    changed_at     BIGINT NOT NULL,
    PRIMARY KEY (entity_id, state_version)
);

CREATE INDEX history_by_event ON state_history (event_sequence);

-- How far followers are. The indexer's is a slot with its signature, the others' a sequence of event_store.
CREATE TABLE positions (
    name       TEXT   NOT NULL PRIMARY KEY,
    value      BIGINT NOT NULL,
    signature  TEXT,
    updated_at BIGINT NOT NULL
);

-- Transactions of the program with something in them that could not be decoded.
CREATE TABLE dead_letters (
    signature   TEXT   NOT NULL PRIMARY KEY,
    slot        BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    recorded_at BIGINT NOT NULL
);
