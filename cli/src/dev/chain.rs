//! Which chain `chorale dev` runs on, and which folder belongs to it.

use anyhow::{Context, Result};
use chorale_localnet::Localnet;
use chorale_wire::endpoint::{cause, public};
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_hash::Hash;
use solana_keypair::{Keypair, read_keypair_file, write_keypair_file};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long to wait before an endpoint that does not answer is asked again: at first, and at most.
const FIRST_DELAY: Duration = Duration::from_millis(250);
const LONGEST_DELAY: Duration = Duration::from_secs(5);

/// Where the chain is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChainChoice {
    /// In this process and in memory: new with each start.
    Embedded,
    /// Elsewhere, with the program deployed.
    External {
        /// Its JSON-RPC endpoint.
        rpc_url: String,
        /// Its WebSocket endpoint.
        ws_url: String,
        /// Who pays for the set-up and the faucet; by default a keypair kept in the data folder.
        payer: Option<PathBuf>,
    },
}

/// A chain that is there.
pub(super) struct Chain {
    pub(super) rpc_url: String,
    pub(super) ws_url: String,
    pub(super) payer: Keypair,
    /// The folder of what follows this very chain.
    pub(super) folder: PathBuf,
    pub(super) embedded: Option<Localnet>,
}

impl Chain {
    /// Starts or finds the chain, and the folder below `data` that belongs to it.
    pub(super) async fn open(choice: ChainChoice, data: &Path) -> Result<Self> {
        std::fs::create_dir_all(data).with_context(|| format!("cannot create {}", data.display()))?;
        match choice {
            ChainChoice::Embedded => Self::embed(data).await,
            ChainChoice::External { rpc_url, ws_url, payer } => {
                Self::reach(rpc_url, ws_url, payer.as_deref(), data).await
            }
        }
    }

    async fn embed(data: &Path) -> Result<Self> {
        let payer = Keypair::new();
        let localnet = Localnet::start(&payer).await.context("the embedded chain does not start")?;
        Ok(Self {
            rpc_url: localnet.rpc_url().into(),
            ws_url: localnet.ws_url().into(),
            payer,
            folder: fresh_folder(&data.join("embedded"))?,
            embedded: Some(localnet),
        })
    }

    async fn reach(rpc_url: String, ws_url: String, payer: Option<&Path>, data: &Path) -> Result<Self> {
        let genesis = genesis_hash(&rpc_url).await;
        let folder = data.join(format!("chain-{genesis}"));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let payer = match payer {
            Some(file) => read_keypair(file)?,
            None => kept_keypair(&folder.join("payer.json"))?,
        };
        Ok(Self { rpc_url, ws_url, payer, folder, embedded: None })
    }
}

/// Which chain this is. An endpoint that does not answer is waited for: it may be starting, too.
async fn genesis_hash(rpc_url: &str) -> Hash {
    let rpc = RpcClient::new(rpc_url.to_owned());
    let mut delay = FIRST_DELAY;
    loop {
        match rpc.get_genesis_hash().await {
            Ok(hash) if delay == FIRST_DELAY => return hash,
            Ok(hash) => {
                tracing::info!("{} answers now", public(rpc_url));
                return hash;
            }
            Err(error) => {
                tracing::warn!(
                    "{} does not answer as a Solana RPC endpoint, trying again in {delay:?}: {}",
                    public(rpc_url),
                    cause(rpc_url, &error)
                );
            }
        }
        tokio::time::sleep(delay).await;
        delay = (2 * delay).min(LONGEST_DELAY);
    }
}

/// A folder of its own for each embedded chain: what followed an earlier one does not fit a new one.
fn fresh_folder(parent: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    for number in 1_u32.. {
        let folder = parent.join(format!("run-{number}"));
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            created => {
                return created
                    .map(|()| folder.clone())
                    .with_context(|| format!("cannot create {}", folder.display()));
            }
        }
    }
    anyhow::bail!("{} is full: delete its folders", parent.display())
}

fn read_keypair(file: &Path) -> Result<Keypair> {
    let read = read_keypair_file(file);
    read.map_err(|error| anyhow::anyhow!("{} is not a Solana keypair file: {error}", file.display()))
}

/// The keypair in `file`, which is made if it is not there: on a chain that stays, its payer has to as well.
fn kept_keypair(file: &Path) -> Result<Keypair> {
    if file.exists() {
        return read_keypair(file);
    }
    let keypair = Keypair::new();
    write_keypair_file(&keypair, file)
        .map_err(|error| anyhow::anyhow!("cannot write {}: {error}", file.display()))?;
    Ok(keypair)
}

/// How a sign-in text names the chain.
pub(crate) fn chain_id(rpc_url: &str) -> &'static str {
    let known = ["mainnet", "devnet", "testnet"];
    known.into_iter().find(|name| rpc_url.contains(name)).unwrap_or("localnet")
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_signer::Signer;

    #[test]
    fn each_embedded_chain_has_a_folder_of_its_own() {
        let data = tempfile::tempdir().unwrap();
        let first = fresh_folder(data.path()).unwrap();
        let second = fresh_folder(data.path()).unwrap();
        assert_ne!(first, second);
        assert!(first.is_dir() && second.is_dir());
    }

    #[test]
    fn the_payer_of_a_chain_that_stays_is_kept() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("payer.json");
        let first = kept_keypair(&file).unwrap().pubkey();
        assert_eq!(kept_keypair(&file).unwrap().pubkey(), first);
        std::fs::write(&file, "[1, 2]").unwrap();
        let error = kept_keypair(&file).unwrap_err().to_string();
        assert!(error.contains("payer.json"), "{error}");
    }
}
