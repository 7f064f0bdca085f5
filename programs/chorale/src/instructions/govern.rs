use anchor_lang::prelude::*;

use crate::state::Config;

/// What the deployment's authority, or who is to become it, needs to change the configuration.
#[derive(Accounts)]
pub struct Govern {
    /// Compared with the configuration by the transition.
    pub authority: Signer,
    /// The configuration.
    #[account(mut, seeds = [b"config"], bump)]
    pub config: Account<Config>,
}
