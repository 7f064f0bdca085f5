//! Transactions as a node gives them out: events as the program's own bytes.

use super::block::{Block, Call, Landed};
use anchor_lang::Event as _;
use anchor_lang::event::EVENT_IX_TAG_LE;
use anchor_lang::prelude::{Address, PodBool, PodI64, PodU16, PodU32, PodU64};
use chorale::event as program;
use chorale::state::{Approvers, MAX_CO_AUTHORS};
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, Hash32, ThreadId, Wallet};
use chorale_indexer::source::EncodedTransaction;
use serde_json::json;
use solana_transaction_status_client_types::option_serializer::OptionSerializer;
use solana_transaction_status_client_types::{UiCompiledInstruction, UiInnerInstructions, UiInstruction};
use std::sync::LazyLock;

/// The program that is followed.
pub const PROGRAM: Wallet = Wallet([9; 32]);
const OTHER_PROGRAM: Wallet = Wallet([8; 32]);

/// A transaction in the `json` encoding.
pub fn encoded(landed: &Landed, slot: u64) -> EncodedTransaction {
    let mut transaction = if landed.calls.is_some() { DONE.clone() } else { FAILED.clone() };
    transaction.slot = slot;
    transaction.block_time = Some(Block::time(slot));
    let groups = (0..).zip(landed.calls.iter().flatten());
    let groups = groups.map(|(index, calls)| UiInnerInstructions {
        index,
        instructions: calls.iter().map(|call| UiInstruction::Compiled(compiled(call))).collect(),
    });
    if let Some(meta) = &mut transaction.transaction.meta {
        meta.inner_instructions = OptionSerializer::Some(groups.collect());
    }
    transaction
}

static DONE: LazyLock<EncodedTransaction> = LazyLock::new(|| empty(None));
static FAILED: LazyLock<EncodedTransaction> = LazyLock::new(|| empty(Some("AccountNotFound")));

/// A transaction without instructions. Its accounts are a payer, the program and another one.
fn empty(error: Option<&str>) -> EncodedTransaction {
    let status = error.map_or(json!({ "Ok": null }), |error| json!({ "Err": error }));
    let accounts = [Wallet([7; 32]), PROGRAM, OTHER_PROGRAM].map(|wallet| wallet.to_string());
    let header = json!({ "numRequiredSignatures": 1, "numReadonlySignedAccounts": 0, "numReadonlyUnsignedAccounts": 2 });
    let transaction = json!({
        "slot": 0,
        "blockTime": null,
        "transaction": { "signatures": [], "message": {
            "header": header, "accountKeys": accounts, "recentBlockhash": "", "instructions": [],
        } },
        "meta": {
            "err": error, "status": status, "fee": 5000, "preBalances": [], "postBalances": [],
            "innerInstructions": [],
        },
    });
    serde_json::from_value(transaction).expect("this is what a node answers")
}

fn compiled(call: &Call) -> UiCompiledInstruction {
    let (program_id_index, data) = match call {
        Call::Other => (2, vec![3]),
        Call::Says(event) => (1, [EVENT_IX_TAG_LE, &data(event)].concat()),
        Call::Strange(data) => (1, [EVENT_IX_TAG_LE, data].concat()),
    };
    let data = bs58::encode(data).into_string();
    UiCompiledInstruction { program_id_index, accounts: vec![], data, stack_height: Some(2) }
}

/// Turns a field of the domain's event into the program's.
trait Pod<T> {
    fn pod(&self) -> T;
}

macro_rules! fields {
    ($($from:ty => $to:ty: |$value:ident| $convert:expr,)*) => {
        $(impl Pod<$to> for $from {
            fn pod(&self) -> $to {
                let $value = self;
                $convert
            }
        })*
    };
}

fields! {
    u8 => u8: |value| *value,
    u16 => PodU16: |value| (*value).into(),
    u32 => PodU32: |value| (*value).into(),
    u64 => PodU64: |value| (*value).into(),
    Amount => PodU64: |value| value.0.into(),
    i64 => PodI64: |value| (*value).into(),
    bool => PodBool: |value| (*value).into(),
    Wallet => Address: |value| Address::new_from_array(value.0),
    Option<Wallet> => Address: |value| value.map(|wallet| wallet.pod()).unwrap_or_default(),
    ThreadId => [u8; 32]: |value| value.0,
    Hash32 => [u8; 32]: |value| value.0,
    Vec<u32> => Approvers: |value| approvers(value),
}

fn approvers(numbers: &[u32]) -> Approvers {
    let mut members = [PodU32::from(0); MAX_CO_AUTHORS];
    for (place, number) in members.iter_mut().zip(numbers) {
        *place = (*number).into();
    }
    Approvers { count: u8::try_from(numbers.len()).expect("a thread has 32 seats"), members }
}

macro_rules! events {
    ($($name:ident { $($field:ident),* $(,)? })*) => {
        /// Discriminator and fields.
        fn data(event: &Event) -> Vec<u8> {
            match event {
                $(Event::$name { $($field),* } => {
                    program::$name { version: program::EVENT_VERSION, $($field: $field.pod()),* }.data()
                })*
            }
        }
    };
}

events! {
    ConfigInitialized { authority, anchor_authority, mint, token_program, decimals, min_stake, proposal_ttl, divest_cooldown, min_thread_balance }
    ThreadCreated { thread, creator, approval_bps, created_at }
    MessagePublished { thread, hash, author, sequence, published_at }
    ProposalCreated { thread, hash, author, stake, created_at, expires_at, escrow }
    VoteCast { thread, hash, voter, member, approve, voted_at }
    ProposalApproved { thread, hash, author, settled_by, member, sequence, share, to_treasury, approved_at, escrow, treasury, approvers }
    ProposalRejected { thread, hash, author, settled_by, to_treasury, to_thread, rejected_at, escrow, token_balance, treasury }
    ProposalExpired { thread, hash, author, settled_by, to_treasury, expired_at, escrow, treasury }
    ProposalCancelled { thread, hash, author, refund, cancelled_at, escrow }
    Claimed { thread, wallet, member, amount, claimed_at }
    Divested { thread, wallet, member, share, claimed, divested_at, token_balance, archived }
    ThreadArchived { thread, wallet, member, archived_at }
    ConfigUpdated { authority, anchor_authority, min_stake, proposal_ttl, divest_cooldown, min_thread_balance, updated_at }
    AuthorityProposed { authority, pending, proposed_at }
    AuthorityAccepted { previous, authority, accepted_at }
    PausedSet { authority, paused, set_at }
    RootAnchored { authority, slot, root, anchored_at }
    TreasuryWithdrawn { authority, destination, amount, withdrawn_at, treasury }
}
