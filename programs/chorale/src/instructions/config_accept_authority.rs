use anchor_lang::prelude::*;

use super::now;
use crate::event::{AuthorityAccepted, EVENT_VERSION, emit};

/// The invited wallet takes the authority over.
#[event_cpi]
#[derive(Accounts)]
pub struct AcceptAuthority {
    /// The invited wallet and the configuration.
    pub govern: Nested<crate::instructions::govern::Govern>,
}

/// See [`AcceptAuthority`].
pub fn handle(ctx: &mut Context<AcceptAuthority>) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let authority = *accounts.govern.authority.address();
    let previous = accounts.govern.config.accept(&authority)?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        AuthorityAccepted { version: EVENT_VERSION, previous, authority, accepted_at: now()?.into() },
    );
    Ok(())
}
