//! The development faucet: the deployment's payer gives to whoever asks.

use async_trait::async_trait;
use chorale_backend::{Faucet, FaucetError};
use chorale_domain::id::Wallet;
use chorale_localnet::Deployment;
use chorale_wire::http::Funded;

/// Funds wallets out of a deployment's payer.
pub(super) struct DevFaucet(pub(super) Deployment);

#[async_trait]
impl Faucet for DevFaucet {
    async fn fund(&self, wallet: Wallet) -> Result<Funded, FaucetError> {
        let grant = self.0.fund(wallet).await;
        let grant = grant.map_err(|error| {
            FaucetError(format!("{error}; its payer (--payer) must be rich enough and the mint's authority"))
        })?;
        Ok(Funded { lamports: grant.lamports, tokens: grant.tokens })
    }
}
