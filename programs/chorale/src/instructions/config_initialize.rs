use anchor_lang::prelude::*;

use crate::event::{ConfigInitialized, EVENT_VERSION, emit};
use crate::state::{Config, Roots, Settings, Treasury};
use crate::{seeds, token, upgrade_authority};

/// Sets a deployment up: configuration, treasury, state roots and vault. The program's upgrade authority does it, once,
/// and becomes the deployment's authority. A program without one can be set up by anyone: set it up before giving the
/// upgrade authority away.
#[event_cpi]
#[derive(Accounts)]
pub struct Initialize {
    /// Pays, and becomes the authority.
    #[account(mut)]
    pub authority: Signer,
    /// The configuration.
    #[account(init, payer = authority, seeds = [b"config"], bump)]
    pub config: Account<Config>,
    /// The treasury.
    #[account(init, payer = authority, seeds = [b"treasury"], bump)]
    pub treasury: Account<Treasury>,
    /// The state roots.
    #[account(init, payer = authority, seeds = [b"roots"], bump)]
    pub roots: Account<Roots>,
    /// CHECK: created here as a token account of the mint that belongs to the configuration's address.
    #[account(mut, seeds = [b"vault"], bump)]
    pub vault: UncheckedAccount,
    /// CHECK: read as a mint of the token program.
    pub mint: UncheckedAccount,
    /// CHECK: compared with the supported token programs.
    pub token_program: UncheckedAccount,
    /// CHECK: compared with the address where the loader keeps the program's upgrade authority.
    pub program_data: UncheckedAccount,
    /// Creates the accounts.
    pub system_program: Program<System>,
}

/// See [`Initialize`].
pub fn handle(ctx: &mut Context<Initialize>, settings: &Settings) -> Result<()> {
    let accounts = &mut ctx.accounts;
    upgrade_authority::require(accounts.program_data.account(), accounts.authority.address())?;
    let decimals = token::mint_decimals(accounts.mint.account(), accounts.token_program.account())?;
    let (mint, token_program) = (*accounts.mint.address(), *accounts.token_program.address());
    let authority = *accounts.authority.address();

    accounts.config.begin(authority, mint, token_program, decimals);
    accounts.config.set(settings)?;
    accounts.config.bump = ctx.bumps.config;
    accounts.config.vault_bump = ctx.bumps.vault;
    accounts.treasury.begin(ctx.bumps.treasury);
    accounts.roots.begin(ctx.bumps.roots);

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
        ConfigInitialized {
            version: EVENT_VERSION,
            authority,
            anchor_authority: authority,
            mint,
            token_program,
            decimals,
            min_stake: settings.min_stake.into(),
            proposal_ttl: settings.proposal_ttl.into(),
            divest_cooldown: settings.divest_cooldown.into(),
            min_thread_balance: settings.min_thread_balance.into(),
        },
    );
    Ok(())
}
