//! Reviewing what the backend prepared: it is signed only if it is exactly the one instruction this side
//! built, paid by this wallet and signed by nobody else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chorale_domain::id::{Signature, Wallet};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::{Message, VersionedMessage};
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction::versioned::VersionedTransaction;

/// Terms are part of what is signed (whose proposal, with which stake), so a difference need not be an attack.
const WHAT_TO_DO: &str = "look at the room's present state and ask again, as this client or the server may be \
     behind the chain; if the difference stays, do not trust the server";

/// How a prepared transaction differs from what was asked for.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AlteredTransaction {
    /// Not base64 of a transaction.
    #[error("the server's answer is not a transaction")]
    Unreadable,
    /// A versioned message can load further accounts from tables on the chain: never asked for here.
    #[error("the prepared transaction is not in the legacy format, which is all that was asked for")]
    OtherFormat,
    /// Somebody else would pay, or this wallet would sign as something else.
    #[error("the prepared transaction's fee payer is not this wallet")]
    OtherPayer,
    /// More or less than the one instruction.
    #[error("the prepared transaction holds {0} instructions instead of the one that was asked for")]
    OtherInstructions(usize),
    /// An instruction for another program.
    #[error("the prepared transaction calls another program")]
    OtherProgram,
    /// The program would be handed other accounts, or with other rights.
    #[error(
        "the prepared transaction names other accounts than the action needs, or with other rights: {}",
        WHAT_TO_DO
    )]
    OtherAccounts,
    /// Other arguments: another stake than the one that was voted on, for example.
    #[error("the prepared transaction's instruction has other arguments than were asked for: {}", WHAT_TO_DO)]
    OtherData,
}

/// A prepared transaction that is what was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reviewed(Message);

/// Accepts a prepared transaction (base64 of Solana's wire format) only if its message is the one that
/// `instruction` alone gives with `wallet` as fee payer; the recent block hash is the server's choice.
///
/// # Errors
/// [`AlteredTransaction`] with the first difference.
pub fn review(
    prepared: &str,
    instruction: &Instruction,
    wallet: Wallet,
) -> Result<Reviewed, AlteredTransaction> {
    let message = decode(prepared)?;
    let payer = Address::from(wallet.0);
    let instructions = std::slice::from_ref(instruction);
    let expected = Message::new_with_blockhash(instructions, Some(&payer), &message.recent_blockhash);
    if message == expected { Ok(Reviewed(message)) } else { Err(difference(&message, &expected)) }
}

fn decode(prepared: &str) -> Result<Message, AlteredTransaction> {
    let bytes = STANDARD.decode(prepared).ok();
    let transaction: Option<VersionedTransaction> =
        bytes.and_then(|bytes| wincode::deserialize_exact(&bytes).ok());
    match transaction.map(|transaction| transaction.message) {
        None => Err(AlteredTransaction::Unreadable),
        Some(VersionedMessage::Legacy(message)) => Ok(message),
        Some(_) => Err(AlteredTransaction::OtherFormat),
    }
}

/// Names the first difference between two messages that are known to differ.
fn difference(message: &Message, expected: &Message) -> AlteredTransaction {
    let [instruction] = message.instructions.as_slice() else {
        return AlteredTransaction::OtherInstructions(message.instructions.len());
    };
    if message.account_keys.first() != expected.account_keys.first() {
        AlteredTransaction::OtherPayer
    } else if message.program_id(0) != expected.program_id(0) {
        AlteredTransaction::OtherProgram
    } else if instruction.data != expected.instructions[0].data {
        AlteredTransaction::OtherData
    } else {
        AlteredTransaction::OtherAccounts
    }
}

