//! Settings, governance, roots, the reserve.

use super::{Config, Model};
use crate::life::layout;
use crate::life::names::{self, wallet};
use crate::life::step::{HashNo, Who};
use chorale::state::Settings;
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, Wallet};

impl Model {
    /// The settings of a deployment that is set up.
    pub fn settings(&self) -> Settings {
        self.configured().settings
    }

    pub fn configured(&self) -> &Config {
        self.config.as_ref().expect("the deployment is set up")
    }

    fn config(&mut self) -> &mut Config {
        self.config.as_mut().expect("the deployment is set up")
    }

    pub(super) fn initialize(&mut self, by: Who, settings: Settings, events: &mut Vec<Event>) {
        let accounts = [layout::CONFIG, layout::TREASURY, layout::ROOTS, layout::TOKEN_ACCOUNT];
        self.purse(by).lamports -= accounts.into_iter().map(layout::rent).sum::<u64>();
        self.config = Some(Config { authority: by, pending: None, anchor: by, settings, paused: false });
        let deployment = names::deployment();
        events.push(Event::ConfigInitialized {
            authority: wallet(by),
            anchor_authority: wallet(by),
            mint: Wallet(deployment.mint.to_bytes()),
            token_program: Wallet(deployment.token_program.to_bytes()),
            decimals: layout::DECIMALS,
            min_stake: Amount(settings.min_stake),
            proposal_ttl: settings.proposal_ttl,
            divest_cooldown: settings.divest_cooldown,
            min_thread_balance: Amount(settings.min_thread_balance),
        });
    }

    pub(super) fn update_config(
        &mut self,
        by: Who,
        settings: Settings,
        anchor: Who,
        events: &mut Vec<Event>,
    ) {
        let config = self.config();
        (config.settings, config.anchor) = (settings, anchor);
        if !self.proposals.is_empty() {
            self.note("settings changed while proposals were open");
        }
        events.push(Event::ConfigUpdated {
            authority: wallet(by),
            anchor_authority: wallet(anchor),
            min_stake: Amount(settings.min_stake),
            proposal_ttl: settings.proposal_ttl,
            divest_cooldown: settings.divest_cooldown,
            min_thread_balance: Amount(settings.min_thread_balance),
            updated_at: self.now,
        });
    }

    pub(super) fn propose_authority(&mut self, by: Who, pending: Option<Who>, events: &mut Vec<Event>) {
        self.config().pending = pending;
        events.push(Event::AuthorityProposed {
            authority: wallet(by),
            pending: pending.map(wallet),
            proposed_at: self.now,
        });
    }

    pub(super) fn accept_authority(&mut self, by: Who, events: &mut Vec<Event>) {
        let config = self.config();
        let previous = core::mem::replace(&mut config.authority, by);
        config.pending = None;
        events.push(Event::AuthorityAccepted {
            previous: wallet(previous),
            authority: wallet(by),
            accepted_at: self.now,
        });
    }

    pub(super) fn set_paused(&mut self, by: Who, paused: bool, events: &mut Vec<Event>) {
        self.config().paused = paused;
        events.push(Event::PausedSet { authority: wallet(by), paused, set_at: self.now });
    }

    pub(super) fn anchor_root(&mut self, by: Who, slot: u64, root: HashNo, events: &mut Vec<Event>) {
        self.roots.push((slot, root));
        if self.roots.len() > layout::KEPT_ROOTS {
            self.note("the oldest root was forgotten");
        }
        let (authority, root, anchored_at) = (wallet(by), names::hash(root), self.now);
        events.push(Event::RootAnchored { authority, slot, root, anchored_at });
    }

    pub(super) fn withdraw_treasury(&mut self, by: Who, amount: u64, to: Who, events: &mut Vec<Event>) {
        self.treasury -= amount;
        self.pay(to, amount);
        if self.treasury == 0 {
            self.note("the treasury was drained");
        }
        events.push(Event::TreasuryWithdrawn {
            authority: wallet(by),
            destination: Wallet(names::token(to).to_bytes()),
            amount: Amount(amount),
            withdrawn_at: self.now,
            treasury: Amount(self.treasury),
        });
    }
}
