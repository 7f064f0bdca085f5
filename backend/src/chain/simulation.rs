//! What a simulation shows: events, and accounts before and after. Endpoints differ in how much of it they tell.

use anchor_lang::event::EVENT_IX_TAG_LE;
use chorale_domain::event::Event;
use solana_account_decoder_client_types::UiAccount;
use solana_address::Address;
use solana_client::rpc_response::RpcSimulateTransactionResult;
use solana_message::VersionedMessage;
use solana_transaction_status_client_types::{UiInnerInstructions, UiInstruction, UiParsedInstruction};
use std::collections::HashSet;

/// Where both token programs keep an account's amount, little-endian.
const AMOUNT: std::ops::Range<usize> = 64..72;

/// What an account holds. One that is not there holds nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Held {
    pub(crate) lamports: u64,
    /// Base units, if it is an account of the token program.
    pub(crate) tokens: Option<u64>,
}

/// An account that the transaction may change, before and after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Watched {
    pub(crate) address: Address,
    pub(crate) before: Held,
    pub(crate) after: Held,
}

/// What would happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Simulation {
    pub(crate) compute_units: u64,
    /// What the program would say, or why that is not known.
    pub(crate) events: Result<Vec<Event>, &'static str>,
    /// Every account that may change, or why those are not known.
    pub(crate) accounts: Result<Vec<Watched>, &'static str>,
}

/// The accounts that a transaction may change.
pub(super) fn writable(message: &VersionedMessage) -> Vec<Address> {
    let keys = message.static_account_keys().iter().enumerate();
    keys.filter(|(index, _)| {
        message.is_maybe_writable_with_reserved_addresses(*index, None::<&HashSet<Address>>)
    })
    .map(|(_, key)| *key)
    .collect()
}

/// Reads the answer to a simulation of `message` that went well. `before` is what the endpoint said of `watched` then.
pub(super) fn read(
    message: &VersionedMessage,
    outcome: &RpcSimulateTransactionResult,
    watched: &[Address],
    before: Option<Vec<Option<UiAccount>>>,
    token_program: &Address,
) -> Simulation {
    let accounts = match (before, &outcome.accounts) {
        (Some(before), Some(after)) if before.len() == watched.len() && after.len() == watched.len() => {
            let held = |account: &Option<UiAccount>| held(account.as_ref(), token_program);
            let both = before.iter().zip(after).map(|(before, after)| (held(before), held(after)));
            let watched = watched.iter().zip(both);
            Ok(watched
                .map(|(address, (before, after))| Watched { address: *address, before, after })
                .collect())
        }
        _ => Err("the RPC endpoint does not show accounts in simulations"),
    };
    Simulation {
        compute_units: outcome.units_consumed.unwrap_or(0),
        events: events(message, outcome.inner_instructions.as_deref()),
        accounts,
    }
}

fn held(account: Option<&UiAccount>, token_program: &Address) -> Held {
    let Some(account) = account else { return Held::default() };
    let data = account.data.decode().filter(|_| account.owner == token_program.to_string());
    let amount = data.and_then(|data| data.get(AMOUNT)?.try_into().ok());
    Held { lamports: account.lamports, tokens: amount.map(u64::from_le_bytes) }
}

/// The program's events: its inner instructions to itself.
fn events(
    message: &VersionedMessage,
    inner: Option<&[UiInnerInstructions]>,
) -> Result<Vec<Event>, &'static str> {
    let Some(groups) = inner else {
        return Err("the RPC endpoint does not show inner instructions in simulations");
    };
    let all = groups.iter().flat_map(|group| &group.instructions);
    let data = all.filter_map(|instruction| data_for_chorale(message, instruction));
    let tagged = data.filter_map(|data| data.strip_prefix(EVENT_IX_TAG_LE).map(<[u8]>::to_vec));
    let read = tagged.map(|event| chorale::event::decode(&event).map(|(_, event)| event));
    read.collect::<Result<_, _>>()
        .map_err(|_| "the program says something that this backend does not understand")
}

fn data_for_chorale(message: &VersionedMessage, instruction: &UiInstruction) -> Option<Vec<u8>> {
    let (ours, data) = match instruction {
        UiInstruction::Compiled(compiled) => {
            let program = message.static_account_keys().get(usize::from(compiled.program_id_index));
            (program == Some(&chorale::ID), &compiled.data)
        }
        UiInstruction::Parsed(UiParsedInstruction::PartiallyDecoded(decoded)) => {
            (decoded.program_id == chorale::ID.to_string(), &decoded.data)
        }
        // Of a program whose instructions the endpoint knows by heart.
        UiInstruction::Parsed(UiParsedInstruction::Parsed(_)) => return None,
    };
    bs58::decode(data).into_vec().ok().filter(|_| ours)
}
