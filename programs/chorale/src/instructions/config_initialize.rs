use anchor_lang::prelude::*;

use crate::event::{ConfigInitialized, EVENT_VERSION, emit};
use crate::state::{Config, Settings, Treasury};
use crate::{seeds, token};

/// Sets a deployment up: configuration, treasury and vault. Whoever signs becomes its authority, once.
#[event_cpi]
#[derive(Accounts)]
pub struct Initialize {
    /// Pays, and becomes the authority.
    #[account(mut)]
    pub authority: Signer,
    /// The configuration.
    #[account(init, payer = authority, seeds = [seeds::CONFIG], bump)]
    pub config: Account<Config>,
    /// The treasury.
    #[account(init, payer = authority, seeds = [seeds::TREASURY], bump)]
    pub treasury: Account<Treasury>,
    /// CHECK: created here as a token account of the mint that belongs to the configuration's address.
    #[account(mut, seeds = [seeds::VAULT], bump)]
    pub vault: UncheckedAccount,
    /// CHECK: read as a mint of the token program.
    pub mint: UncheckedAccount,
    /// CHECK: compared with the supported token program.
    pub token_program: UncheckedAccount,
    /// Creates the accounts.
    pub system_program: Program<System>,
}

/// See [`Initialize`].
pub fn handle(ctx: &mut Context<Initialize>, settings: &Settings) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let decimals = token::mint_decimals(accounts.mint.account(), accounts.token_program.account())?;
    let (mint, token_program) = (*accounts.mint.address(), *accounts.token_program.address());
    let authority = *accounts.authority.address();

    accounts.config.begin(authority, mint, token_program, decimals);
    accounts.config.set(settings)?;
    accounts.config.bump = ctx.bumps.config;
    accounts.config.vault_bump = ctx.bumps.vault;
    accounts.treasury.begin(ctx.bumps.treasury);

    token::create_vault(
        accounts.authority.account(),
        accounts.vault.account(),
        accounts.mint.account(),
        accounts.token_program.account(),
        accounts.config.address(),
        &[seeds::VAULT, &[ctx.bumps.vault]],
    )?;
    emit(
        accounts.event_authority.account(),
        ctx.bumps.event_authority,
        &ConfigInitialized {
            version: EVENT_VERSION,
            authority,
            anchor_authority: authority,
            mint,
            token_program,
            decimals,
            min_stake: settings.min_stake,
            proposal_ttl: settings.proposal_ttl,
            divest_cooldown: settings.divest_cooldown,
            min_thread_balance: settings.min_thread_balance,
        },
    )
}
