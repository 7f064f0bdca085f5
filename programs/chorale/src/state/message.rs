use anchor_lang::prelude::*;

use crate::state::LAYOUT_VERSION;

/// The record of one message in a thread's content log. Address: [`crate::seeds::CONTENT`].
#[account]
pub struct Message {
    /// See [`LAYOUT_VERSION`].
    pub version: u8,
    /// The thread's address.
    pub thread: Address,
    /// Who wrote it and paid the rent.
    pub author: Address,
    /// Hash of the content.
    pub hash: [u8; 32],
    /// Position in the content log, from 0.
    pub sequence: PodU64,
    /// When it entered the log, in Unix seconds.
    pub approved_at: PodI64,
    /// Bump of this account's address.
    pub bump: u8,
}

impl Message {
    /// Bytes of the account: discriminator and fields.
    pub const SPACE: usize = Self::DISCRIMINATOR.len() + size_of::<Self>();

    pub(crate) fn new(
        thread: Address,
        author: Address,
        hash: [u8; 32],
        sequence: u64,
        now: i64,
        bump: u8,
    ) -> Self {
        let (sequence, approved_at) = (sequence.into(), now.into());
        Self { thread, author, hash, sequence, approved_at, version: LAYOUT_VERSION, bump }
    }
}