impl Reviewed {
    /// Signs it: the transaction in base64, and the signature that names it.
    #[must_use]
    pub fn sign(self, keypair: &Keypair) -> (String, Signature) {
        let signature = keypair.sign_message(&self.0.serialize());
        let transaction = Transaction { signatures: vec![signature], message: self.0 };
        let bytes = wincode::serialize(&transaction).expect("a message that was decoded can be encoded");
        (STANDARD.encode(bytes), Signature(signature.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use chorale::build::Deployment;
    use chorale_domain::id::{Amount, Hash32, ThreadId};
    use solana_hash::Hash;
    use solana_instruction::AccountMeta;

    const WALLET: Wallet = Wallet([1; 32]);

    fn asked() -> Instruction {
        let accounts = vec![
            AccountMeta::new(Address::from(WALLET.0), true),
            AccountMeta::new(Address::from([2; 32]), false),
            AccountMeta::new_readonly(Address::from([3; 32]), false),
        ];
        Instruction { program_id: Address::from([9; 32]), accounts, data: vec![1, 2, 3] }
    }

    fn prepared(instructions: &[Instruction], payer: [u8; 32]) -> String {
        let payer = Address::from(payer);
        let hash = Hash::new_from_array([5; 32]);
        let message = Message::new_with_blockhash(instructions, Some(&payer), &hash);
        STANDARD.encode(wincode::serialize(&Transaction::new_unsigned(message)).unwrap())
    }

    fn reviewed(prepared: &str) -> Result<(), AlteredTransaction> {
        review(prepared, &asked(), WALLET).map(|_| ())
    }

    #[test]
    fn what_was_asked_for_is_signed_so_that_the_chain_accepts_it() {
        let keypair = Keypair::new();
        let wallet = Wallet(keypair.pubkey().to_bytes());
        let mut instruction = asked();
        instruction.accounts[0].pubkey = keypair.pubkey();
        let prepared = prepared(std::slice::from_ref(&instruction), wallet.0);
        let (signed, signature) = review(&prepared, &instruction, wallet).unwrap().sign(&keypair);
        let transaction: Transaction = wincode::deserialize(&STANDARD.decode(signed).unwrap()).unwrap();
        assert_eq!(transaction.verify(), Ok(()));
        assert_eq!(transaction.signatures[0].as_array(), &signature.0);
    }

    #[test]
    fn a_further_instruction_is_refused() {
        let drain = Instruction { program_id: Address::from([0; 32]), ..asked() };
        let both = prepared(&[asked(), drain], WALLET.0);
        assert_eq!(reviewed(&both), Err(AlteredTransaction::OtherInstructions(2)));
        assert_eq!(reviewed(&prepared(&[], WALLET.0)), Err(AlteredTransaction::OtherInstructions(0)));
    }

    #[test]
    fn another_payer_program_account_or_argument_is_refused() {
        let alter = |change: fn(&mut Instruction)| {
            let mut instruction = asked();
            change(&mut instruction);
            reviewed(&prepared(&[instruction], WALLET.0))
        };
        assert_eq!(reviewed(&prepared(&[asked()], [8; 32])), Err(AlteredTransaction::OtherPayer));
        assert_eq!(alter(|i| i.program_id = Address::from([4; 32])), Err(AlteredTransaction::OtherProgram));
        assert_eq!(alter(|i| i.data[2] = 4), Err(AlteredTransaction::OtherData));
        assert_eq!(
            alter(|i| i.accounts[1].pubkey = Address::from([4; 32])),
            Err(AlteredTransaction::OtherAccounts)
        );
        assert_eq!(alter(|i| i.accounts[2].is_writable = true), Err(AlteredTransaction::OtherAccounts));
        assert_eq!(alter(|i| i.accounts[2].is_signer = true), Err(AlteredTransaction::OtherAccounts));
        assert_eq!(alter(|i| i.accounts.swap(0, 1)), Err(AlteredTransaction::OtherAccounts));
    }

    /// What the review says of the instruction for `given` where `asked` was meant.
    fn given_for([asked, given]: [Action; 2]) -> Result<(), AlteredTransaction> {
        let deployment =
            Deployment { mint: Address::from([6; 32]), token_program: chorale::address::TOKEN_PROGRAM };
        let [asked, given] = [asked, given].map(|action| action.instruction(WALLET, &deployment));
        review(&prepared(&[given], WALLET.0), &asked, WALLET).map(|_| ())
    }

    #[test]
    fn other_terms_than_this_side_saw_are_refused() {
        let (thread, hash, author) = (ThreadId([2; 32]), Hash32([3; 32]), Wallet([4; 32]));
        let vote = |stake| Action::Vote { thread, hash, author, stake: Amount(stake), approve: true };
        let propose = |open_until| Action::Propose { thread, hash, stake: Amount(9), open_until };
        let divest = |at_least| Action::Divest { thread, at_least: Amount(at_least) };
        let altered = Err(AlteredTransaction::OtherData);
        assert_eq!(given_for([9, 9].map(vote)), Ok(()));
        assert_eq!(given_for([9, 8].map(vote)), altered, "a vote for another stake");
        assert_eq!(given_for([50, 50].map(propose)), Ok(()));
        assert_eq!(given_for([50, 0].map(propose)), altered, "a proposal that may expire at any time");
        assert_eq!(given_for([7, 7].map(divest)), Ok(()));
        assert_eq!(given_for([7, 0].map(divest)), altered, "leaving for nothing");
    }

    #[test]
    fn what_is_no_legacy_transaction_is_refused() {
        for text in ["", "!!", "AAAA"] {
            assert_eq!(reviewed(text), Err(AlteredTransaction::Unreadable), "{text:?}");
        }
        let trailing = STANDARD.decode(prepared(&[asked()], WALLET.0)).unwrap();
        let trailing = STANDARD.encode([trailing, vec![0]].concat());
        assert_eq!(reviewed(&trailing), Err(AlteredTransaction::Unreadable));
        let message = solana_message::v0::Message::default();
        let versioned = VersionedTransaction { signatures: vec![], message: VersionedMessage::V0(message) };
        let versioned = STANDARD.encode(wincode::serialize(&versioned).unwrap());
        assert_eq!(reviewed(&versioned), Err(AlteredTransaction::OtherFormat));
    }

    #[test]
    fn other_terms_of_governing_are_refused_too() {
        let withdraw = |amount| Action::WithdrawTreasury { amount: Amount(amount) };
        let invite = |byte| Action::ProposeAuthority { pending: Some(Wallet([byte; 32])) };
        let pause = |paused| Action::SetPaused { paused };
        let anchor = |slot| Action::AnchorRoot { slot, root: Hash32([3; 32]) };
        let altered = Err(AlteredTransaction::OtherData);
        assert_eq!(given_for([9, 9].map(withdraw)), Ok(()));
        assert_eq!(given_for([9, 10].map(withdraw)), altered);
        assert_eq!(given_for([1, 2].map(invite)), altered);
        assert_eq!(given_for([true, false].map(pause)), altered);
        assert_eq!(given_for([7, 8].map(anchor)), altered);
        assert!(given_for([Action::AcceptAuthority, pause(true)]).is_err());
    }
}
