//! What the chain said no to, in words a person can act on.

use chorale::error::ChoraleError;
use solana_address::Address;
use solana_transaction_error::TransactionError;
use std::fmt;

// `solana-transaction-error` does not export the error it carries under its own name.
use solana_instruction::error::InstructionError;

/// The system program's codes, as in `solana_system_interface::error::SystemError`.
const ACCOUNT_IN_USE: u32 = 0;
const TOO_FEW_LAMPORTS: u32 = 1;
/// The token program's code, as in `spl_token_interface::error::TokenError`.
const TOO_FEW_TOKENS: u32 = 1;

const NO_SOL: &str = "the wallet has too little SOL for the fee and the rent: fund it first";
/// The fee payer's place among a transaction's accounts.
const PAYER: u8 = 0;
const RENT_ROSE: &str =
    "rent became dearer since the proposal was made: send the proposal's account what it lacks";
const TAKEN: &str = "there is something at this address already: the thread id was used before";
const NO_TOKEN_ACCOUNT: &str = "the wallet has no account for the deployment's token: create its associated \
     token account first";
const NOT_THERE: &str = "the thread or the proposal is not there: a proposal's account ends with it, so it may have \
     been decided, cancelled or expired in the meantime";

/// A reason: a stable name, and words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refusal {
    pub(crate) name: String,
    pub(crate) words: String,
}

impl Refusal {
    fn new(name: impl Into<String>, words: impl Into<String>) -> Self {
        Self { name: name.into(), words: words.into() }
    }

    /// The endpoint refuses without saying which error it was, except perhaps by the program's code in its words.
    pub(crate) fn by_endpoint(message: &str) -> Self {
        let code = message.split_once("custom program error: 0x").map(|(_, rest)| rest);
        let digits = code.and_then(|rest| rest.split(|c: char| !c.is_ascii_hexdigit()).next());
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) => custom(code),
            None => Self::new("RpcError", format!("the RPC endpoint refuses: {message}")),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// Who returned the error: codes mean different things in different programs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Culprit {
    Chorale,
    System,
    Token,
    Other,
}

/// Explains why a transaction failed.
pub(crate) fn explain(error: &TransactionError, logs: &[String], token_program: &Address) -> Refusal {
    match error {
        TransactionError::InstructionError(_, error) => instruction(error, culprit(logs, token_program)),
        TransactionError::AccountNotFound
        | TransactionError::InsufficientFundsForFee
        | TransactionError::InsufficientFundsForRent { account_index: PAYER } => {
            Refusal::new("InsufficientFunds", NO_SOL)
        }
        TransactionError::InsufficientFundsForRent { .. } => {
            Refusal::new("InsufficientFundsForRent", RENT_ROSE)
        }
        TransactionError::BlockhashNotFound => {
            Refusal::new("BlockhashNotFound", "the transaction is too old: prepare and sign it again")
        }
        other => Refusal::new(name_of(other), format!("the chain refuses the transaction: {other}")),
    }
}

fn instruction(error: &InstructionError, culprit: Culprit) -> Refusal {
    use InstructionError as Error;
    match (culprit, error) {
        (Culprit::System, Error::Custom(TOO_FEW_LAMPORTS)) => Refusal::new("InsufficientFunds", NO_SOL),
        (Culprit::System, Error::Custom(ACCOUNT_IN_USE)) | (_, Error::AccountAlreadyInitialized) => {
            Refusal::new("AlreadyExists", TAKEN)
        }
        (Culprit::Token, Error::Custom(TOO_FEW_TOKENS)) => {
            Refusal::new("InsufficientTokens", "the wallet holds fewer tokens than it would have to pay")
        }
        (
            Culprit::Token,
            Error::InvalidAccountData | Error::UninitializedAccount | Error::IncorrectProgramId,
        ) => Refusal::new("NoTokenAccount", NO_TOKEN_ACCOUNT),
        (Culprit::Chorale, Error::UninitializedAccount | Error::AccountDataTooSmall) => {
            Refusal::new("NotThere", NOT_THERE)
        }
        (Culprit::Chorale | Culprit::Other, Error::Custom(code)) => custom(*code),
        _ => Refusal::new(name_of(error), format!("the program refuses the accounts or arguments: {error}")),
    }
}

