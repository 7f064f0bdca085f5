//! One instruction a file: accounts, then the handler, which checks, calls the transition, moves tokens and
//! emits the event.

pub mod config_initialize;
pub mod member_claim;
pub mod message_publish;
pub mod proposal_propose;
pub mod proposal_vote;
pub mod thread_create;

use anchor_lang::pinocchio::sysvars::{Sysvar as _, clock::Clock};
use anchor_lang::prelude::*;

use crate::error::ChoraleError;

/// The chain's clock, in Unix seconds.
fn now() -> Result<i64> {
    Ok(Clock::get()?.unix_timestamp)
}

/// The all-zero hash marks "nothing" and names no content.
fn require_hash(hash: &[u8; 32]) -> Result<()> {
    require!(*hash != [0; 32], ChoraleError::ZeroHash);
    Ok(())
}
