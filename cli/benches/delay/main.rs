//! How long after a transaction was sent another client has its event, beside how long the chain itself takes to say that
//! it is confirmed: the notice a plain `logsSubscribe` subscriber gets of it. Everything runs as in `chorale dev`, and
//! beside it a backend as `chorale serve` is. What comes on top is told in parts, and then what any program would have to
//! wait for that asks the node once it has the notice.
//!
//! First on the embedded chain, then on a validator, which is left out where none is installed (`scripts/test-validator`
//! installs one); or on a chain that runs already.
//!
//! `cargo bench -p chorale-cli --bench delay -- --messages 200`
//! `cargo bench -p chorale-cli --bench delay -- --rpc-url URL --ws-url URL --payer KEYPAIR`

mod alone;
mod apart;
mod options;
#[path = "../../../tests/tests/all/validator/ports.rs"]
mod ports;
#[path = "../../../tests/tests/all/validator/process.rs"]
mod process;
mod report;
mod scene;
#[path = "../../../tests/tests/all/world.rs"]
#[expect(dead_code, reason = "the tests ask more of a world")]
mod world;

use chorale_cli::dev::ChainChoice;
use options::Options;
use process::{Genesis, QUICK_TICKS, Validator};
use scene::Scene;
use solana_keypair::{Keypair, write_keypair_file};
use solana_signer::Signer as _;

/// The validator's own: slots of 400 ms.
const USUAL_TICKS: u64 = 64;

#[tokio::main]
async fn main() {
    let options = Options::from_arguments();
    if let Some(chain) = options.chain.clone() {
        measure("the chain", chain, &options).await;
        return;
    }
    measure("the embedded chain", ChainChoice::Embedded, &options).await;
    for ticks_per_slot in [USUAL_TICKS, QUICK_TICKS] {
        on_a_validator(ticks_per_slot, &options).await;
    }
}

async fn on_a_validator(ticks_per_slot: u64, options: &Options) {
    let Some(binary) = process::installed() else {
        println!("solana-test-validator: left out, it is not installed: run scripts/test-validator");
        return;
    };
    let (payer, folder) = (Keypair::new(), tempfile::tempdir().expect("a temporary folder"));
    let file = folder.path().join("payer.json");
    write_keypair_file(&payer, &file).expect("the keypair is written");
    let genesis = Genesis { rich: payer.pubkey(), upgrade_authority: None, ticks_per_slot };
    let validator = Validator::start(&binary, &genesis).await;
    let (rpc_url, ws_url) = (validator.rpc_url(), validator.ws_url());
    let chain = ChainChoice::External { rpc_url, ws_url, payer: Some(file) };
    let name = format!("solana-test-validator, {ticks_per_slot} ticks of 6.25 ms a slot");
    measure(&name, chain, options).await;
}

async fn measure(name: &str, chain: ChainChoice, options: &Options) {
    let mut scene = Scene::open(chain).await;
    let mut samples = Vec::new();
    for _ in 0..options.messages {
        samples.push(scene.publish().await);
        options::pause().await;
    }
    let alone = alone::measure(&mut scene, options.messages.div_ceil(4)).await;
    report::print(name, &samples, &alone);
    scene.close().await;
}