fn custom(code: u32) -> Refusal {
    match ChoraleError::from_code(code) {
        Some(error) => Refusal::new(error.name(), error.to_string()),
        None => Refusal::new(format!("Custom{code}"), format!("the program refuses with code {code}")),
    }
}

/// The innermost program that failed is the first to be logged as failed.
fn culprit(logs: &[String], token_program: &Address) -> Culprit {
    let failed = logs.iter().find_map(|line| {
        let (program, rest) = line.strip_prefix("Program ")?.split_once(' ')?;
        rest.starts_with("failed").then(|| program.parse::<Address>().ok())?
    });
    match failed {
        Some(program) if program == chorale::ID => Culprit::Chorale,
        Some(program) if program == chorale::address::SYSTEM_PROGRAM => Culprit::System,
        Some(program) if program == *token_program => Culprit::Token,
        _ => Culprit::Other,
    }
}

/// The variant's name, without what it carries.
fn name_of(error: &impl fmt::Debug) -> String {
    let text = format!("{error:?}");
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: Address = chorale::address::TOKEN_PROGRAM;

    fn failed(error: InstructionError, programs: &[Address]) -> Refusal {
        let logs: Vec<_> =
            programs.iter().map(|program| format!("Program {program} failed: whatever")).collect();
        explain(&TransactionError::InstructionError(0, error), &logs, &TOKEN)
    }

    #[test]
    fn every_error_of_the_program_has_its_name_and_words() {
        for error in ChoraleError::ALL {
            let refusal = failed(InstructionError::Custom(error.code()), &[chorale::ID]);
            assert_eq!((refusal.name.as_str(), refusal.to_string()), (error.name(), error.to_string()));
        }
    }

    #[test]
    fn the_same_code_means_what_the_innermost_program_meant() {
        let system = failed(InstructionError::Custom(1), &[chorale::address::SYSTEM_PROGRAM, chorale::ID]);
        let token = failed(InstructionError::Custom(1), &[TOKEN, chorale::ID]);
        assert_eq!((system.name.as_str(), token.name.as_str()), ("InsufficientFunds", "InsufficientTokens"));
    }

    #[test]
    fn a_proposal_that_has_ended_is_named() {
        // Approved: the account is a message's, which is smaller. Ended otherwise: it is gone.
        for error in [InstructionError::AccountDataTooSmall, InstructionError::UninitializedAccount] {
            assert_eq!(failed(error, &[chorale::ID]).name, "NotThere");
        }
    }

    #[test]
    fn who_lacks_lamports_for_rent_is_named() {
        let lacking = |account_index| {
            explain(&TransactionError::InsufficientFundsForRent { account_index }, &[], &TOKEN).name
        };
        assert_eq!([lacking(0), lacking(3)], ["InsufficientFunds", "InsufficientFundsForRent"]);
    }

    #[test]
    fn an_endpoint_that_only_has_words_is_understood_by_them() {
        let refusal =
            Refusal::by_endpoint("Simulation failed: custom program error: 0x1776 [3 log messages]");
        assert_eq!(refusal.name, "NotCoAuthor");
        assert_eq!(Refusal::by_endpoint("no").to_string(), "the RPC endpoint refuses: no");
    }

    #[test]
    fn what_nobody_thought_of_keeps_its_name() {
        let other = explain(&TransactionError::AccountInUse, &[], &TOKEN);
        assert_eq!(other.name, "AccountInUse");
        assert_eq!(failed(InstructionError::Custom(77), &[chorale::ID]).name, "Custom77");
        assert_eq!(failed(InstructionError::InvalidSeeds, &[chorale::ID]).name, "InvalidSeeds");
    }
}
