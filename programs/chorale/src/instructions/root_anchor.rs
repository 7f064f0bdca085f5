use anchor_lang::pinocchio::sysvars::{Sysvar as _, clock::Clock};
use anchor_lang::prelude::*;
use wincode::{SchemaRead, SchemaWrite};

use crate::event::{EVENT_VERSION, RootAnchored, emit};
use crate::state::{Config, Roots};

/// The anchor authority posts the state root of a slot.
#[event_cpi]
#[derive(Accounts)]
pub struct AnchorRoot {
    /// The anchor authority.
    pub anchor_authority: Signer,
    /// Names the anchor authority.
    #[account(seeds = [b"config"], bump)]
    pub config: Account<Config>,
    /// The roots that are kept.
    #[account(mut, seeds = [b"roots"], bump)]
    pub roots: Account<Roots>,
}

/// What is anchored.
#[derive(Clone, Copy, Debug, SchemaRead, SchemaWrite)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct AnchorRootArgs {
    /// The slot it is the root of: later than every one before, and not in the future.
    pub slot: u64,
    /// The root.
    pub root: [u8; 32],
}

/// See [`AnchorRoot`].
pub fn handle(ctx: &mut Context<AnchorRoot>, args: &AnchorRootArgs) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let (authority, clock) = (*accounts.anchor_authority.address(), Clock::get()?);
    accounts.config.require_anchor_authority(&authority)?;
    accounts.roots.anchor(args.slot, args.root, clock.slot)?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        RootAnchored {
            version: EVENT_VERSION,
            authority,
            slot: args.slot.into(),
            root: args.root,
            anchored_at: clock.unix_timestamp.into(),
        },
    );
    Ok(())
}
