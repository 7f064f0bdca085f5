//! Chorale's on-chain program: who owns a thread, what was approved, what is staked.
//!
//! [`chorale`] is the table of contents. The rules live in [`state`], one instruction a file in
//! [`instructions`]. Off the chain the crate also gives [`address`]es, instruction [`build`]ers and the
//! decoding of [`event`]s, so that clients, servers and tests share one idea of them.

#![expect(missing_docs, reason = "Anchor's macros generate public items without docs")]

pub mod error;
pub mod event;
pub mod instructions;
pub mod seeds;
pub mod state;

mod content_account;
mod token;

#[cfg(not(target_os = "solana"))]
pub mod address;
#[cfg(not(target_os = "solana"))]
pub mod build;

use anchor_lang::prelude::*;
use instructions::{
    config_initialize, member_claim, message_publish, proposal_propose, proposal_vote, thread_create,
};
use instructions::{proposal_propose::ProposeArgs, thread_create::CreateThreadArgs};
use state::Settings;

declare_id!("5ZTe33YgSMweurDn8NhwSSn49r7FwJ5WxRXohd3f1oVn");

/// The instructions.
#[program]
pub mod chorale {
    use super::*;

    /// Sets the deployment up; once.
    pub fn initialize(ctx: &mut Context<config_initialize::Initialize>, settings: Settings) -> Result<()> {
        config_initialize::handle(ctx, &settings)
    }

    /// Begins a thread with its creator as co-author.
    pub fn create_thread(
        ctx: &mut Context<thread_create::CreateThread>,
        args: CreateThreadArgs,
    ) -> Result<()> {
        thread_create::handle(ctx, &args)
    }

    /// A co-author adds a message.
    pub fn publish(ctx: &mut Context<message_publish::Publish>, hash: [u8; 32]) -> Result<()> {
        message_publish::handle(ctx, &hash)
    }

    /// Someone asks to become a co-author, with a stake.
    pub fn propose(ctx: &mut Context<proposal_propose::Propose>, args: ProposeArgs) -> Result<()> {
        proposal_propose::handle(ctx, &args)
    }

    /// A co-author votes; the deciding vote settles.
    pub fn vote(ctx: &mut Context<proposal_vote::CastVote>, approve: bool) -> Result<()> {
        proposal_vote::handle(ctx, approve)
    }

    /// A co-author takes out what is claimable.
    pub fn claim(ctx: &mut Context<member_claim::Claim>) -> Result<()> {
        member_claim::handle(ctx)
    }
}
