//! What is the whole deployment's: its settings, who governs it, its reserve, its roots.

use super::{Draft, Drafted, agree, expect, minus, plus};
use crate::event::Event;
use crate::id::{Amount, Hash32, Wallet};
use crate::state::{AnchoredRoot, Config, Entity, EntityKey, MAX_ROOTS, Roots, Treasury};

impl Draft {
    pub(super) fn initialize(&mut self, event: &Event) -> Drafted {
        let Event::ConfigInitialized {
            authority,
            anchor_authority,
            mint,
            token_program,
            decimals,
            min_stake,
            proposal_ttl,
            divest_cooldown,
            min_thread_balance,
        } = *event
        else {
            return Ok(());
        };
        let config = Config {
            authority,
            pending_authority: None,
            anchor_authority,
            mint,
            token_program,
            decimals,
            min_stake,
            proposal_ttl,
            divest_cooldown,
            min_thread_balance,
            paused: false,
        };
        self.create(EntityKey::Config, Entity::Config(config))?;
        self.create(EntityKey::Treasury, Entity::Treasury(Treasury::default()))?;
        self.create(EntityKey::Roots, Entity::Roots(Roots::default()))
    }

    pub(super) fn update_config(&mut self, event: &Event) -> Drafted {
        let Event::ConfigUpdated {
            authority,
            anchor_authority,
            min_stake,
            proposal_ttl,
            divest_cooldown,
            min_thread_balance,
            ..
        } = *event
        else {
            return Ok(());
        };
        let config = self.governed(authority)?;
        config.anchor_authority = anchor_authority;
        config.min_stake = min_stake;
        config.proposal_ttl = proposal_ttl;
        config.divest_cooldown = divest_cooldown;
        config.min_thread_balance = min_thread_balance;
        Ok(())
    }

    pub(super) fn invite(&mut self, authority: Wallet, pending: Option<Wallet>) -> Drafted {
        self.governed(authority)?.pending_authority = pending;
        Ok(())
    }

    pub(super) fn hand_over(&mut self, previous: Wallet, authority: Wallet) -> Drafted {
        let config = self.governed(previous)?;
        agree(EntityKey::Config, "pending_authority", config.pending_authority == Some(authority))?;
        config.authority = authority;
        config.pending_authority = None;
        Ok(())
    }

    pub(super) fn set_paused(&mut self, authority: Wallet, paused: bool) -> Drafted {
        self.governed(authority)?.paused = paused;
        Ok(())
    }

    /// The configuration, which must be that authority's.
    fn governed(&mut self, authority: Wallet) -> Result<&mut Config, super::TransitionError> {
        let config = self.config(EntityKey::Config)?;
        agree(EntityKey::Config, "authority", config.authority == authority)?;
        Ok(config)
    }

    /// The configuration as far as it is at hand: a follower of one thread does not hold it, and cannot check what
    /// depends on it.
    pub(super) fn known_config(&self) -> Option<&Config> {
        match self.entities.get(&EntityKey::Config) {
            Some(Entity::Config(config)) => Some(config),
            _ => None,
        }
    }

    /// New threads, messages and proposals come only while the deployment is not paused.
    pub(super) fn require_running(&self) -> Drafted {
        agree(EntityKey::Config, "paused", self.known_config().is_none_or(|config| !config.paused))
    }

    pub(super) fn anchor_root(&mut self, event: &Event) -> Drafted {
        let Event::RootAnchored { authority, slot, root, anchored_at } = *event else {
            return Ok(());
        };
        let config = self.config(EntityKey::Config)?;
        agree(EntityKey::Config, "anchor_authority", config.anchor_authority == authority)?;
        let key = EntityKey::Roots;
        let roots = &mut self.roots(key)?.roots;
        agree(key, "slot", roots.last().is_none_or(|last| last.slot < slot))?;
        agree(key, "root", root != Hash32([0; 32]))?;
        roots.push(AnchoredRoot { slot, root, anchored_at });
        roots.drain(..roots.len().saturating_sub(MAX_ROOTS));
        Ok(())
    }

    pub(super) fn fill_treasury(&mut self, amount: Amount, expected: Amount) -> Drafted {
        let key = EntityKey::Treasury;
        let treasury = self.treasury(key)?;
        treasury.balance = plus(key, "balance", treasury.balance, amount)?;
        expect(key, "balance", expected.0, treasury.balance.0)
    }

    pub(super) fn withdraw(&mut self, authority: Wallet, amount: Amount, expected: Amount) -> Drafted {
        self.governed(authority)?;
        let key = EntityKey::Treasury;
        let treasury = self.treasury(key)?;
        agree(key, "balance", amount.0 > 0)?;
        treasury.balance = minus(key, "balance", treasury.balance, amount)?;
        expect(key, "balance", expected.0, treasury.balance.0)
    }
}
