//! One instruction a file: its accounts, then the handler, which loads, calls the transition in [`crate::state`],
//! moves tokens and emits the event.
//!
//! Threads, proposals and messages exist only where `create_thread`, `propose` and `publish` put them, so their owner
//! and discriminator say enough: no later instruction derives their addresses again.

pub mod config_accept_authority;
pub mod config_initialize;
pub mod config_propose_authority;
pub mod config_set_paused;
pub mod config_update;
pub mod member_claim;
pub mod member_divest;
pub mod message_publish;
pub mod proposal_cancel;
pub mod proposal_expire;
pub mod proposal_propose;
pub mod proposal_settle;
pub mod proposal_vote;
pub mod root_anchor;
pub mod thread_archive;
pub mod thread_create;
pub mod treasury_withdraw;

pub mod govern;
pub mod open_proposal;
pub mod pay_out;

use anchor_lang::pinocchio::sysvars::{Sysvar as _, clock::Clock};
use anchor_lang::prelude::*;

/// The chain's clock, in Unix seconds.
fn now() -> Result<i64> {
    Ok(Clock::get()?.unix_timestamp)
}
