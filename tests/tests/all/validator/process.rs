//! A `solana-test-validator` in a process, a folder and on ports of its own, gone when dropped.

use super::ports::Ports;
use crate::world::PATIENCE;
use solana_address::Address;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;

const BINARY: &str = "solana-test-validator";
/// A start can fail where another process takes one of the ports in between.
const ATTEMPTS: usize = 3;
/// CPU seconds after which the system ends it, should these tests be killed before they can.
const CPU_SECONDS: u32 = 900;
/// A quarter of the usual 64: slots of 100 ms, the clock runs as ever.
pub const QUICK_TICKS: u64 = 16;
/// A program in the first block can be called from the next one on.
const FIRST_USABLE_SLOT: u64 = 2;

/// What the chain begins with besides the program.
pub struct Genesis {
    /// Has all the lamports.
    pub rich: Address,
    /// May upgrade the program; nobody where there is none.
    pub upgrade_authority: Option<Address>,
    /// Each takes 6.25 ms.
    pub ticks_per_slot: u64,
}

/// A running validator.
pub struct Validator {
    process: Child,
    ports: Ports,
    folder: TempDir,
}

/// The validator on the PATH, or where `scripts/test-validator` puts it.
pub fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let cache = std::env::var_os("CHORALE_CACHE").map(PathBuf::from);
    let cache = cache.or_else(|| Some(std::env::home_dir()?.join(".cache/chorale")));
    let kept = cache.map(|cache| cache.join("validator/bin"));
    std::env::split_paths(&path).chain(kept).map(|folder| folder.join(BINARY)).find(|file| file.is_file())
}

impl Validator {
    /// Starts one and waits until the program can be called.
    pub async fn start(binary: &Path, genesis: &Genesis) -> Self {
        let mut failures = vec![];
        while failures.len() < ATTEMPTS {
            let mut validator = Self::spawn(binary, genesis);
            match validator.wait_until_usable(genesis).await {
                Ok(()) => return validator,
                Err(reason) => failures.push(reason),
            }
        }
        panic!("{BINARY} did not start: {}", failures.join("\n"));
    }

    pub fn rpc_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.rpc())
    }

    pub fn ws_url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.ports.web_socket())
    }

    fn spawn(binary: &Path, genesis: &Genesis) -> Self {
        let (folder, ports) = (tempfile::tempdir().expect("a temporary folder"), Ports::free());
        let output = File::create(folder.path().join("output")).expect("a file for what it prints");
        // The shell sets the limit and then becomes the validator, so that the process is the validator's.
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -t {CPU_SECONDS} && exec \"$0\" \"$@\"")]).arg(binary);
        command.args(["--reset", "--quiet", "--bind-address", "127.0.0.1"]);
        command.args(["--ticks-per-slot", &genesis.ticks_per_slot.to_string()]);
        command.args(["--mint", &genesis.rich.to_string()]);
        command.arg("--ledger").arg(folder.path().join("ledger"));
        command.args(ports.arguments()).args(program(genesis));
        command.env("RUST_LOG", "warn").stdin(Stdio::null());
        command.stderr(output.try_clone().expect("the same file")).stdout(output);
        let process = command.spawn().expect("there is a shell");
        Self { process, ports, folder }
    }

    async fn wait_until_usable(&mut self, genesis: &Genesis) -> Result<(), String> {
        let rpc = RpcClient::new_with_commitment(self.rpc_url(), CommitmentConfig::confirmed());
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(format!("it ended with {status}: {}", self.last_words()));
            }
            // Another chain on the same port would not know who is rich.
            let rich = rpc.get_balance(&genesis.rich).await.is_ok_and(|lamports| lamports > 0);
            if rich && rpc.get_slot().await.is_ok_and(|slot| slot >= FIRST_USABLE_SLOT) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(format!("it was not usable within {PATIENCE:?}: {}", self.last_words()))
    }

    /// The end of what it printed and logged.
    fn last_words(&self) -> String {
        let files = ["output", "ledger/validator.log"];
        let texts = files.map(|file| std::fs::read_to_string(self.folder.path().join(file)));
        let lines: Vec<_> = texts.iter().flatten().flat_map(|text| text.lines().rev().take(10)).collect();
        lines.join("\n")
    }
}

impl Drop for Validator {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program(genesis: &Genesis) -> Vec<String> {
    // Asked when the test runs: clones that share their build output share this binary too.
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo test says which folder this is");
    let file = format!("{folder}/../programs/chorale/chorale.so");
    let id = chorale::ID.to_string();
    match genesis.upgrade_authority {
        Some(authority) => vec!["--upgradeable-program".into(), id, file, authority.to_string()],
        None => vec!["--bpf-program".into(), id, file],
    }
}
