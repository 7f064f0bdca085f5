use anchor_lang::prelude::*;

use super::now;
use crate::event::{AuthorityProposed, EVENT_VERSION, emit};

/// The authority invites a wallet to take over; the all-zero address takes an invitation back.
#[event_cpi]
#[derive(Accounts)]
pub struct ProposeAuthority {
    /// The authority and the configuration.
    pub govern: Nested<crate::instructions::govern::Govern>,
}

/// See [`ProposeAuthority`].
pub fn handle(ctx: &mut Context<ProposeAuthority>, pending: Address) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let authority = *accounts.govern.authority.address();
    accounts.govern.config.invite(&authority, pending)?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        AuthorityProposed { version: EVENT_VERSION, authority, pending, proposed_at: now()?.into() },
    );
    Ok(())
}
