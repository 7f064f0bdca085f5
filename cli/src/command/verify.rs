//! `chorale verify`: everything in a store is derived anew, and compared.

use super::common::{Bar, Lines, StoreArgs, finding};
use anyhow::Result;
use chorale_domain::id::Wallet;
use chorale_indexer::compare::{Compared, Comparison, compare_with_chain};
use chorale_indexer::time::RealTime;
use chorale_indexer::{RpcSource, compare};
use chorale_store::Store;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Args, Debug)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Compare with the chain, too: every finalized event and every account of the program
    #[arg(long, requires = "rpc_url")]
    chain: bool,
    /// JSON-RPC endpoint of a Solana node that keeps the program's whole history
    #[arg(long, value_name = "URL", env = "CHORALE_RPC_URL")]
    rpc_url: Option<String>,
    /// With --chain, leave out events before this slot: they were compared already
    #[arg(long, value_name = "N", default_value_t = 0, requires = "chain")]
    from_slot: u64,
}

pub(super) async fn run(arguments: VerifyArgs) -> Result<ExitCode> {
    let store = arguments.store.read().await?;
    let found = differences(&store, &arguments).await;
    store.close().await;
    let found = found?;
    Lines::stdout().all(&found)?;
    Ok(verdict(&arguments, found.len()))
}

fn verdict(arguments: &VerifyArgs, found: usize) -> ExitCode {
    let location = &arguments.store.location;
    if found == 0 {
        eprintln!("{location}: no differences.");
        return ExitCode::SUCCESS;
    }
    eprintln!("{location}: {found} differences. `chorale rebuild` makes a new store from the chain.");
    ExitCode::FAILURE
}

async fn differences(store: &Store, arguments: &VerifyArgs) -> Result<Vec<Value>> {
    let mut found = within(store).await?;
    if let Some(rpc_url) = arguments.rpc_url.as_ref().filter(|_| arguments.chain) {
        found.extend(with_chain(store, rpc_url, arguments.from_slot).await?);
    }
    Ok(found)
}

/// The store against its own events.
async fn within(store: &Store) -> Result<Vec<Value>> {
    let bar = Bar::new();
    let findings = store.verify(&mut |progress| bar.rows(progress)).await;
    bar.done();
    Ok(findings?.iter().map(finding).collect())
}

async fn with_chain(store: &Store, rpc_url: &str, from_slot: u64) -> Result<Vec<Value>> {
    let program = Wallet(chorale::ID.to_bytes());
    // Nothing is to be woken here, so that the WebSocket endpoint is never asked.
    let (time, bar) = (Arc::new(RealTime::new()), Bar::new());
    let source = RpcSource::new(rpc_url.to_owned(), String::new(), program, time.clone());
    let comparison = Comparison { source: &source, program, store, time: &*time, from_slot };
    let differences = compare_with_chain(&comparison, &mut |compared| show(&bar, &compared)).await;
    bar.done();
    Ok(differences?.iter().map(difference).collect())
}

fn show(bar: &Bar, compared: &Compared) {
    match compared {
        Compared::Waiting(reason) => bar.say(&format!("waiting: {reason}")),
        Compared::Listed(found) => bar.show("transactions on chain", *found, None),
        Compared::Events { done, of, .. } => bar.show("transactions compared", *done, Some(*of)),
        Compared::Accounts(done) => bar.show("entities compared", *done, None),
    }
}

fn difference(difference: &compare::Difference) -> Value {
    let compare::Difference { entity, field, store, chain } = difference;
    json!({ "entity": entity, "field": field, "stored": store, "on_chain": chain })
}
