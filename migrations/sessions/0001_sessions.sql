-- What the backend alone decides: who is signed in. It is in a database of its own beside the canonical store, which the
-- backend only reads. Losing it signs everyone out, and nothing else. What opens something is kept as a hash only.
CREATE TABLE nonces (
    id         TEXT COLLATE "binary" NOT NULL PRIMARY KEY, -- SHA-256 of the nonce, hex
    wallet     TEXT COLLATE "binary" NOT NULL,
    message    TEXT COLLATE "binary" NOT NULL,             -- SHA-256 of the text to sign, which holds the nonce
    expires_at BIGINT NOT NULL
);
CREATE INDEX nonces_by_end ON nonces (expires_at);

CREATE TABLE sessions (
    id         TEXT COLLATE "binary" NOT NULL PRIMARY KEY, -- SHA-256 of the token, hex
    wallet     TEXT COLLATE "binary" NOT NULL,
    kind       TEXT COLLATE "binary" NOT NULL,             -- person (signed in) or agent (made by one)
    scopes     TEXT COLLATE "binary" NOT NULL,             -- read upload relay, in this order
    label      TEXT COLLATE "binary" NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,                            -- about a minute exact
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_wallet ON sessions (wallet, created_at, id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- Writes that a client may send twice, with what they were answered.
CREATE TABLE idempotency (
    wallet     TEXT COLLATE "binary" NOT NULL,
    name       TEXT COLLATE "binary" NOT NULL,             -- the client's key
    request    TEXT COLLATE "binary" NOT NULL,             -- SHA-256 of route and body
    status     BIGINT NOT NULL,                            -- 0 while the first one runs
    answer     TEXT COLLATE "binary" NOT NULL,             -- JSON, without what the request says already
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (wallet, name)
);
CREATE INDEX idempotency_by_end ON idempotency (expires_at);
