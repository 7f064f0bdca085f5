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
    EncodedTransaction as Encoding, UiCompiledInstruction, UiInnerInstructions, UiInstruction, UiMessage,
    UiTransactionStatusMeta,
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
struct Inner<'a> {
    instruction: u32,
    inner: u32,
    data: &'a str,
}

fn instructions_of(
    program: Wallet,
    transaction: &EncodedTransaction,
) -> Result<Vec<Inner<'_>>, &'static str> {
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
    let ours = |index: u8| accounts.get(usize::from(index)).is_some_and(|key| **key == program);
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

fn inner_of<'a>(
    group: &'a UiInnerInstructions,
    ours: &impl Fn(u8) -> bool,
) -> Vec<Result<Inner<'a>, &'static str>> {
    let instructions = (0..).zip(&group.instructions);
    let found = instructions.filter_map(|(inner, instruction)| match instruction {
        UiInstruction::Compiled(UiCompiledInstruction { program_id_index, data, .. }) => {
            let instruction = u32::from(group.index);
            ours(*program_id_index).then_some(Ok(Inner { instruction, inner, data }))
        }
        UiInstruction::Parsed(_) => Some(Err("the node gave another encoding than json")),
    });
    found.collect()
}

fn read_all(indexed: &mut IndexedTransaction, instructions: &[Inner<'_>]) {
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
fn read(instruction: &Inner<'_>) -> Result<Option<(u8, chorale_domain::event::Event)>, String> {
    let data = bs58::decode(instruction.data).into_vec().map_err(|error| error.to_string())?;
    let Some(event) = data.strip_prefix(EVENT_IX_TAG_LE) else {
        return Ok(None);
    };
    chorale::event::decode(event).map(Some).map_err(|error| error.to_string())
}
