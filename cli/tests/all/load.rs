//! Many transactions of the program, sent as fast as asked, each known by its signature.

mod script;
mod wallet;

use crate::chain::Chain;
use crate::process::until;
use futures::future::join_all;
use script::{Script, Step};
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_client::rpc_config::RpcSendTransactionConfig;
use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::Transaction;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use wallet::Bank;

/// Who sends at the same time; each in threads of its own.
const SENDERS: usize = 8;
/// How many signatures a node tells the statuses of at once.
const STATUSES: usize = 256;

/// A transaction that was sent.
pub struct Sent {
    pub signature: Signature,
    /// How many events it emits.
    pub events: usize,
}

/// How much to send, and how fast.
#[derive(Clone, Copy)]
pub struct Load {
    /// Transactions of the program.
    pub transactions: usize,
    /// How many a second at most.
    pub per_second: u32,
}

impl Load {
    /// Sends all of it and waits until it is confirmed; gives what was sent.
    pub async fn send(self, chain: &Chain) -> Vec<Sent> {
        let node = Arc::new(Node::new(&chain.facts.rpc_url));
        let bank = Bank::new(chain, Arc::clone(&node));
        let pause = Duration::from_secs(1) * u32::try_from(SENDERS).expect("a few") / self.per_second;
        let share = |n| self.transactions / SENDERS + usize::from(n < self.transactions % SENDERS);
        let senders = (0..SENDERS).map(|n| one_sender(&node, &bank, share(n), pause));
        let sent: Vec<_> = join_all(senders).await.into_iter().flatten().collect();
        let signatures: Vec<_> = sent.iter().map(|sent: &Sent| sent.signature).collect();
        node.confirmed(&signatures).await;
        sent
    }
}

async fn one_sender(node: &Node, bank: &Bank, share: usize, pause: Duration) -> Vec<Sent> {
    let [ada, ben] = bank.wallets().await;
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sent = Vec::new();
    for Step { instruction, signer, events } in Script::new(bank.deployment, ada, ben).take(share) {
        ticks.tick().await;
        let signature = node.send(&[instruction], &signer).await;
        sent.push(Sent { signature, events });
    }
    sent
}

/// A chain's RPC endpoint.
struct Node(RpcClient);

impl Node {
    fn new(url: &str) -> Self {
        Self(RpcClient::new_with_commitment(url.to_owned(), CommitmentConfig::confirmed()))
    }

    /// Sends what `signer` pays; the chain has executed it when this returns.
    async fn send(&self, instructions: &[Instruction], signer: &Keypair) -> Signature {
        let blockhash = self.0.get_latest_blockhash().await.expect("the chain answers");
        let payer = Some(&signer.pubkey());
        let transaction = Transaction::new_signed_with_payer(instructions, payer, &[signer], blockhash);
        let config = RpcSendTransactionConfig { skip_preflight: true, ..Default::default() };
        let sent = self.0.send_transaction_with_config(&transaction, config).await;
        sent.unwrap_or_else(|error| panic!("the chain refuses {instructions:?}: {error}"))
    }

    async fn confirmed(&self, signatures: &[Signature]) {
        for some in signatures.chunks(STATUSES) {
            until("every transaction is confirmed", async || {
                let statuses = self.0.get_signature_statuses(some).await.expect("the chain answers").value;
                let mut statuses = statuses.into_iter();
                let done = |status: &solana_transaction_status_client_types::TransactionStatus| {
                    assert_eq!(status.status, Ok(()), "the load is lawful");
                    status.satisfies_commitment(CommitmentConfig::confirmed())
                };
                statuses.all(|status| status.as_ref().is_some_and(done)).then_some(())
            })
            .await;
        }
    }
}
