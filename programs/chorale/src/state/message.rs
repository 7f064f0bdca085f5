//! The record of a message.

use anchor_lang::prelude::*;

use crate::state::{LAYOUT_VERSION, Proposal};

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

    /// Fills a fresh account.
    pub(crate) fn begin(
        &mut self,
        (thread, author, hash): (Address, Address, [u8; 32]),
        sequence: u64,
        now: i64,
        bump: u8,
    ) {
        (self.version, self.thread, self.author, self.hash) = (LAYOUT_VERSION, thread, author, hash);
        self.sequence = sequence.into();
        self.approved_at = now.into();
        self.bump = bump;
    }

    /// What an approved proposal becomes.
    pub(crate) fn of(proposal: &Proposal, sequence: u64, now: i64) -> Self {
        Self {
            version: LAYOUT_VERSION,
            thread: proposal.thread,
            author: proposal.author,
            hash: proposal.hash,
            sequence: sequence.into(),
            approved_at: now.into(),
            bump: proposal.bump,
        }
    }
}
