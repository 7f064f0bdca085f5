use crate::LocalnetError;
use anchor_lang::AccountDeserialize;
use chorale::build;
use chorale::error::ChoraleError;
use chorale::state::{Config, Settings};
use chorale_domain::id::Wallet;
use chorale_wire::endpoint::{cause, public};
use solana_address::Address;
use solana_client::client_error::ClientError;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use solana_instruction::{Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_system_interface::instruction::create_account;
use solana_transaction::Transaction;
use solana_transaction_error::TransactionError;
use std::sync::Arc;
use std::time::Duration;

/// Decimal places of a mint that is created here.
const DECIMALS: u8 = 6;
/// Bytes of a mint account.
const MINT_BYTES: usize = 82;
/// What setting up costs at most, in lamports: the mint, the deployment's accounts, fees.
const SETUP_LAMPORTS: u64 = 100_000_000;
/// What is asked of a chain that gives lamports away: plenty, or what public test chains give.
const AIRDROPS: [u64; 2] = [1_000_000_000_000, 5_000_000_000];
/// How long a confirmation or an airdrop is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a new deployment is set up with.
#[derive(Clone, Copy, Debug)]
pub struct DeploymentOptions {
    /// The program's settings.
    pub settings: Settings,
}

impl Default for DeploymentOptions {
    /// Stakes from 1 token, proposals open for seven days, a day before leaving.
    fn default() -> Self {
        let one_token = 10_u64.pow(u32::from(DECIMALS));
        Self {
            settings: Settings {
                min_stake: one_token,
                proposal_ttl: Settings::DEFAULT_PROPOSAL_TTL,
                divest_cooldown: 24 * 60 * 60,
                min_thread_balance: one_token,
            },
        }
    }
}

/// A deployment on some chain: what its configuration fixes, and the means to act on it.
#[derive(Clone)]
pub struct Deployment {
    pub(crate) rpc: Arc<RpcClient>,
    pub(crate) payer: Arc<Keypair>,
    /// Mint and token program.
    pub build: build::Deployment,
    /// Decimal places of the token.
    pub decimals: u8,
}

impl Deployment {
    /// Finds the deployment at `rpc_url`, or sets it up with `payer` as authority and mint authority.
    ///
    /// # Errors
    /// [`LocalnetError`] if the endpoint does not answer, the program is not deployed or the payer is too poor.
    pub async fn ensure(
        rpc_url: &str,
        payer: &Keypair,
        options: DeploymentOptions,
    ) -> Result<Self, LocalnetError> {
        let chain = Chain::new(rpc_url, payer);
        chain.require_program().await?;
        let config = match chain.config().await? {
            Some(config) => config,
            None => chain.initialize(options.settings).await?,
        };
        let build = build::Deployment { mint: config.mint, token_program: config.token_program };
        Ok(Self { rpc: chain.rpc, payer: chain.payer, build, decimals: config.decimals })
    }

    fn chain(&self) -> Chain {
        Chain { rpc: Arc::clone(&self.rpc), payer: Arc::clone(&self.payer) }
    }

    /// Sends instructions signed by the payer and waits until they are confirmed. The payer will need `lamports`.
    pub(crate) async fn send(
        &self,
        instructions: &[Instruction],
        lamports: u64,
    ) -> Result<(), LocalnetError> {
        let chain = self.chain();
        chain.fill_payer(lamports).await?;
        chain.send(instructions, &[]).await
    }
}

/// An endpoint and who pays there.
struct Chain {
    rpc: Arc<RpcClient>,
    payer: Arc<Keypair>,
}

impl Chain {
    fn new(rpc_url: &str, payer: &Keypair) -> Self {
        let rpc = RpcClient::new_with_commitment(rpc_url.to_owned(), CommitmentConfig::confirmed());
        Self { rpc: Arc::new(rpc), payer: Arc::new(payer.insecure_clone()) }
    }

    /// Where the chain is, as far as it may be said.
    fn url(&self) -> String {
        public(&self.rpc.url())
    }

    fn rpc_error(&self, error: ClientError) -> LocalnetError {
        let (url, reason) = (self.url(), cause(&self.rpc.url(), &error));
        LocalnetError::Rpc { url, reason, error: Box::new(error) }
    }

    async fn require_program(&self) -> Result<(), LocalnetError> {
        let commitment = CommitmentConfig::confirmed();
        let account = self.rpc.get_account_with_commitment(&chorale::ID, commitment).await;
        match account.map_err(|error| self.rpc_error(error))?.value {
            Some(account) if account.executable => Ok(()),
            _ => Err(LocalnetError::NotDeployed { url: self.url(), program: chorale::ID }),
        }
    }

    async fn config(&self) -> Result<Option<Config>, LocalnetError> {
        let (address, commitment) = (chorale::address::config(), CommitmentConfig::confirmed());
        let account = self.rpc.get_account_with_commitment(&address, commitment).await;
        let Some(account) = account.map_err(|error| self.rpc_error(error))?.value else {
            return Ok(None);
        };
        let config = Config::try_deserialize(&mut account.data.as_slice());
        config
            .map(Some)
            .map_err(|error| LocalnetError::UnreadableConfig { url: self.url(), reason: error.to_string() })
    }

    async fn initialize(&self, settings: Settings) -> Result<Config, LocalnetError> {
        self.fill_payer(SETUP_LAMPORTS).await?;
        let mint = Keypair::new();
        let token_program = chorale::address::TOKEN_PROGRAM;
        let deployment = build::Deployment { mint: mint.pubkey(), token_program };
        let authority = Wallet(self.payer.pubkey().to_bytes());
        let mut instructions = self.create_mint(&mint.pubkey(), &token_program).await?;
        instructions.push(build::initialize(&deployment, authority, settings));
        self.send(&instructions, &[&mint]).await.map_err(|error| self.name_refusal(error))?;
        self.config().await?.ok_or_else(|| LocalnetError::UnreadableConfig {
            url: self.url(),
            reason: "it is missing right after it was created".into(),
        })
    }

    async fn create_mint(
        &self,
        mint: &Address,
        token_program: &Address,
    ) -> Result<Vec<Instruction>, LocalnetError> {
        let payer = self.payer.pubkey();
        let rent = self.rpc.get_minimum_balance_for_rent_exemption(MINT_BYTES).await;
        let rent = rent.map_err(|error| self.rpc_error(error))?;
        let initialize =
            spl_token_interface::instruction::initialize_mint2(token_program, mint, &payer, None, DECIMALS);
        Ok(vec![
            create_account(&payer, mint, rent, MINT_BYTES as u64, token_program),
            initialize.map_err(|error| LocalnetError::Instruction(error.to_string()))?,
        ])
    }

    /// Says so where the payer may not set the deployment up.
    fn name_refusal(&self, error: LocalnetError) -> LocalnetError {
        let refused = InstructionError::Custom(ChoraleError::NotUpgradeAuthority.code());
        match &error {
            LocalnetError::Rpc { error, .. }
                if matches!(error.get_transaction_error(),
                    Some(TransactionError::InstructionError(_, code)) if code == refused) =>
            {
                LocalnetError::NotUpgradeAuthority { url: self.url(), payer: self.payer.pubkey() }
            }
            _ => error,
        }
    }

    /// Asks the chain for lamports where the payer has too few; test validators give them, other chains do not.
    async fn fill_payer(&self, needed: u64) -> Result<(), LocalnetError> {
        if self.balance().await? >= needed {
            return Ok(());
        }
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while self.ask_for_lamports().await && tokio::time::Instant::now() < deadline {
            if self.wait_for(needed, deadline).await? {
                return Ok(());
            }
        }
        let (url, payer, lamports) = (self.url(), self.payer.pubkey(), self.balance().await?);
        Err(LocalnetError::PoorPayer { url, payer, lamports, needed })
    }

    /// Whether the chain promises any.
    async fn ask_for_lamports(&self) -> bool {
        for lamports in AIRDROPS {
            match self.rpc.request_airdrop(&self.payer.pubkey(), lamports).await {
                Ok(_) => return true,
                Err(error) => tracing::debug!(%error, lamports, "the chain gives no airdrop"),
            }
        }
        false
    }

    /// Whether the payer has so much before the deadline.
    async fn wait_for(&self, needed: u64, deadline: tokio::time::Instant) -> Result<bool, LocalnetError> {
        while tokio::time::Instant::now() < deadline {
            if self.balance().await? >= needed {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(false)
    }

    async fn balance(&self) -> Result<u64, LocalnetError> {
        self.rpc.get_balance(&self.payer.pubkey()).await.map_err(|error| self.rpc_error(error))
    }

    async fn send(&self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<(), LocalnetError> {
        let blockhash = self.rpc.get_latest_blockhash().await.map_err(|error| self.rpc_error(error))?;
        let signers: Vec<&Keypair> = signers.iter().copied().chain([&*self.payer]).collect();
        let payer = Some(&self.payer.pubkey());
        let transaction = Transaction::new_signed_with_payer(instructions, payer, &signers, blockhash);
        let sent = self.rpc.send_and_confirm_transaction(&transaction).await;
        sent.map(|_| ()).map_err(|error| self.rpc_error(error))
    }
}
