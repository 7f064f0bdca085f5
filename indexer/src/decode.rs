//! From an encoded transaction to its events, without any I/O.
//!
//! An event is an inner instruction of the program to itself, whose data begin with Anchor's event tag. Only
//! the program can send one: it checks that its event authority signed.

use crate::source::EncodedTransaction;
use anchor_lang::event::EVENT_IX_TAG_LE;
use chorale_domain::event::{ChainEvent, EventId};
use chorale_domain::id::{Signature, Wallet};
use chorale_store::IndexedTransaction;
use chorale_wire::socket::Commitment;
use solana_transaction_status_client_types::option_serializer::OptionSerializer;
use solana_transaction_status_client_types::{
    EncodedTransaction as Encoding, UiInnerInstructions, UiInstruction, UiMessage, UiTransactionStatusMeta,
};

/// Reads the events of a transaction. An event that cannot be read becomes its dead letter, the rest is kept; a
/// failed transaction did nothing and gives nothing. It counts as confirmed, the least that a node gives out: how
/// settled it is, lists say.
///
/// # Errors
/// What the node left out of its answer: nothing is known of the transaction then.
pub fn decode(
    program: Wallet,
    signature: Signature,
    transaction: &EncodedTransaction,
) -> Result<IndexedTransaction, &'static str> {
    let mut indexed = IndexedTransaction {
        signature,
        slot: transaction.slot,
        block_time: transaction.block_time,
        failed: transaction.transaction.meta.as_ref().is_some_and(|meta| meta.err.is_some()),
        commitment: Commitment::Confirmed,
        events: vec![],
        dead_letter: None,
    };
    read_all(&mut indexed, &instructions_of(program, transaction)?);
    Ok(indexed)
}

/// An instruction of the program, called by another one.
struct Inner {
    instruction: u32,
    inner: u32,
    data: Vec<u8>,
}

fn instructions_of(program: Wallet, transaction: &EncodedTransaction) -> Result<Vec<Inner>, &'static str> {
    let Some(meta) = &transaction.transaction.meta else {
        return Err("the node gave no status metadata");
    };
    if meta.err.is_some() {
        return Ok(vec![]);
    }
    let OptionSerializer::Some(groups) = &meta.inner_instructions else {
        return Err("the node did not record inner instructions");
    };
    let accounts = accounts_of(transaction, meta)?;
    let program = program.to_string();
    // Some leave out the accounts that come from lookup tables: who was called is not known then.
    let ours = |index: u8| match accounts.get(usize::from(index)) {
        Some(key) => Ok(**key == program),
        None => Err("the node left out accounts"),
    };
    let mut groups: Vec<_> = groups.iter().collect();
    groups.sort_by_key(|group| group.index);
    groups.into_iter().flat_map(|group| inner_of(group, &ours)).collect()
}

/// The transaction's accounts in the order instructions count them.
fn accounts_of<'a>(
    transaction: &'a EncodedTransaction,
    meta: &'a UiTransactionStatusMeta,
) -> Result<Vec<&'a String>, &'static str> {
    let Encoding::Json(encoded) = &transaction.transaction.transaction else {
        return Err("the node gave another encoding than json");
    };
    let UiMessage::Raw(message) = &encoded.message else {
        return Err("the node gave another encoding than json");
    };
    let mut accounts: Vec<_> = message.account_keys.iter().collect();
    if let OptionSerializer::Some(loaded) = &meta.loaded_addresses {
        accounts.extend(loaded.writable.iter().chain(&loaded.readonly));
    }
    Ok(accounts)
}

fn inner_of(
    group: &UiInnerInstructions,
    ours: &impl Fn(u8) -> Result<bool, &'static str>,
) -> Vec<Result<Inner, &'static str>> {
    let instructions = (0..).zip(&group.instructions);
    let read = instructions.map(|(inner, instruction)| match instruction {
        UiInstruction::Compiled(compiled) if ours(compiled.program_id_index)? => {
            let data = bs58::decode(&compiled.data).into_vec();
            let data = data.map_err(|_| "the node gave data that are not base58")?;
            Ok(Some(Inner { instruction: u32::from(group.index), inner, data }))
        }
        UiInstruction::Compiled(_) => Ok(None),
        UiInstruction::Parsed(_) => Err("the node gave another encoding than json"),
    });
    read.filter_map(Result::transpose).collect()
}

fn read_all(indexed: &mut IndexedTransaction, instructions: &[Inner]) {
    let mut problems = vec![];
    for instruction in instructions {
        match read(instruction) {
            Ok(None) => {}
            Ok(Some((schema, event))) => {
                let Inner { instruction, inner, .. } = *instruction;
                let id = EventId { signature: indexed.signature, instruction, inner };
                indexed.events.push(ChainEvent { id, slot: indexed.slot, schema, event });
            }
            Err(reason) => {
                problems
                    .push(format!("instruction {}/{}: {reason}", instruction.instruction, instruction.inner));
            }
        }
    }
    indexed.dead_letter = (!problems.is_empty()).then(|| problems.join("; "));
}

/// The event in an instruction of the program, `None` if it is another kind of instruction.
fn read(instruction: &Inner) -> Result<Option<(u8, chorale_domain::event::Event)>, String> {
    let Some(event) = instruction.data.strip_prefix(EVENT_IX_TAG_LE) else {
        return Ok(None);
    };
    chorale::event::decode(event).map(Some).map_err(|error| error.to_string())
}
