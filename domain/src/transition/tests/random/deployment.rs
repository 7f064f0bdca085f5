//! What the authority does.

use super::life::{Dice, Life};
use crate::event::Event;
use crate::id::{Amount, Hash32};

pub(super) fn update(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    Some(vec![Event::ConfigUpdated {
        authority: life.config().authority,
        anchor_authority: dice.wallet(),
        min_stake: dice.amount(0),
        proposal_ttl: 20 + i64::from(dice.roll(40)),
        divest_cooldown: i64::from(dice.roll(60)),
        min_thread_balance: dice.amount(0),
        updated_at: life.now,
    }])
}

pub(super) fn invite(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    let pending = (dice.roll(4) > 0).then(|| dice.wallet());
    let authority = life.config().authority;
    Some(vec![Event::AuthorityProposed { authority, pending, proposed_at: life.now }])
}

pub(super) fn accept(life: &Life, _: &mut Dice) -> Option<Vec<Event>> {
    let (previous, authority) = (life.config().authority, life.config().pending_authority?);
    Some(vec![Event::AuthorityAccepted { previous, authority, accepted_at: life.now }])
}

/// Pauses end sooner than they begin: else little else would happen.
pub(super) fn pause(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    let paused = !life.config().paused && dice.roll(3) == 0;
    Some(vec![Event::PausedSet { authority: life.config().authority, paused, set_at: life.now }])
}

pub(super) fn anchor(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    let slot = life.last_root() + 1 + u64::from(dice.roll(5));
    let (authority, root) = (life.config().anchor_authority, Hash32([1 + dice.byte(200); 32]));
    Some(vec![Event::RootAnchored { authority, slot, root, anchored_at: life.now }])
}

pub(super) fn withdraw(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    let held = life.treasury();
    let amount = (held > 0).then(|| held.min(dice.amount(1).0))?;
    Some(vec![Event::TreasuryWithdrawn {
        authority: life.config().authority,
        destination: dice.wallet(),
        amount: Amount(amount),
        withdrawn_at: life.now,
        treasury: Amount(held - amount),
    }])
}
