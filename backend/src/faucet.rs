//! Giving newcomers what they need to begin, where whoever runs the backend wants that.

use async_trait::async_trait;
use chorale_domain::id::Wallet;
use chorale_wire::http::Funded;

/// Funds wallets. The backend holds no key: whoever wires a faucet in holds it for it.
#[async_trait]
pub trait Faucet: Send + Sync {
    /// Gives `wallet` lamports for fees and rent, and tokens to stake.
    ///
    /// # Errors
    /// [`FaucetError`] if nothing was given.
    async fn fund(&self, wallet: Wallet) -> Result<Funded, FaucetError>;
}

/// Why the faucet gave nothing; the text is shown to whoever asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FaucetError {
    /// This wallet gets nothing: the chain refuses it, or the faucet does.
    #[error("the faucet gave nothing: {0}")]
    Refused(String),
    /// Nobody gets anything just now.
    #[error("the faucet gives nothing: {0}")]
    Unavailable(String),
}
