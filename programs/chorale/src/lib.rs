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
mod mint;
mod token;
mod upgrade_authority;

#[cfg(not(target_os = "solana"))]
pub mod address;
#[cfg(not(target_os = "solana"))]
pub mod build;
#[cfg(all(test, feature = "idl-build"))]
#[path = "../tests/idl/mod.rs"]
mod idl;

use anchor_lang::prelude::*;
use instructions::{
    config_accept_authority, config_initialize, config_propose_authority, config_set_paused, config_update,
    member_claim, member_divest, message_publish, proposal_cancel, proposal_expire, proposal_propose,
    proposal_settle, proposal_vote, root_anchor, thread_archive, thread_create, treasury_withdraw,
};
use instructions::{
    proposal_propose::ProposeArgs, proposal_vote::VoteArgs, root_anchor::AnchorRootArgs,
    thread_create::CreateThreadArgs,
};
use state::{ConfigUpdate, Settings};

declare_id!("5ZTe33YgSMweurDn8NhwSSn49r7FwJ5WxRXohd3f1oVn");

/// The instructions. The cheap and frequent ones come first: the dispatcher compares in this order.
#[program]
pub mod chorale {
    use super::*;

    /// A co-author votes; the deciding vote settles.
    pub fn vote(ctx: &mut Context<proposal_vote::CastVote>, args: VoteArgs) -> Result<()> {
        proposal_vote::handle(ctx, args)
    }

    /// A co-author adds a message.
    pub fn publish(ctx: &mut Context<message_publish::Publish>, hash: [u8; 32]) -> Result<()> {
        message_publish::handle(ctx, &hash)
    }

    /// Someone asks to become a co-author, with a stake.
    pub fn propose(ctx: &mut Context<proposal_propose::Propose>, args: ProposeArgs) -> Result<()> {
        proposal_propose::handle(ctx, &args)
    }

    /// Anyone settles what the votes decide since a co-author left.
    pub fn settle(ctx: &mut Context<proposal_settle::Settle>) -> Result<()> {
        proposal_settle::handle(ctx)
    }

    /// Anyone ends a proposal that nobody decided in time.
    pub fn expire(ctx: &mut Context<proposal_expire::Expire>) -> Result<()> {
        proposal_expire::handle(ctx)
    }

    /// The author takes a proposal back with the full stake.
    pub fn cancel(ctx: &mut Context<proposal_cancel::Cancel>) -> Result<()> {
        proposal_cancel::handle(ctx)
    }

    /// A co-author takes out what is claimable.
    pub fn claim(ctx: &mut Context<member_claim::Claim>) -> Result<()> {
        member_claim::handle(ctx)
    }

    /// A co-author leaves with an equal part of the thread's balance.
    pub fn divest(ctx: &mut Context<member_divest::Divest>, at_least: u64) -> Result<()> {
        member_divest::handle(ctx, at_least)
    }

    /// Begins a thread with its creator as co-author.
    pub fn create_thread(
        ctx: &mut Context<thread_create::CreateThread>,
        args: CreateThreadArgs,
    ) -> Result<()> {
        thread_create::handle(ctx, &args)
    }

    /// The sole co-author ends a thread.
    pub fn archive(ctx: &mut Context<thread_archive::Archive>) -> Result<()> {
        thread_archive::handle(ctx)
    }

    /// The anchor authority posts the state root of a slot.
    pub fn anchor_root(ctx: &mut Context<root_anchor::AnchorRoot>, args: AnchorRootArgs) -> Result<()> {
        root_anchor::handle(ctx, &args)
    }

    /// Sets the deployment up; once.
    pub fn initialize(ctx: &mut Context<config_initialize::Initialize>, settings: Settings) -> Result<()> {
        config_initialize::handle(ctx, &settings)
    }

    /// The authority changes the settings.
    pub fn update_config(ctx: &mut Context<config_update::UpdateConfig>, update: ConfigUpdate) -> Result<()> {
        config_update::handle(ctx, &update)
    }

    /// The authority invites its successor.
    pub fn propose_authority(
        ctx: &mut Context<config_propose_authority::ProposeAuthority>,
        pending: Address,
    ) -> Result<()> {
        config_propose_authority::handle(ctx, pending)
    }

    /// The invited wallet takes the authority over.
    pub fn accept_authority(ctx: &mut Context<config_accept_authority::AcceptAuthority>) -> Result<()> {
        config_accept_authority::handle(ctx)
    }

    /// The authority stops or resumes new threads, messages and proposals.
    pub fn set_paused(ctx: &mut Context<config_set_paused::SetPaused>, paused: bool) -> Result<()> {
        config_set_paused::handle(ctx, paused)
    }

    /// The authority takes tokens out of the treasury.
    pub fn withdraw_treasury(
        ctx: &mut Context<treasury_withdraw::WithdrawTreasury>,
        amount: u64,
    ) -> Result<()> {
        treasury_withdraw::handle(ctx, amount)
    }
}
