//! `chorale chain`: an embedded chain in a process of its own, so that everything else can be started again.

use super::common::{Lines, interrupted};
use crate::chain::StandaloneChain;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args, Debug)]
pub(super) struct ChainArgs {
    /// Folder for the payer's keypair
    #[arg(long, value_name = "DIR", env = "CHORALE_DATA", default_value = ".chorale")]
    data: PathBuf,
    /// Port of the RPC endpoint, the next one being the WebSocket's; free ones by default
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

pub(super) async fn run(arguments: ChainArgs) -> Result<ExitCode> {
    let mut chain = StandaloneChain::start(&arguments.data).await?;
    if let Some(port) = arguments.port {
        chain.listen_at(port).await?;
    }
    announce(&chain)?;
    interrupted().await?;
    chain.stop().await?;
    Ok(ExitCode::SUCCESS)
}

/// One line for whoever started it, and a word for people.
fn announce(chain: &StandaloneChain) -> Result<()> {
    Lines::stdout().all([chain.facts()])?;
    eprintln!("The chain runs, and is gone when this ends. Ctrl-C stops it.");
    Ok(())
}
