//! Effects in plain words, told to who is to sign.

use super::figures::{SOL_DECIMALS, decimal};
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, Wallet};
use chorale_domain::state::Entity;
use chorale_wire::http::{Asset, BalanceChange, Effects, EntityChange};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Who is told, and how the token's amounts are written.
pub(super) struct Teller {
    pub(super) wallet: Wallet,
    pub(super) decimals: u8,
}

impl Teller {
    /// What will happen, what it brings, and what it costs.
    pub(super) fn sentences(&self, effects: &Effects) -> Vec<String> {
        let happens = effects.events.iter().map(|event| self.of(event));
        let credits = effects.changes.iter().filter_map(|change| self.credit(change));
        let balances = effects.balances.iter().map(|change| self.balance(change, effects.rent));
        happens.chain(credits).chain(balances).collect()
    }

    fn of(&self, event: &Event) -> String {
        self.about_a_thread(event)
            .or_else(|| self.about_a_decision(event))
            .unwrap_or_else(|| self.about_governing(event))
    }

    fn about_a_thread(&self, event: &Event) -> Option<String> {
        Some(match event {
            Event::ThreadCreated { thread, approval_bps, .. } => format!(
                "Begins thread {thread} with you as its only co-author; proposals will need {} % of its co-authors.",
                decimal(u64::from(*approval_bps), 2)
            ),
            Event::MessagePublished { thread, hash, sequence, .. } => {
                format!("Adds the text {hash} to thread {thread} for good, as message {sequence}.")
            }
            Event::Claimed { thread, amount, .. } => {
                format!("Pays out the {} that you can claim in thread {thread}.", self.tokens(*amount))
            }
            Event::Divested { thread, share, claimed, archived, .. } => {
                self.leaving(&thread.to_string(), *share, *claimed, *archived)
            }
            Event::ThreadArchived { thread, .. } => format!(
                "Ends thread {thread} for good: nothing more can be added. You keep your seat, to claim and to leave."
            ),
            _ => return None,
        })
    }

    fn leaving(&self, thread: &str, share: Amount, claimed: Amount, archived: bool) -> String {
        let last = if archived { " You are the last one: the thread is archived for good." } else { "" };
        format!(
            "Takes you out of thread {thread} with {} of its balance and {} that you could claim; you no longer vote \
             there.{last}",
            self.tokens(share),
            self.tokens(claimed)
        )
    }

    fn about_a_decision(&self, event: &Event) -> Option<String> {
        Some(match event {
            Event::ProposalCreated { stake, expires_at, .. } => self.proposing(*stake, *expires_at),
            Event::VoteCast { hash, approve, .. } => {
                let way = if *approve { "for" } else { "against" };
                format!("Casts your vote {way} the proposal {hash}; a vote cannot be changed.")
            }
            Event::ProposalApproved { hash, author, approvers, share, .. } => format!(
                "Decides: the proposal {hash} is approved, {} becomes a co-author, and {} of the stake go to each of {} \
                 approver(s).",
                self.name(*author),
                self.tokens(*share),
                approvers.len()
            ),
            Event::ProposalRejected { hash, to_treasury, to_thread, .. } => format!(
                "Decides: the proposal {hash} is rejected; of its stake {} go to the treasury and {} to the thread.",
                self.tokens(*to_treasury),
                self.tokens(*to_thread)
            ),
            Event::ProposalExpired { hash, to_treasury, .. } => format!(
                "Ends the proposal {hash}, which nobody decided in time: its stake of {} goes to the treasury.",
                self.tokens(*to_treasury)
            ),
            Event::ProposalCancelled { hash, refund, .. } => {
                format!("Takes your proposal {hash} back, with its stake of {}.", self.tokens(*refund))
            }
            _ => return None,
        })
    }

    fn proposing(&self, stake: Amount, expires_at: i64) -> String {
        format!(
            "Locks {} of yours as stake until the proposal is decided, at the latest {}. If it is approved you become a \
             co-author and the stake goes to who approved; if it is rejected, or nobody decides in time, the stake is \
             lost too. While nobody has voted you can take it back.",
            self.tokens(stake),
            date(expires_at)
        )
    }

    fn about_governing(&self, event: &Event) -> String {
        match event {
            Event::ConfigInitialized { mint, .. } => {
                format!("Sets the deployment up with the token {mint}, and with you as its authority.")
            }
            Event::ConfigUpdated { min_stake, proposal_ttl, divest_cooldown, min_thread_balance, .. } => {
                format!(
                    "Changes the settings for everyone: stakes of at least {}, proposals open for {proposal_ttl} s, leaving \
                 {divest_cooldown} s after joining, threads keeping {}.",
                    self.tokens(*min_stake),
                    self.tokens(*min_thread_balance)
                )
            }
            Event::AuthorityProposed { pending: Some(pending), .. } => {
                format!(
                    "Invites {} to take your authority over; until they accept, you keep it.",
                    self.name(*pending)
                )
            }
            Event::AuthorityProposed { pending: None, .. } => {
                "Takes the invitation to take your authority over back.".into()
            }
            Event::AuthorityAccepted { previous, .. } => {
                format!("Makes you the deployment's authority in place of {previous}.")
            }
            Event::PausedSet { paused: true, .. } => {
                "Stops new threads, messages and proposals for everyone, until they are resumed.".into()
            }
            Event::PausedSet { .. } => "Resumes new threads, messages and proposals for everyone.".into(),
            Event::RootAnchored { slot, root, .. } => {
                format!("Posts {root} as the root of the whole state as of slot {slot}.")
            }
            Event::TreasuryWithdrawn { amount, treasury, destination, .. } => format!(
                "Takes {} out of the treasury, to the token account {destination}; {} stay there.",
                self.tokens(*amount),
                self.tokens(*treasury)
            ),
            // The others are told above.
            other => format!("The program will say: {}.", other.kind()),
        }
    }

    /// What comes to the wallet as a member, to be claimed.
    fn credit(&self, change: &EntityChange) -> Option<String> {
        let Entity::Member(after) = &change.after else { return None };
        let before = match &change.before {
            Some(Entity::Member(before)) => before.claimable.0,
            _ => 0,
        };
        let more =
            after.claimable.0.checked_sub(before).filter(|more| *more > 0 && after.wallet == self.wallet)?;
        Some(format!("Credits you {}, which you can claim.", self.tokens(Amount(more))))
    }

    fn balance(&self, change: &BalanceChange, rent: Option<Amount>) -> String {
        let BalanceChange { asset, before, after, .. } = *change;
        let gain = after.0 > before.0;
        let difference = before.0.abs_diff(after.0);
        match asset {
            Asset::Tokens if gain => format!("You receive {}.", self.tokens(Amount(difference))),
            Asset::Tokens => format!("You pay {}.", self.tokens(Amount(difference))),
            Asset::Lamports if gain => {
                format!("You receive {} SOL, rent that is no longer needed, less the fee.", sol(difference))
            }
            Asset::Lamports => match rent.unwrap_or_default().0 {
                0 => format!("You pay {} SOL as the fee.", sol(difference)),
                rent => format!("You pay {} SOL, of which {} are rent.", sol(difference), sol(rent)),
            },
        }
    }

    fn tokens(&self, amount: Amount) -> String {
        format!("{} tokens", decimal(amount.0, self.decimals))
    }

    fn name(&self, wallet: Wallet) -> String {
        if wallet == self.wallet { "your wallet".into() } else { wallet.to_string() }
    }
}

fn sol(lamports: u64) -> String {
    decimal(lamports, SOL_DECIMALS)
}

fn date(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok();
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_else(|| format!("{seconds} (Unix seconds)"))
}
