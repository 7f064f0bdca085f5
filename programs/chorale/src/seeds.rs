//! Seeds of the program's addresses. Every list holds what makes the account unique to its parent.
//!
//! The account structs repeat the constant ones as literals: Anchor then derives address and bump when the program is
//! built, and checking one costs a comparison. Whoever builds an instruction derives them from here, so every test that
//! sends one would notice a difference.

/// `[CONFIG]`: one per deployment.
pub const CONFIG: &[u8] = b"config";
/// `[TREASURY]`: one per deployment.
pub const TREASURY: &[u8] = b"treasury";
/// `[ROOTS]`: one per deployment.
pub const ROOTS: &[u8] = b"roots";
/// `[VAULT]`: the token account that holds every token the program owes; its owner is the config's address.
pub const VAULT: &[u8] = b"vault";
/// `[THREAD, thread id]`.
pub const THREAD: &[u8] = b"thread";
/// `[CONTENT, thread's address, content hash]`: a proposal, then the message it becomes.
pub const CONTENT: &[u8] = b"content";
/// Anchor's seed of the address that signs self-CPI events.
pub const EVENT_AUTHORITY: &[u8] = b"__event_authority";
