//! Transactions: prepared by the backend, signed by a wallet, relayed by the backend.

use chorale_domain::content::ContentHash;
use chorale_domain::id::{Amount, Signature, ThreadId};
use serde::{Deserialize, Serialize};

/// `POST /v1/transactions/prepare`: what the signed-in wallet wants to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "instruction", rename_all = "snake_case")]
pub enum Prepare {
    /// Begin a thread.
    CreateThread {
        /// 32 random bytes of the client's choice.
        thread: ThreadId,
        /// Share of co-authors that must approve, in basis points.
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
}

/// An unsigned transaction. Compare it with what you asked for, sign it, relay it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Prepared {
    /// The transaction in Solana's wire format, signatures zero, in base64.
    pub transaction: String,
    /// Block height after which the chain refuses it.
    pub last_valid_block_height: u64,
    /// Compute units it used in simulation.
    pub compute_units: u64,
}

/// `POST /v1/transactions`: a prepared transaction, signed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Relay {
    /// The signed transaction in base64.
    pub transaction: String,
}

/// The chain took the transaction; its events follow over the socket once confirmed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
