//! Calls about the whole deployment, and gifts.

use super::Draw;
use crate::life::step::{Act, Call, DEPLOYER, HashNo, Kind, Who};
use chorale::state::Settings;

impl Draw<'_> {
    pub(super) fn governing(&mut self, kind: Kind, slot: u64) -> Call {
        match kind {
            Kind::Initialize => self.initialize(),
            Kind::AcceptAuthority => self.accept(),
            Kind::AnchorRoot => self.anchor(slot),
            _ => {
                let act = self.act_of_authority(kind);
                let authority = self.authority();
                Call { by: if self.percent(15) { self.anyone() } else { authority }, act }
            }
        }
    }

    fn authority(&self) -> Who {
        self.model.config.as_ref().map_or(DEPLOYER, |config| config.authority)
    }

    pub(super) fn initialize(&mut self) -> Call {
        let by = if self.percent(25) { self.anyone() } else { DEPLOYER };
        Call { by, act: Act::Initialize { settings: self.settings() } }
    }

    fn act_of_authority(&mut self, kind: Kind) -> Act {
        match kind {
            Kind::UpdateConfig => Act::UpdateConfig { settings: self.settings(), anchor: self.anyone() },
            Kind::ProposeAuthority => {
                Act::ProposeAuthority { pending: (!self.percent(25)).then(|| self.anyone()) }
            }
            Kind::SetPaused => Act::SetPaused { paused: self.percent(25) },
            _ => Act::WithdrawTreasury { amount: self.withdrawal(), to: self.anyone() },
        }
    }

    fn settings(&mut self) -> Settings {
        let settings = Settings {
            min_stake: self.one_of(&[0, 1, 7, 100]).unwrap_or(1),
            proposal_ttl: self.one_of(&[1, 20, 100, 1_000, 1_000, 31_536_000]).unwrap_or(1),
            divest_cooldown: self.one_of(&[0, 0, 5, 20, 100]).unwrap_or(0),
            min_thread_balance: self.one_of(&[0, 0, 10, 1_000, u64::MAX]).unwrap_or(0),
        };
        match self.below(20) {
            0 => Settings {
                proposal_ttl: self.one_of(&[0, -1, 31_536_001, i64::MAX]).unwrap_or(0),
                ..settings
            },
            1 => Settings {
                divest_cooldown: self.one_of(&[-1, 31_536_001, i64::MIN]).unwrap_or(-1),
                ..settings
            },
            _ => settings,
        }
    }

    fn accept(&mut self) -> Call {
        let pending = self.model.config.as_ref().and_then(|config| config.pending);
        let by = pending.filter(|_| !self.percent(30)).unwrap_or_else(|| self.anyone());
        Call { by, act: Act::AcceptAuthority }
    }

    fn anchor(&mut self, slot: u64) -> Call {
        let anchor = self.model.config.as_ref().map_or(DEPLOYER, |config| config.anchor);
        let last = self.model.roots.last().map_or(0, |(slot, _)| *slot);
        let choices = [slot, slot, last + 1, last + 1, last, last.saturating_sub(1), slot + 1, 0];
        let wanted = self.one_of(&choices).unwrap_or(slot);
        let root = if self.percent(3) { 0 } else { HashNo::try_from(self.below(60_000)).unwrap_or(0) + 1 };
        let by = if self.percent(8) { self.anyone() } else { anchor };
        Call { by, act: Act::AnchorRoot { slot: wanted, root } }
    }

    fn withdrawal(&mut self) -> u64 {
        let all = self.model.treasury;
        match self.below(10) {
            0 => 0,
            1 => all.saturating_add(1),
            2 => u64::MAX,
            3..=5 => all,
            _ => self.below(all.max(1)),
        }
    }

    pub(super) fn give(&mut self) -> Call {
        let by = self.anyone();
        let thread = self.thread();
        let at = self.open_that(|_, _| true).filter(|_| self.percent(50));
        let at = at.unwrap_or_else(|| self.place(thread));
        // Enough to stay, enough for a message, enough for anything.
        let lamports = self.one_of(&[890_880, 2_000_000, 9_000_000]).unwrap_or(890_880);
        let act = match self.percent(40) && self.model.config.is_some() {
            true => Act::GiveTokens { amount: self.below(20) },
            false => Act::GiveLamports { at, lamports },
        };
        Call { by, act }
    }
}
