//! The program's main paths on a real validator, over RPC. `scripts/test-validator` installs one and runs these alone;
//! where none is installed they say that they were skipped.

mod costs;
mod following;
mod governing;
mod joining;
mod leaving;
mod node;
mod ports;
mod process;
mod scene;
mod stage;
mod table_situations;

use crate::world::{Lines, World};
use chorale::address::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use chorale_cli::demo::{self, DemoOptions};
use chorale_cli::dev::ChainChoice;
use node::Node;
use process::{Genesis, QUICK_TICKS, Validator};
use solana_address::Address;
use solana_keypair::{Keypair, write_keypair_file};
use solana_signer::Signer;
use stage::{PATIENT, Stage};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Once;
use tokio::sync::{Mutex, MutexGuard};

/// Each validator keeps a processor busy: one at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
/// One word for all of these tests is enough.
static SKIPPED: Once = Once::new();

/// The validator's binary and the right to run it; where there is none, a word that this is left out.
async fn validator() -> Option<(PathBuf, MutexGuard<'static, ()>)> {
    let Some(binary) = process::installed() else {
        SKIPPED.call_once(say_skipped);
        return None;
    };
    Some((binary, ONE_AT_A_TIME.lock().await))
}

/// Said past the test harness, which swallows what a passing test prints; `scripts/test` repeats it at its end.
fn say_skipped() {
    let text =
        "\nskipped: the program on a real validator; scripts/test-validator installs one and runs it\n";
    std::io::stderr().write_all(text.as_bytes()).expect("there is an error output");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_paths_with_spl_token() {
    if let Some((binary, _alone)) = validator().await {
        let costs = main_paths(&binary, TOKEN_PROGRAM).await.costs.compare();
        println!("{costs}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_paths_with_token_2022() {
    if let Some((binary, _alone)) = validator().await {
        main_paths(&binary, TOKEN_2022_PROGRAM).await;
    }
}

/// Everything that happens on one validator: the setting up, then many threads at the same time, then what concerns
/// the whole deployment.
async fn main_paths(binary: &Path, token_program: Address) -> Stage {
    let authority = Keypair::new();
    let rich = authority.pubkey();
    let validator = Validator::start(
        binary,
        &Genesis { rich, upgrade_authority: Some(rich), ticks_per_slot: QUICK_TICKS },
    )
    .await;
    let node = Node::new(validator.rpc_url(), validator.ws_url());
    let stage = Stage::new(node, authority, token_program).await;

    governing::only_the_upgrade_authority_sets_the_deployment_up(&stage).await;
    let forgotten = leaving::a_proposal_is_forgotten_and_a_co_author_cannot_leave_at_once(&stage).await;
    governing::only_the_authority_changes_the_settings(&stage, PATIENT).await;
    tokio::join!(
        joining::one_co_author_decides_alone(&stage),
        joining::a_contested_rejection_splits_the_stake(&stage),
        joining::a_threshold_thread_approves_with_its_share(&stage),
        joining::an_author_cancels_while_nobody_voted(&stage),
        leaving::a_departure_completes_a_decision(&stage),
        leaving::the_last_one_to_leave_archives_the_thread(&stage),
        leaving::a_sole_co_author_archives_the_thread(&stage),
        table_situations::leaving_an_empty_thread_costs_what_the_table_says(&stage),
        table_situations::eight_co_authors_pay_what_the_table_says(&stage),
        forgotten.expires(&stage),
    );
    governing::a_pause_stops_what_is_new_and_nothing_else(&stage).await;
    governing::a_state_root_is_anchored_once_for_each_slot(&stage).await;
    let heir = governing::the_authority_is_handed_over(&stage).await;
    governing::the_authority_withdraws_the_treasury(&stage, &heir).await;
    stage.check_conservation().await;
    following::an_indexer_takes_all_of_it_in(&stage, &validator).await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_on_a_program_that_nobody_can_upgrade() {
    let Some((binary, _alone)) = validator().await else { return };
    let (payer, folder) = (Keypair::new(), tempfile::tempdir().expect("a temporary folder"));
    let file = folder.path().join("payer.json");
    write_keypair_file(&payer, &file).expect("the keypair is written");
    let genesis = Genesis { rich: payer.pubkey(), upgrade_authority: None, ticks_per_slot: QUICK_TICKS };
    let validator = Validator::start(&binary, &genesis).await;
    let (rpc_url, ws_url) = (validator.rpc_url(), validator.ws_url());
    let world = World::on(ChainChoice::External { rpc_url, ws_url, payer: Some(file) }).await;
    let (url, store) = (world.dev.url().to_owned(), Some(world.dev.store().clone()));
    let options = DemoOptions { url, corpus: None, messages: 4, store, seed: [3; 32] };
    let mut lines = Lines::default();
    let report = demo::run(options, &mut lines).await.expect("the demo plays");
    assert!(report.differences.is_empty(), "{:#?}\n{}", report.differences, lines.0.join("\n"));
    println!("{}", lines.0.join("\n"));
    world.stop().await;
}
