use anchor_lang::prelude::*;

use super::now;
use crate::event::{ConfigUpdated, EVENT_VERSION, emit};
use crate::state::ConfigUpdate;

/// The authority changes the settings and names who may post state roots. Open proposals keep their expiry.
#[event_cpi]
#[derive(Accounts)]
pub struct UpdateConfig {
    /// The authority and the configuration.
    pub govern: Nested<crate::instructions::govern::Govern>,
}

/// See [`UpdateConfig`].
pub fn handle(ctx: &mut Context<UpdateConfig>, update: &ConfigUpdate) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let (authority, settings) = (*accounts.govern.authority.address(), &update.settings);
    accounts.govern.config.update(&authority, update)?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        ConfigUpdated {
            version: EVENT_VERSION,
            authority,
            anchor_authority: update.anchor_authority,
            min_stake: settings.min_stake.into(),
            proposal_ttl: settings.proposal_ttl.into(),
            divest_cooldown: settings.divest_cooldown.into(),
            min_thread_balance: settings.min_thread_balance.into(),
            updated_at: now()?.into(),
        },
    );
    Ok(())
}
