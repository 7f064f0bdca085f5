//! Transactions as they go over the wire, and what is checked before one is sent on.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use solana_address::Address;
use solana_transaction::versioned::VersionedTransaction;

/// The largest transaction the chain takes, in bytes.
const MAX_TRANSACTION_BYTES: usize = 1232;

/// Why a transaction is not sent on.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum RelayError {
    #[error("this is not a transaction in Solana's wire format in base64: {0}")]
    Unreadable(String),
    #[error("the transaction calls a program other than Chorale's: only prepared transactions are relayed")]
    OtherProgram,
    #[error(
        "the transaction was not prepared here, was altered since, or is more than two minutes old: prepare it again"
    )]
    NotPrepared,
    #[error("the transaction was prepared for another wallet than the one that is signed in")]
    OtherWallet,
    #[error(
        "a signature is missing or is not the wallet's over this transaction: sign it as it was prepared"
    )]
    Unsigned,
}

/// Base64 of Solana's wire format.
pub(crate) fn encode(transaction: &VersionedTransaction) -> Result<String, RelayError> {
    let bytes = wincode::serialize(transaction).map_err(|error| RelayError::Unreadable(error.to_string()))?;
    Ok(STANDARD.encode(bytes))
}

/// The inverse of [`encode`], for text from anyone.
pub(crate) fn decode(text: &str) -> Result<VersionedTransaction, RelayError> {
    let bytes = STANDARD.decode(text).map_err(|error| RelayError::Unreadable(error.to_string()))?;
    if bytes.len() > MAX_TRANSACTION_BYTES {
        let bytes = bytes.len();
        let detail = format!("{bytes} bytes, at most {MAX_TRANSACTION_BYTES} are possible");
        return Err(RelayError::Unreadable(detail));
    }
    let transaction: VersionedTransaction =
        wincode::deserialize_exact(&bytes).map_err(|error| RelayError::Unreadable(error.to_string()))?;
    transaction.sanitize().map_err(|error| RelayError::Unreadable(error.to_string()))?;
    Ok(transaction)
}

/// The programs a transaction calls.
pub(crate) fn programs(transaction: &VersionedTransaction) -> impl Iterator<Item = Address> {
    let (message, keys) = (&transaction.message, transaction.message.static_account_keys());
    message.instructions().iter().filter_map(|call| keys.get(usize::from(call.program_id_index)).copied())
}

pub(crate) fn check_signatures(transaction: &VersionedTransaction) -> Result<(), RelayError> {
    let all = transaction.verify_with_results().into_iter().all(|good| good);
    if all { Ok(()) } else { Err(RelayError::Unsigned) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_domain::id::{ThreadId, Wallet};
    use solana_message::{Message, VersionedMessage};
    use solana_signature::Signature;

    fn unsigned() -> VersionedTransaction {
        let creator = Wallet([1; 32]);
        let instruction = chorale::build::create_thread(creator, ThreadId([2; 32]), 10_000);
        let message = Message::new(&[instruction], Some(&Address::from(creator.0)));
        VersionedTransaction {
            signatures: vec![Signature::default()],
            message: VersionedMessage::Legacy(message),
        }
    }

    #[test]
    fn a_transaction_survives_its_text_form() {
        let transaction = unsigned();
        let text = encode(&transaction).unwrap();
        assert_eq!(decode(&text), Ok(transaction.clone()));
        assert!(programs(&transaction).eq([chorale::ID]));
        assert_eq!(check_signatures(&transaction), Err(RelayError::Unsigned));
    }

    #[test]
    fn anything_else_is_refused_in_words() {
        let bytes = wincode::serialize(&unsigned()).unwrap();
        let longer = [bytes.as_slice(), &[0]].concat();
        for bad in [&[][..], &[0xff; 64], &bytes[..40], &longer, &[1; 2000]] {
            assert!(matches!(decode(&STANDARD.encode(bad)), Err(RelayError::Unreadable(_))), "{bad:?}");
        }
        assert!(decode("not base64!").is_err());
    }
}
