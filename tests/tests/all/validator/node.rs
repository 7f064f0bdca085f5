//! The validator over RPC: sending, refusals, and what is on chain.

use crate::world::PATIENCE;
use anchor_lang::AccountDeserialize;
use chorale::error::ChoraleError;
use chorale_domain::event::ChainEvent;
use chorale_domain::id::Wallet;
use chorale_indexer::RpcSource;
use chorale_indexer::decode::decode;
use chorale_indexer::source::ChainSource;
use chorale_indexer::time::RealTime;
use solana_address::Address;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_client::rpc_config::RpcSendTransactionConfig;
use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_instruction::Instruction;
use solana_instruction::error::InstructionError;
use solana_keypair::Keypair;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction_error::TransactionError;
use std::sync::Arc;
use std::time::Duration;

/// The chain's clock: an account whose last eight bytes are Unix seconds.
const CLOCK: Address = Address::from_str_const("SysvarC1ock11111111111111111111111111111111");
/// Where the amount is in an account of either token program.
const AMOUNT: std::ops::Range<usize> = 64..72;
/// How long to wait before asking again.
const PAUSE: Duration = Duration::from_millis(30);

/// A refusal by name where the program gave one, the runtime's words otherwise.
pub type Refused = String;

/// What a transaction did.
#[derive(Debug)]
pub struct Landed {
    pub events: Vec<ChainEvent>,
    pub units: u64,
}

/// A validator's RPC endpoint. Everything is as of the last confirmed block.
pub struct Node {
    rpc: RpcClient,
    source: RpcSource,
}

impl Node {
    pub fn new(rpc_url: String, ws_url: String) -> Self {
        let program = Wallet(chorale::ID.to_bytes());
        Self {
            rpc: RpcClient::new_with_commitment(rpc_url.clone(), CommitmentConfig::confirmed()),
            source: RpcSource::new(rpc_url, ws_url, program, Arc::new(RealTime::new())),
        }
    }

    /// Sends a transaction that the first signer pays, if a simulation goes well, and waits until it is confirmed.
    pub async fn send(&self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Landed, Refused> {
        let signature = self.submit(instructions, signers, false).await?;
        match self.outcome(&signature).await {
            Ok(()) => Ok(self.landed(&signature).await),
            Err(error) => Err(refusal(&error)),
        }
    }

    /// Sends one without simulation that must fail in a block.
    pub async fn fail(&self, instruction: Instruction, signer: &Keypair) -> Refused {
        let sent = self.submit(&[instruction], &[signer], true).await;
        let signature = sent.expect("the node takes what it does not simulate");
        refusal(&self.outcome(&signature).await.expect_err("this should be refused"))
    }

    async fn submit(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        skip_preflight: bool,
    ) -> Result<Signature, Refused> {
        let blockhash = self.rpc.get_latest_blockhash().await.expect("the node answers");
        let payer = Some(&signers[0].pubkey());
        let transaction = Transaction::new_signed_with_payer(instructions, payer, signers, blockhash);
        let preflight_commitment = Some(CommitmentLevel::Confirmed);
        let config = RpcSendTransactionConfig { skip_preflight, preflight_commitment, ..Default::default() };
        let sent = self.rpc.send_transaction_with_config(&transaction, config).await;
        sent.map_err(|error| match error.get_transaction_error() {
            Some(error) => refusal(&error),
            None => panic!("the node refused a transaction for no reason of the chain's: {error}"),
        })
    }

    async fn outcome(&self, signature: &Signature) -> Result<(), TransactionError> {
        until(&format!("transaction {signature} is confirmed"), async || {
            let statuses = self.rpc.get_signature_statuses(&[*signature]).await.expect("the node answers");
            let status = statuses.value.into_iter().flatten().next()?;
            status.satisfies_commitment(CommitmentConfig::confirmed()).then_some(status.status)
        })
        .await
    }

    async fn landed(&self, signature: &Signature) -> Landed {
        let signature = signature.to_string().parse().expect("a signature");
        let transaction = until(&format!("the node gives transaction {signature}"), async || {
            self.source.transaction(signature).await.expect("the node answers")
        })
        .await;
        let meta = transaction.transaction.meta.as_ref().expect("the node records metadata");
        let units: Option<u64> = meta.compute_units_consumed.clone().into();
        let program = Wallet(chorale::ID.to_bytes());
        let indexed = decode(program, signature, &transaction).expect("inner instructions are recorded");
        assert_eq!(indexed.dead_letter, None, "every event decodes");
        Landed { events: indexed.events, units: units.expect("units are recorded") }
    }

    /// An account of the program, `None` where there is none or another kind of account.
    pub async fn read<T: AccountDeserialize>(&self, address: &Address) -> Option<T> {
        T::try_deserialize(&mut self.data(address).await?.as_slice()).ok()
    }

    async fn data(&self, address: &Address) -> Option<Vec<u8>> {
        let commitment = CommitmentConfig::confirmed();
        let account = self.rpc.get_account_with_commitment(address, commitment).await;
        Some(account.expect("the node answers").value?.data)
    }

    /// All accounts of the program that are of this kind.
    pub async fn all<T: AccountDeserialize>(&self) -> Vec<T> {
        let accounts = self.rpc.get_program_accounts(&chorale::ID).await.expect("the node answers");
        accounts
            .iter()
            .filter_map(|(_, account)| T::try_deserialize(&mut account.data.as_slice()).ok())
            .collect()
    }

    /// Base units in a token account.
    pub async fn tokens(&self, account: &Address) -> u64 {
        let data = self.data(account).await.expect("a token account");
        u64::from_le_bytes(data[AMOUNT].try_into().expect("8 bytes"))
    }

    pub async fn lamports(&self, account: &Address) -> u64 {
        self.rpc.get_balance(account).await.expect("the node answers")
    }

    /// The rent of an account with so many bytes, in lamports.
    pub async fn rent(&self, bytes: usize) -> u64 {
        self.rpc.get_minimum_balance_for_rent_exemption(bytes).await.expect("the node answers")
    }

    pub async fn slot(&self) -> u64 {
        self.rpc.get_slot().await.expect("the node answers")
    }

    /// Waits until the chain's clock shows this, in Unix seconds.
    pub async fn wait_for(&self, unix_timestamp: i64) {
        until(&format!("the chain's clock shows {unix_timestamp}"), async || {
            let clock = self.data(&CLOCK).await.expect("every chain has a clock");
            let now = clock.last_chunk().copied().map(i64::from_le_bytes).expect("8 bytes");
            (now >= unix_timestamp).then_some(())
        })
        .await;
    }
}

/// Asks again and again until there is an answer.
async fn until<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let asking = async {
        loop {
            match ask().await {
                Some(answer) => return answer,
                None => tokio::time::sleep(PAUSE).await,
            }
        }
    };
    let answer = tokio::time::timeout(PATIENCE, asking).await;
    answer.unwrap_or_else(|_| panic!("waited {PATIENCE:?} until {what}"))
}

fn refusal(error: &TransactionError) -> Refused {
    match error {
        TransactionError::InstructionError(_, InstructionError::Custom(code)) => {
            ChoraleError::from_code(*code)
                .map_or_else(|| format!("Custom({code})"), |error| error.name().to_owned())
        }
        TransactionError::InstructionError(_, error) => format!("{error:?}"),
        error => format!("{error:?}"),
    }
}
