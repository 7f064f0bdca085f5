//! What co-authors do alone.

use super::life::{Dice, Life};
use super::proposal::free_hash;
use crate::event::Event;
use crate::id::{Amount, ThreadId};
use crate::settlement::divest_share;
use crate::state::{EntityKey, Member, ThreadStatus};

const THREADS: u8 = 6;

pub(super) fn create(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    let free = (0..THREADS).map(|n| ThreadId([n; 32])).filter(|id| !life.has(&EntityKey::Thread(*id)));
    let thread = dice.one_of(free.filter(|_| !life.config().paused).collect())?;
    let approval_bps = [10_000, 5_000, 6_667, 1][dice.roll(4) as usize];
    Some(vec![Event::ThreadCreated { thread, creator: dice.wallet(), approval_bps, created_at: life.now }])
}

/// Co-authors of active threads.
fn writers(life: &Life) -> Vec<&Member> {
    let active = |member: &&Member| life.thread(member.thread).status == ThreadStatus::Active;
    life.co_authors().into_iter().filter(active).collect()
}

pub(super) fn publish(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    let writer = dice.one_of(writers(life)).filter(|_| !life.config().paused)?;
    let (thread, author) = (writer.thread, writer.wallet);
    let (hash, sequence) = (free_hash(life, dice, thread)?, life.thread(thread).content_log.count);
    Some(vec![Event::MessagePublished { thread, hash, author, sequence, published_at: life.now }])
}

pub(super) fn claim(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    let owed = life.co_authors().into_iter().filter(|member| member.claimable.0 > 0);
    let Member { thread, wallet, number: member, claimable: amount, .. } = *dice.one_of(owed.collect())?;
    Some(vec![Event::Claimed { thread, wallet, member, amount, claimed_at: life.now }])
}

pub(super) fn leave(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    let free_at = |member: &Member| member.joined_at + life.config().divest_cooldown;
    let free = life.co_authors().into_iter().filter(|member| free_at(member) <= life.now);
    let leaver = dice.one_of(free.collect())?;
    let state = life.thread(leaver.thread);
    let (balance, keeps) = (state.token_balance.0, life.config().min_thread_balance.0);
    let share = divest_share(balance, state.co_authors, keeps);
    Some(vec![Event::Divested {
        thread: leaver.thread,
        wallet: leaver.wallet,
        member: leaver.number,
        share: Amount(share),
        claimed: leaver.claimable,
        divested_at: life.now,
        token_balance: Amount(balance - share),
        archived: state.co_authors == 1,
    }])
}

pub(super) fn archive(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    let alone = |member: &&Member| {
        let thread = life.thread(member.thread);
        thread.co_authors == 1 && thread.open_proposals == 0
    };
    let Member { thread, wallet, number: member, .. } =
        *dice.one_of(writers(life).into_iter().filter(alone).collect())?;
    Some(vec![Event::ThreadArchived { thread, wallet, member, archived_at: life.now }])
}
