use anchor_lang::prelude::*;

use super::now;
use crate::event::{EVENT_VERSION, PausedSet, emit};

/// The authority stops or resumes new threads, messages and proposals. Everything else goes on, so that nobody's
/// property is ever held.
#[event_cpi]
#[derive(Accounts)]
pub struct SetPaused {
    /// The authority and the configuration.
    pub govern: Nested<crate::instructions::govern::Govern>,
}

/// See [`SetPaused`].
pub fn handle(ctx: &mut Context<SetPaused>, paused: bool) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let authority = *accounts.govern.authority.address();
    accounts.govern.config.pause(&authority, paused)?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        PausedSet { version: EVENT_VERSION, authority, paused: paused.into(), set_at: now()?.into() },
    );
    Ok(())
}
