use crate::{Deployment, LocalnetError};
use chorale_domain::id::{Amount, Wallet};
use solana_address::Address;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;
use spl_associated_token_account_interface::instruction::create_associated_token_account_idempotent;
use spl_token_interface::instruction::mint_to;

/// Lamports for fees and rent that a grant carries.
const LAMPORTS: u64 = 2_000_000_000;
/// What giving it costs at most besides: the rent of the token account, fees.
const FEES: u64 = 10_000_000;
/// Whole tokens that a grant carries.
const TOKENS: u64 = 1_000;

/// What a wallet was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grant {
    /// For fees and rent.
    pub lamports: Amount,
    /// In base units, for stakes.
    pub tokens: Amount,
}

impl Deployment {
    /// Gives `wallet` lamports and freshly minted tokens. Needs the payer to be the mint's authority, as it is
    /// where [`Deployment::ensure`] created the mint.
    ///
    /// # Errors
    /// [`LocalnetError`] if the chain refuses, because the payer is not the mint's authority for instance.
    pub async fn fund(&self, wallet: Wallet) -> Result<Grant, LocalnetError> {
        let (payer, mint, program) = (self.payer.pubkey(), self.build.mint, self.build.token_program);
        let owner = Address::new_from_array(wallet.0);
        let account = chorale::address::associated_token(wallet, &mint, &program);
        let tokens = 10_u64.checked_pow(u32::from(self.decimals)).and_then(|one| one.checked_mul(TOKENS));
        let tokens = tokens.ok_or_else(|| {
            LocalnetError::Instruction(format!("{TOKENS} tokens of {} decimals are too many", self.decimals))
        })?;
        let mint_tokens = mint_to(&program, &mint, &account, &payer, &[], tokens);
        let instructions = [
            transfer(&payer, &owner, LAMPORTS),
            create_associated_token_account_idempotent(&payer, &owner, &mint, &program),
            mint_tokens.map_err(|error| LocalnetError::Instruction(error.to_string()))?,
        ];
        self.send(&instructions, LAMPORTS + FEES).await?;
        Ok(Grant { lamports: Amount(LAMPORTS), tokens: Amount(tokens) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DeploymentOptions, Localnet};
    use solana_keypair::Keypair;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_fresh_chain_is_deployed_initialized_and_funds_wallets() {
        let payer = Keypair::new();
        let started = std::time::Instant::now();
        let chain = Localnet::start(&payer).await.unwrap();
        eprintln!("localnet started in {:?}", started.elapsed());
        let options = DeploymentOptions::default();
        let deployment = Deployment::ensure(chain.rpc_url(), &payer, options).await.unwrap();
        eprintln!("deployed in {:?}", started.elapsed());
        let again = Deployment::ensure(chain.rpc_url(), &payer, options).await.unwrap();
        assert_eq!(again.build, deployment.build, "the second time finds what the first one made");

        let wallet = Wallet(Keypair::new().pubkey().to_bytes());
        let grant = deployment.fund(wallet).await.unwrap();
        let account = chorale::address::associated_token(
            wallet,
            &deployment.build.mint,
            &deployment.build.token_program,
        );
        let held = deployment.rpc.get_token_account_balance(&account).await.unwrap();
        assert_eq!(held.amount, grant.tokens.to_string());
        // It ends in any case: on a busy machine it may only say so too late.
        let _ = chain.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_endpoint_that_does_not_answer_is_named() {
        let refused =
            Deployment::ensure("http://127.0.0.1:9", &Keypair::new(), DeploymentOptions::default()).await;
        let error = refused.err().expect("nothing listens on port 9").to_string();
        assert!(error.contains("http://127.0.0.1:9"), "{error}");
    }
}
