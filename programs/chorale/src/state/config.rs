use anchor_lang::prelude::*;
use wincode::{SchemaRead, SchemaWrite};

use crate::error::ChoraleError;
use crate::state::LAYOUT_VERSION;

/// One deployment's settings. Address: [`crate::seeds::CONFIG`].
#[account]
pub struct Config {
    /// See [`LAYOUT_VERSION`].
    pub version: u8,
    /// May change the settings.
    pub authority: Address,
    /// Invited to take the authority over; all zero when nobody is.
    pub pending_authority: Address,
    /// May post state roots.
    pub anchor_authority: Address,
    /// The deployment's token.
    pub mint: Address,
    /// The program that owns the mint.
    pub token_program: Address,
    /// The least stake of a proposal, in base units.
    pub min_stake: PodU64,
    /// Seconds a proposal stays open.
    pub proposal_ttl: PodI64,
    /// Seconds from joining before a co-author may leave.
    pub divest_cooldown: PodI64,
    /// What a thread keeps when a co-author leaves, in base units.
    pub min_thread_balance: PodU64,
    /// 1 while new threads, messages and proposals are stopped.
    pub paused: u8,
    /// Decimal places of the token.
    pub decimals: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Bump of the vault's address.
    pub vault_bump: u8,
    /// Room for later settings.
    pub reserved: [u8; 123],
}

/// What the authority chooses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, SchemaRead, SchemaWrite)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Settings {
    /// The least stake of a proposal, in base units.
    pub min_stake: u64,
    /// Seconds a proposal stays open: 1 to [`Settings::LONGEST`].
    pub proposal_ttl: i64,
    /// Seconds from joining before a co-author may leave: 0 to [`Settings::LONGEST`].
    pub divest_cooldown: i64,
    /// What a thread keeps when a co-author leaves, in base units.
    pub min_thread_balance: u64,
}

impl Settings {
    /// Seven days, the design's default life of a proposal.
    pub const DEFAULT_PROPOSAL_TTL: i64 = 7 * 24 * 60 * 60;

    /// The longest time that can be set: 365 days. More could only lock someone in.
    pub const LONGEST: i64 = 365 * 24 * 60 * 60;

    fn check(&self) -> Result<()> {
        let sound = (1..=Self::LONGEST).contains(&self.proposal_ttl)
            && (0..=Self::LONGEST).contains(&self.divest_cooldown);
        require!(sound, ChoraleError::InvalidConfig);
        Ok(())
    }
}

impl Config {
    /// Fills a fresh account.
    pub(crate) fn begin(&mut self, authority: Address, mint: Address, token_program: Address, decimals: u8) {
        self.authority = authority;
        self.anchor_authority = authority;
        self.mint = mint;
        self.token_program = token_program;
        self.decimals = decimals;
        self.version = LAYOUT_VERSION;
    }

    pub(crate) fn set(&mut self, settings: &Settings) -> Result<()> {
        settings.check()?;
        self.min_stake = settings.min_stake.into();
        self.proposal_ttl = settings.proposal_ttl.into();
        self.divest_cooldown = settings.divest_cooldown.into();
        self.min_thread_balance = settings.min_thread_balance.into();
        Ok(())
    }

    pub(crate) fn require_running(&self) -> Result<()> {
        require!(self.paused == 0, ChoraleError::Paused);
        Ok(())
    }
}
