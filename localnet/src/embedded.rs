use crate::LocalnetError;
use solana_keypair::Keypair;
use surfpool_sdk::cheatcodes::builders::DeployProgram;
use surfpool_sdk::{BlockProductionMode, Surfnet, SurfnetError, SurfnetResult};
use surfpool_types::SimnetCommand;

/// The built program, as committed.
const PROGRAM: &[u8] = include_bytes!("../../programs/chorale/chorale.so");
/// What the payer starts with: a tenth of what surfpool can give, enough to fund a great many wallets.
const PAYER_LAMPORTS: u64 = 100_000_000_000_000;
/// A block each so many milliseconds, so that finality moves on while nobody sends anything.
const SLOT_MS: u64 = 50;
/// How often a start is tried: surfpool gives the payer's lamports five seconds, which a busy machine may not meet.
const ATTEMPTS: usize = 3;

/// A Solana chain in this process, with the program deployed. It ends when dropped.
pub struct Localnet {
    surfnet: Surfnet,
}

impl Localnet {
    /// Starts the chain on free loopback ports, gives `payer` lamports and deploys the program.
    ///
    /// # Errors
    /// [`LocalnetError`] if surfpool does not start.
    pub async fn start(payer: &Keypair) -> Result<Self, LocalnetError> {
        let payer = payer.insecure_clone();
        // surfpool's start and its RPC client block the thread they are called on.
        let surfnet = tokio::task::spawn_blocking(move || start(&payer)).await??;
        Ok(Self { surfnet })
    }

    /// Its JSON-RPC endpoint.
    #[must_use]
    pub fn rpc_url(&self) -> &str {
        self.surfnet.rpc_url()
    }

    /// Its WebSocket endpoint.
    #[must_use]
    pub fn ws_url(&self) -> &str {
        self.surfnet.ws_url()
    }

    /// Ends the chain and frees its ports.
    ///
    /// # Errors
    /// [`LocalnetError`] if it does not confirm within five seconds.
    pub async fn stop(mut self) -> Result<(), LocalnetError> {
        tokio::task::spawn_blocking(move || self.surfnet.stop()).await??;
        Ok(())
    }
}

fn start(payer: &Keypair) -> Result<Surfnet, LocalnetError> {
    let surfnet = launch(payer)?;
    let program = DeployProgram::new(chorale::ID).so_bytes(PROGRAM.to_vec());
    surfnet.cheatcodes().deploy(program)?;
    stop_profiling(&surfnet)?;
    Ok(surfnet)
}

fn launch(payer: &Keypair) -> SurfnetResult<Surfnet> {
    for attempt in 1..ATTEMPTS {
        match launch_once(payer) {
            Err(SurfnetError::Startup(reason)) => {
                tracing::warn!(attempt, reason, "the embedded chain was not ready in time, trying again");
            }
            outcome => return outcome,
        }
    }
    launch_once(payer)
}

fn launch_once(payer: &Keypair) -> SurfnetResult<Surfnet> {
    let builder = Surfnet::builder()
        .offline(true)
        .block_production_mode(BlockProductionMode::Clock)
        .slot_time_ms(SLOT_MS)
        .airdrop_sol(PAYER_LAMPORTS)
        .payer(payer.insecure_clone());
    tokio::runtime::Handle::current().block_on(builder.start())
}

/// Surfpool profiles every instruction on a copy of all accounts: 20 ms for each transaction, and more as the chain
/// grows. Nobody asks for these profiles here. It makes none during a runbook, so one begins that has no end.
fn stop_profiling(surfnet: &Surfnet) -> Result<(), LocalnetError> {
    Ok(surfnet.send_command(SimnetCommand::StartRunbookExecution("chorale".into()))?)
}
