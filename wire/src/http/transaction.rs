//! Transactions: prepared by the backend, signed by a wallet, relayed by the backend.

use super::effects::Effects;
use chorale_domain::content::ContentHash;
use chorale_domain::id::{Amount, Hash32, Signature, ThreadId, Wallet};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a deployment's authority chooses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Settings {
    /// The least stake of a proposal.
    pub min_stake: Amount,
    /// Seconds a proposal stays open.
    #[schema(minimum = 1, maximum = 31_536_000)]
    pub proposal_ttl: i64,
    /// Seconds from joining before a co-author may leave.
    #[schema(minimum = 0, maximum = 31_536_000)]
    pub divest_cooldown: i64,
    /// What a thread keeps when a co-author leaves.
    pub min_thread_balance: Amount,
}

/// `POST /v1/transactions/prepare`: what the signed-in wallet wants to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "instruction", rename_all = "snake_case")]
pub enum Prepare {
    /// Begin a thread.
    CreateThread {
        /// 32 random bytes of the client's choice.
        thread: ThreadId,
        /// Share of co-authors that must approve, in basis points.
        #[schema(minimum = 1, maximum = 10_000)]
        approval_bps: u16,
    },
    /// Add a message to a thread one co-authors.
    Publish {
        /// The thread.
        thread: ThreadId,
        /// Hash of an uploaded body.
        hash: ContentHash,
    },
    /// Ask to become a co-author with this content.
    Propose {
        /// The thread.
        thread: ThreadId,
        /// Hash of an uploaded body.
        hash: ContentHash,
        /// What to stake.
        stake: Amount,
        /// Refused where the proposal would expire before this time, in Unix seconds; 0, or left out, takes any.
        #[serde(default)]
        open_until: i64,
    },
    /// Vote on a proposal with the stake that the backend knows it to have. A client compares that with the stake
    /// it voted on itself.
    Vote {
        /// The thread.
        thread: ThreadId,
        /// The proposal.
        hash: ContentHash,
        /// Approve or deny.
        approve: bool,
    },
    /// Settle a proposal that is decided since a co-author left. Anyone may.
    Settle {
        /// The thread.
        thread: ThreadId,
        /// The proposal.
        hash: ContentHash,
    },
    /// End a proposal that nobody decided in time. Anyone may.
    Expire {
        /// The thread.
        thread: ThreadId,
        /// The proposal.
        hash: ContentHash,
    },
    /// Take one's proposal back, with the stake.
    Cancel {
        /// The thread.
        thread: ThreadId,
        /// The proposal.
        hash: ContentHash,
    },
    /// Take out what is claimable.
    Claim {
        /// The thread.
        thread: ThreadId,
    },
    /// Leave a thread with one's part of its balance and what is claimable.
    Divest {
        /// The thread.
        thread: ThreadId,
        /// Refused where less would be paid out; 0, or left out, takes any.
        #[serde(default)]
        at_least: Amount,
    },
    /// End a thread, as its sole co-author.
    Archive {
        /// The thread.
        thread: ThreadId,
    },
    /// Set the deployment up, as the program's upgrade authority; once.
    Initialize {
        /// The deployment's token.
        mint: Wallet,
        /// The program that owns the mint.
        token_program: Wallet,
        /// What it begins with.
        settings: Settings,
    },
    /// Change the settings, as the deployment's authority.
    UpdateConfig {
        /// All of them, as they are to be.
        settings: Settings,
        /// Who may post state roots from then on.
        anchor_authority: Wallet,
    },
    /// Invite a successor, as the deployment's authority.
    ProposeAuthority {
        /// Who may accept; null, or left out, takes an invitation back.
        #[serde(default)]
        pending: Option<Wallet>,
    },
    /// Take the authority over, as the wallet that was invited.
    AcceptAuthority {},
    /// Stop or resume new threads, messages and proposals, as the deployment's authority.
    SetPaused {
        /// Whether they are to be stopped.
        paused: bool,
    },
    /// Post the state root of a slot, as the deployment's anchor authority.
    AnchorRoot {
        /// The slot; above the one that was posted last.
        slot: u64,
        /// The root.
        root: Hash32,
    },
    /// Take tokens out of the treasury, as the deployment's authority.
    WithdrawTreasury {
        /// How much.
        amount: Amount,
    },
}

/// An unsigned transaction. Compare it with what you asked for, sign it, relay it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Prepared {
    /// The transaction in Solana's wire format, signatures zero, in base64.
    pub transaction: String,
    /// Block height after which the chain refuses it.
    pub last_valid_block_height: u64,
    /// Compute units it used in simulation.
    pub compute_units: u64,
    /// What signing it will do, as the simulation shows it.
    pub effects: Effects,
}

/// `POST /v1/transactions`: a prepared transaction, signed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Relay {
    /// The signed transaction in base64.
    pub transaction: String,
}

/// The chain took the transaction; its events follow over the socket once confirmed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Relayed {
    /// Names the transaction.
    pub signature: Signature,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(json: serde_json::Value) -> Prepare {
        serde_json::from_value(json).expect("the documented shape")
    }

    #[test]
    fn who_names_no_terms_takes_any() {
        let (thread, hash) = (ThreadId([1; 32]), ContentHash::ZERO);
        let propose = read(json!({"instruction": "propose", "thread": thread, "hash": hash, "stake": "9"}));
        assert_eq!(propose, Prepare::Propose { thread, hash, stake: Amount(9), open_until: 0 });
        let divest = read(json!({"instruction": "divest", "thread": thread}));
        assert_eq!(divest, Prepare::Divest { thread, at_least: Amount(0) });
    }

    #[test]
    fn terms_are_carried_as_all_times_and_amounts_are() {
        let (thread, hash, stake) = (ThreadId([1; 32]), ContentHash::ZERO, Amount(9));
        let propose = Prepare::Propose { thread, hash, stake, open_until: 1_700_000_000 };
        let written = serde_json::to_value(&propose).unwrap();
        assert_eq!((&written["open_until"], read(written.clone())), (&json!(1_700_000_000), propose));
        let divest = Prepare::Divest { thread, at_least: Amount(u64::MAX) };
        let written = serde_json::to_value(&divest).unwrap();
        assert_eq!((&written["at_least"], read(written.clone())), (&json!("18446744073709551615"), divest));
    }
}
