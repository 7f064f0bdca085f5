-- Whose a member's seat or a proposal is, so that a wallet's own can be found without reading every thread's.
-- The default marks rows from before this migration; whoever writes next replaces it (store/src/owned.rs).
ALTER TABLE canonical_state ADD COLUMN wallet TEXT COLLATE "binary" DEFAULT '';

CREATE INDEX state_by_wallet ON canonical_state (wallet, entity_id) WHERE wallet IS NOT NULL;
