//! What the program's accounts say.

use anyhow::{Context, Result};
use chorale_domain::state::{Entities, Entity};
use chorale_indexer::accounts::ProgramState;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;

/// The chain's state: every account of the program, and what its vault holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChainState {
    /// The accounts as entities.
    pub entities: Entities,
    /// Base units in the vault's token account.
    pub vault: u64,
    /// Base units the treasury's books say the vault must hold.
    pub held: u64,
}

impl ChainState {
    /// Reads all accounts of the program at `rpc_url`, as confirmed.
    ///
    /// # Errors
    /// If the RPC endpoint does not answer or an account cannot be decoded.
    pub async fn read(rpc_url: &str) -> Result<Self> {
        let rpc = RpcClient::new_with_commitment(rpc_url.into(), CommitmentConfig::confirmed());
        let accounts = rpc
            .get_program_accounts(&chorale::ID)
            .await
            .with_context(|| format!("{rpc_url} does not list the program's accounts"))?;
        let vault = rpc
            .get_token_account_balance(&chorale::address::vault())
            .await
            .with_context(|| format!("{rpc_url} does not tell the vault's balance"))?;
        let vault = vault.amount.parse().context("the vault's balance is no number")?;
        let ProgramState { entities, held } =
            ProgramState::read(accounts.iter().map(|(_, account)| account.data.as_slice()))?;
        Ok(Self { entities, vault, held })
    }

    /// Base units the program owes: balances, escrow and claimable amounts of every thread, and the treasury.
    #[must_use]
    pub fn owed(&self) -> u128 {
        let owed = self.entities.values().map(|entity| match entity {
            Entity::Thread(thread) => u128::from(thread.token_balance.0) + u128::from(thread.escrow.0),
            Entity::Member(member) => u128::from(member.claimable.0),
            Entity::Treasury(treasury) => u128::from(treasury.balance.0),
            Entity::Config(_) | Entity::Roots(_) | Entity::Proposal(_) | Entity::Message(_) => 0,
        });
        owed.sum()
    }
}
