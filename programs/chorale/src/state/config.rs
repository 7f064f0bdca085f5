//! A deployment's settings, who governs them, and whether it runs.

use anchor_lang::address_eq;
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
    /// 1 while new threads, messages and proposals are stopped. See [`Operation`].
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

/// Everything that can be changed later.
#[derive(Clone, Copy, PartialEq, Eq, Debug, SchemaRead, SchemaWrite)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct ConfigUpdate {
    /// The settings. Open proposals keep the expiry they were made with.
    pub settings: Settings,
    /// May post state roots from now on.
    pub anchor_authority: Address,
}

/// Whether a deployment takes new threads, messages and proposals. Everything else goes on in both states.
pub enum Operation<'a> {
    /// It does.
    Running(Running<'a>),
    /// It does not, until the authority resumes it.
    Paused,
}

/// A deployment that takes new threads, messages and proposals.
pub struct Running<'a>(&'a Config);

impl Settings {
    /// Seven days, the design's default life of a proposal.
    pub const DEFAULT_PROPOSAL_TTL: i64 = 7 * 24 * 60 * 60;

    /// The longest time that can be set: 365 days. More could only lock someone in.
    pub const LONGEST: i64 = 365 * 24 * 60 * 60;

    /// Whether the times are within their range.
    fn are_sound(&self) -> bool {
        (1..=Self::LONGEST).contains(&self.proposal_ttl)
            && (0..=Self::LONGEST).contains(&self.divest_cooldown)
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
        require!(settings.are_sound(), ChoraleError::InvalidConfig);
        self.min_stake = settings.min_stake.into();
        self.proposal_ttl = settings.proposal_ttl.into();
        self.divest_cooldown = settings.divest_cooldown.into();
        self.min_thread_balance = settings.min_thread_balance.into();
        self.invariant()
    }

    /// What the authority chose last.
    fn settings(&self) -> Settings {
        Settings {
            min_stake: self.min_stake.get(),
            proposal_ttl: self.proposal_ttl.get(),
            divest_cooldown: self.divest_cooldown.get(),
            min_thread_balance: self.min_thread_balance.get(),
        }
    }

    /// What must hold of the configuration after every change.
    fn invariant(&self) -> Result<()> {
        let governed = !address_eq(&self.authority, &Address::default());
        require!(governed && self.paused <= 1 && self.settings().are_sound(), ChoraleError::InvariantBroken);
        Ok(())
    }

    /// The authority changes the settings.
    pub(crate) fn update(&mut self, signer: &Address, update: &ConfigUpdate) -> Result<()> {
        self.require_authority(signer)?;
        self.anchor_authority = update.anchor_authority;
        self.set(&update.settings)
    }

    /// The authority invites its successor; the all-zero address takes an invitation back.
    pub(crate) fn invite(&mut self, signer: &Address, pending: Address) -> Result<()> {
        self.require_authority(signer)?;
        self.pending_authority = pending;
        self.invariant()
    }

    /// The invited wallet takes the authority over. Returns who had it.
    pub(crate) fn accept(&mut self, signer: &Address) -> Result<Address> {
        // The all-zero address, "nobody", is no wallet's: it cannot sign.
        require!(address_eq(&self.pending_authority, signer), ChoraleError::NotPendingAuthority);
        let previous = self.authority;
        self.authority = *signer;
        self.pending_authority = Address::default();
        self.invariant()?;
        Ok(previous)
    }

    /// The authority stops or resumes new threads, messages and proposals.
    pub(crate) fn pause(&mut self, signer: &Address, paused: bool) -> Result<()> {
        self.require_authority(signer)?;
        self.paused = u8::from(paused);
        self.invariant()
    }

    pub(crate) fn require_authority(&self, signer: &Address) -> Result<()> {
        require!(address_eq(&self.authority, signer), ChoraleError::NotAuthority);
        Ok(())
    }

    pub(crate) fn require_anchor_authority(&self, signer: &Address) -> Result<()> {
        require!(address_eq(&self.anchor_authority, signer), ChoraleError::NotAnchorAuthority);
        Ok(())
    }

    /// Whether someone who joined then may leave now.
    pub(crate) fn require_cooled_down(&self, joined_at: i64, now: i64) -> Result<()> {
        let free_at = joined_at.saturating_add(self.divest_cooldown.get());
        require!(now >= free_at, ChoraleError::CooldownRunning);
        Ok(())
    }

    /// The state it is in.
    pub(crate) fn operation(&self) -> Operation<'_> {
        match self.paused {
            0 => Operation::Running(Running(self)),
            _ => Operation::Paused,
        }
    }

    /// The deployment if it takes new threads, messages and proposals.
    pub(crate) fn running(&self) -> Result<Running<'_>> {
        match self.operation() {
            Operation::Running(running) => Ok(running),
            Operation::Paused => Err(ChoraleError::Paused.into()),
        }
    }
}

impl Running<'_> {
    pub(crate) fn require_stake(&self, stake: u64) -> Result<()> {
        require!(stake >= self.0.min_stake.get(), ChoraleError::StakeTooLow);
        Ok(())
    }

    /// When a proposal made now expires, in Unix seconds.
    pub(crate) fn expiry(&self, now: i64) -> Result<i64> {
        Ok(now.checked_add(self.0.proposal_ttl.get()).ok_or(ChoraleError::Overflow)?)
    }
}
