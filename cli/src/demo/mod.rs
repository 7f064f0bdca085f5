//! The demo: a story played over real HTTP and WebSocket, after which every place is held against the chain.

pub mod cast;
pub mod compare;
pub mod corpus;
pub mod delay;
pub mod library;
pub mod notices;
pub mod output;
pub mod stage;
pub mod story;
pub mod watch;

use anyhow::Result;
use cast::Player;
use chorale_store::Store;
use chorale_wire::socket::Room;
use compare::{Comparison, Difference, NamedRoom};
use corpus::Document;
use delay::Delays;
use output::Output;
use stage::Stage;
use std::path::PathBuf;

/// What to play, and against which backend.
#[derive(Clone)]
pub struct DemoOptions {
    /// The backend, such as `http://127.0.0.1:8787`.
    pub url: String,
    /// A folder of Markdown or text files; the project's own documents where there is none.
    pub corpus: Option<PathBuf>,
    /// How many sections of the corpus to publish at most, the story's own texts not counted.
    pub messages: usize,
    /// The backend's store, to be compared too, where it can be reached.
    pub store: Option<Store>,
    /// Wallets, thread ids and salts follow from it.
    pub seed: [u8; 32],
}

/// How a demo went.
#[derive(Clone, Debug)]
pub struct DemoReport {
    /// Every measured delay.
    pub delays: Delays,
    /// Transactions sent.
    pub transactions: usize,
    /// Threads begun.
    pub threads: usize,
    /// Facts the chain states.
    pub facts: usize,
    /// Places that were held against the chain.
    pub places: Vec<String>,
    /// How the tokens add up, in words.
    pub conservation: String,
    /// Everything that is not as the chain, or the rules, have it.
    pub differences: Vec<Difference>,
}

/// Plays the demo.
///
/// # Errors
/// If a step fails. Differences are no errors: they are in the report.
pub async fn run(options: DemoOptions, out: &mut impl Output) -> Result<DemoReport> {
    let documents = corpus::load(options.corpus.as_deref())?;
    let mut stage = Stage::open(&options.url, options.seed).await?;
    introduce(&stage, &documents, out);
    let mut differences = story::tell(&mut stage, &documents[0], out).await?;
    let published = library::publish(&mut stage, &documents, options.messages, out).await?;
    library::search(&stage, &published, out).await?;
    let comparison = compare_all(&stage, options.store.as_ref(), out).await?;
    differences.extend(pushed_faults(&stage));
    differences.extend(comparison.differences);
    let report = DemoReport {
        transactions: stage.transactions(),
        threads: stage.threads.len(),
        delays: stage.delays,
        facts: comparison.facts,
        places: comparison.places,
        conservation: comparison.conservation,
        differences,
    };
    out.line(&output::summary(&report));
    Ok(report)
}

fn introduce(stage: &Stage, documents: &[Document], out: &mut impl Output) {
    out.heading("Who plays");
    for player in &stage.players {
        let (wallet, funded) = (player.me.wallet(), &player.funded);
        out.line(&format!(
            "{:<5} {wallet}  {} lamports, {} base units of the token",
            player.name, funded.lamports, funded.tokens
        ));
    }
    let sections: usize = documents.iter().map(|document| document.sections.len()).sum();
    out.line(&format!("The texts: {} documents with {sections} sections.", documents.len()));
}

/// Waits until every client has everything, then holds all places against the chain.
///
/// # Errors
/// If an event does not come, or a place does not answer.
pub async fn compare_all(stage: &Stage, store: Option<&Store>, out: &mut impl Output) -> Result<Comparison> {
    out.heading("The chain, and everyone else");
    stage.settle().await?;
    let rpc_url = &stage.info.rpc_url;
    let comparison = Comparison::make(rpc_url, &stage.client, || rooms(stage), store).await?;
    out.line(&format!("Tokens: {}.\n", comparison.conservation));
    Ok(comparison)
}

/// Every player's state of the lobby and of every thread.
fn rooms(stage: &Stage) -> Result<Vec<NamedRoom>> {
    let threads = stage.threads.iter().copied().map(Room::Thread);
    let all: Vec<_> = [Room::Lobby].into_iter().chain(threads).collect();
    let of = |player: &Player, room: &Room| Ok((player.name, player.watch.room(*room)?));
    stage.players.iter().flat_map(|player| all.iter().map(move |room| of(player, room))).collect()
}

/// Frames that a client had to refuse, because they were wrong.
fn pushed_faults(stage: &Stage) -> Vec<Difference> {
    let faults = stage.players.iter().flat_map(|player| {
        let faults = player.watch.faults().into_iter();
        faults.map(|fault| (player.name, fault))
    });
    let difference = |(name, fault)| Difference {
        what: "a pushed frame".into(),
        place: format!("{name}'s socket"),
        on_chain: Some("a lawful change".into()),
        found: Some(fault),
    };
    faults.map(difference).collect()
}
