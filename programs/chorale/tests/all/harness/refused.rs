//! Refusals, and that they change nothing.

use super::{Chain, Sent};
use chorale::address;
use chorale::error::ChoraleError;
use solana_account::Account;
use solana_address::Address;
use solana_instruction::error::InstructionError;
use solana_transaction_error::TransactionError;

/// A refusal by name where the program gave one, the runtime's words otherwise.
pub type Refused = String;

/// Sends and expects the refusal, and that every account of the program and its vault stayed as they were.
pub fn refused(chain: &mut Chain, send: impl FnOnce(&mut Chain) -> Result<Sent, Refused>) -> Refused {
    let before = state(chain);
    let refusal = send(chain).expect_err("this should be refused");
    assert!(state(chain) == before, "an instruction refused with {refusal} changed something");
    refusal
}

fn state(chain: &Chain) -> Vec<(Address, Account)> {
    let mut accounts = chain.svm.get_program_accounts(&chorale::ID);
    accounts.extend(chain.svm.get_account(&address::vault()).map(|vault| (address::vault(), vault)));
    accounts.sort_by_key(|(address, _)| *address);
    accounts
}

pub(super) fn refusal(error: &TransactionError) -> Refused {
    match error {
        TransactionError::InstructionError(_, InstructionError::Custom(code)) => {
            ChoraleError::from_code(*code)
                .map_or_else(|| format!("Custom({code})"), |error| error.name().to_owned())
        }
        TransactionError::InstructionError(_, error) => format!("{error:?}"),
        error => format!("{error:?}"),
    }
}
