//! `chorale verify`: everything in a store is derived anew, and compared.

use super::common::{Bar, ContentArgs, Lines, StoreArgs, clock, finding, http_url};
use anyhow::Result;
use chorale_backend::RedisConfig;
use chorale_backend::boundaries::{self, ContentCheck, SharedCacheCheck};
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
    /// Compare with the chain, too: every finalized event and every account of the program. Needs an indexer that
    /// runs and has caught up
    #[arg(long, requires = "rpc_url")]
    chain: bool,
    /// Compare every authority with what is kept of it: the store with the bodies, whose statuses are put right, and
    /// with --rpc-url the chain, as with --chain, and with --redis what is cached there. No backend may have the bodies'
    /// folder open
    #[arg(long)]
    boundaries: bool,
    /// The Redis that the backends share, redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]
    #[arg(long, value_name = "URL", env = "CHORALE_REDIS", hide_env_values = true)]
    redis: Option<String>,
    #[command(flatten)]
    content: ContentArgs,
    /// JSON-RPC endpoint of a Solana node that keeps the program's whole history
    #[arg(long, value_name = "URL", env = "CHORALE_RPC_URL", hide_env_values = true, value_parser = http_url)]
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
    let resolved = if arguments.boundaries { " What is `resolved` is put right." } else { "" };
    eprintln!(
        "{location}: {found} differences.{resolved} `chorale rebuild` makes a new store from the chain."
    );
    ExitCode::FAILURE
}

async fn differences(store: &Store, arguments: &VerifyArgs) -> Result<Vec<Value>> {
    let mut found = within(store).await?;
    if let Some(rpc_url) = arguments.rpc_url.as_ref().filter(|_| arguments.chain || arguments.boundaries) {
        found.extend(with_chain(store, rpc_url, arguments.from_slot).await?);
    }
    if arguments.boundaries {
        // Before the bodies: what is put right among those is to be told whatever becomes of Redis.
        if let Some(redis) = &arguments.redis {
            found.extend(with_redis(store, redis).await?);
        }
        found.extend(with_bodies(store, &arguments.content).await?);
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
    let (time, mut screen) = (Arc::new(RealTime::new()), Screen { bar: Bar::new(), waiting: String::new() });
    // Nothing is to be woken here, so that the WebSocket endpoint is never asked.
    let source = RpcSource::new(rpc_url.to_owned(), String::new(), program, time.clone());
    let comparison = Comparison { source: &source, program, store, time: &*time, from_slot };
    let differences = compare_with_chain(&comparison, &mut |compared| screen.show(&compared)).await;
    screen.bar.done();
    Ok(differences?.iter().map(difference).collect())
}

async fn with_bodies(store: &Store, content: &ContentArgs) -> Result<Vec<Value>> {
    let content = content.open().await?;
    let mut check = ContentCheck::new(store.clone(), &content, clock());
    let mut found = vec![];
    let round = boundaries::round(&mut check, |difference| found.push(between(&difference))).await;
    content.close().await?;
    eprintln!("{} bodies compared with the store.", round?.compared);
    Ok(found)
}

async fn with_redis(store: &Store, url: &str) -> Result<Vec<Value>> {
    let (redis, program) = (RedisConfig::new(url)?, Wallet(chorale::ID.to_bytes()));
    let mut check = SharedCacheCheck::open(&redis, program, store.clone(), clock()).await?;
    let mut found = vec![];
    let round = boundaries::round(&mut check, |difference| found.push(between(&difference))).await?;
    eprintln!("{} values in {} compared with the store.", round.compared, redis.public());
    Ok(found)
}

fn between(difference: &boundaries::Difference) -> Value {
    let boundaries::Difference { boundary, kind, subject, expected, found, resolved } = difference;
    let (boundary, kind) = (boundary.name(), kind.name());
    json!({
        "boundary": boundary, "kind": kind, "subject": subject, "expected": expected, "found": found,
        "resolved": resolved
    })
}

/// How far the comparison is.
struct Screen {
    bar: Bar,
    /// What was last said of waiting.
    waiting: String,
}

impl Screen {
    fn show(&mut self, compared: &Compared) {
        match compared {
            Compared::Waiting(reason) => self.wait(reason),
            Compared::Listed(found) => self.bar.show("transactions on chain", *found, None),
            Compared::Events { done, of, .. } => self.bar.show("transactions compared", *done, Some(*of)),
            Compared::Accounts(done) => self.bar.show("entities compared", *done, None),
        }
    }

    /// Says once for each kind of reason what is waited for; which slot it is at is on the bar.
    fn wait(&mut self, reason: &str) {
        let kind = without_numbers(reason);
        if self.waiting != kind {
            self.bar.say(&format!("waiting for the indexer, which must be running and catch up: {reason}"));
            self.waiting = kind;
        }
        self.bar.wait(reason);
    }
}

fn without_numbers(text: &str) -> String {
    text.replace(|c: char| c.is_ascii_digit(), "")
}

fn difference(difference: &compare::Difference) -> Value {
    let compare::Difference { entity, field, store, chain } = difference;
    json!({ "entity": entity, "field": field, "stored": store, "on_chain": chain })
}
