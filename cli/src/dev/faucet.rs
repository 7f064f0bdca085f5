//! The development faucet: the deployment's payer gives to whoever asks.

use async_trait::async_trait;
use chorale_backend::{Faucet, FaucetError};
use chorale_domain::id::Wallet;
use chorale_localnet::{Deployment, LocalnetError};
use chorale_wire::http::Funded;

/// Funds wallets out of a deployment's payer.
pub(super) struct DevFaucet(pub(super) Deployment);

#[async_trait]
impl Faucet for DevFaucet {
    async fn fund(&self, wallet: Wallet) -> Result<Funded, FaucetError> {
        let grant = self.0.fund(wallet).await;
        let grant = grant.map_err(|error| refusal(&error))?;
        Ok(Funded { lamports: grant.lamports, tokens: grant.tokens })
    }
}

/// A transaction that the chain refuses would be refused again; anything else may pass.
fn refusal(error: &LocalnetError) -> FaucetError {
    let refused =
        matches!(error, LocalnetError::Rpc { error, .. } if error.get_transaction_error().is_some());
    let said = format!("{error}; its payer (--payer) must be rich enough and the mint's authority");
    if refused { FaucetError::Refused(said) } else { FaucetError::Unavailable(said) }
}
