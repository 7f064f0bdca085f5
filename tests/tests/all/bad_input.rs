//! What the chain has a say in: refusals with a reason, that change nothing.

use crate::world::{PATIENCE, THREAD, World, committed, random, stop};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chorale::state::Settings;
use chorale_cli::dev::ChainChoice;
use chorale_client::{Action, AlteredTransaction, ClientError, SignedIn};
use chorale_domain::content::ContentHash;
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, ThreadId};
use chorale_localnet::{Deployment, DeploymentOptions, Localnet};
use chorale_wire::http::{Prepare, Prepared, Relay};
use chorale_wire::{Code, Problem};
use solana_address::Address;
use solana_hash::Hash;
use solana_keypair::{Keypair, write_keypair_file};
use solana_message::{Message, VersionedMessage};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use std::time::Duration;

const STAKE: Amount = Amount(1_000_000);

fn problem(error: &ClientError) -> &Problem {
    error.problem().unwrap_or_else(|| panic!("the backend should refuse this, but: {error}"))
}

/// What an action is refused with: the code, and the program's name for it where it decided.
async fn refused(player: &SignedIn, action: &Action) -> (Code, Option<String>) {
    let error = player.sign(action).await.expect_err("this should be refused");
    let problem = problem(&error);
    assert!(problem.detail.len() > 10, "say more than {:?}", problem.detail);
    (problem.code, problem.program_error.clone())
}

fn program(name: &str) -> (Code, Option<String>) {
    (Code::ProgramRefused, Some(name.to_owned()))
}

async fn create_thread(world: &World, creator: &SignedIn) {
    creator.act(&Action::CreateThread { thread: THREAD, approval_bps: 10_000 }).await.unwrap();
    committed(&world.dev, |event| matches!(event, Event::ThreadCreated { .. })).await;
}

async fn propose(world: &World, author: &SignedIn, text: &str) -> ContentHash {
    let proposed = author.upload(THREAD, text, &mut random(3)).await.unwrap();
    author.act(&ask(proposed, STAKE, 0)).await.unwrap();
    committed(&world.dev, |event| matches!(event, Event::ProposalCreated { hash, .. } if *hash == proposed))
        .await;
    proposed
}

fn ask(hash: ContentHash, stake: Amount, open_until: i64) -> Action {
    Action::Propose { thread: THREAD, hash, stake, open_until }
}

fn vote(hash: ContentHash, author: &SignedIn, approve: bool) -> Action {
    Action::Vote { thread: THREAD, hash, author: author.wallet(), stake: STAKE, approve }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_program_refuses_is_said_before_anything_is_signed() {
    let world = World::start().await;
    let (alice, bob, mallory) = (world.player().await, world.player().await, world.player().await);
    create_thread(&world, &alice).await;
    let hash = propose(&world, &bob, "let me in").await;
    let before = world.dev.store().last_event().await.unwrap();

    assert_eq!(refused(&mallory, &vote(hash, &bob, true)).await, program("NotCoAuthor"));
    let poor = mallory.upload(THREAD, "almost nothing", &mut random(4)).await.unwrap();
    assert_eq!(refused(&mallory, &ask(poor, Amount(1), 0)).await, program("StakeTooLow"));
    assert_eq!(refused(&mallory, &ask(poor, STAKE, i64::MAX)).await, program("ExpiresTooSoon"));
    let leave = Action::Divest { thread: THREAD, at_least: Amount(1) };
    assert_eq!(refused(&alice, &leave).await, program("PayoutTooLow"));
    let publish = Action::Publish { thread: THREAD, hash: poor };
    assert_eq!(refused(&mallory, &publish).await, program("NotCoAuthor"));
    assert_eq!(refused(&alice, &Action::Claim { thread: THREAD }).await, program("NothingToClaim"));
    assert_eq!(world.dev.store().last_event().await.unwrap(), before, "a refusal changed something");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_for_another_stake_than_the_backend_knows_is_not_signed() {
    let world = World::start().await;
    let (alice, bob) = (world.player().await, world.player().await);
    create_thread(&world, &alice).await;
    let (thread, author) = (THREAD, bob.wallet());
    let hash = propose(&world, &bob, "for less than it was").await;
    let vote = Action::Vote { thread, hash, author, stake: Amount(STAKE.0 + 1), approve: true };
    let error = alice.sign(&vote).await.expect_err("the stake is another");
    assert!(matches!(error, ClientError::Altered(AlteredTransaction::OtherData)), "{error}");
    assert!(error.to_string().contains("the room's present state"), "say what to do: {error}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_things_and_missing_bodies_are_named() {
    let world = World::start().await;
    let alice = world.player().await;
    create_thread(&world, &alice).await;
    let nowhere = ThreadId([9; 32]);
    let hash = alice.upload(THREAD, "something", &mut random(5)).await.unwrap();
    let unknown_body = chorale_domain::id::Hash32([7; 32]);

    let publish = |thread, hash| Action::Publish { thread, hash };
    assert_eq!(refused(&alice, &publish(nowhere, hash)).await.0, Code::UnknownThread);
    assert_eq!(refused(&alice, &publish(THREAD, unknown_body)).await.0, Code::BodyMissing);
    assert_eq!(refused(&alice, &vote(hash, &alice, true)).await.0, Code::UnknownProposal);
    let elsewhere = alice.upload(nowhere, "something", &mut random(6)).await.expect_err("no such thread");
    assert_eq!(problem(&elsewhere).code, Code::UnknownThread);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_vote_and_a_vote_after_the_decision_are_refused() {
    let world = World::start().await;
    let (alice, bob, carol) = (world.player().await, world.player().await, world.player().await);
    create_thread(&world, &alice).await;
    let first = propose(&world, &bob, "first").await;
    alice.act(&vote(first, &bob, true)).await.unwrap();
    committed(&world.dev, |event| matches!(event, Event::ProposalApproved { .. })).await;
    assert_eq!(refused(&alice, &vote(first, &bob, true)).await.0, Code::UnknownProposal, "it is decided");

    let second = propose(&world, &carol, "second").await;
    alice.act(&vote(second, &carol, true)).await.unwrap();
    committed(&world.dev, |event| matches!(event, Event::VoteCast { hash, .. } if *hash == second)).await;
    assert_eq!(refused(&alice, &vote(second, &carol, true)).await, program("AlreadyVoted"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_after_the_end_is_refused() {
    let payer = Keypair::new();
    let chain = Localnet::start(&payer).await.unwrap();
    let short = Settings { min_stake: 1, proposal_ttl: 2, divest_cooldown: 0, min_thread_balance: 0 };
    Deployment::ensure(chain.rpc_url(), &payer, DeploymentOptions { settings: short }).await.unwrap();
    let keys = tempfile::tempdir().unwrap();
    let file = keys.path().join("payer.json");
    write_keypair_file(&payer, &file).unwrap();
    let (rpc_url, ws_url) = (chain.rpc_url().to_owned(), chain.ws_url().to_owned());
    let world = World::on(ChainChoice::External { rpc_url, ws_url, payer: Some(file) }).await;
    let (alice, bob) = (world.player().await, world.player().await);
    create_thread(&world, &alice).await;
    let hash = propose(&world, &bob, "too late").await;

    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        match alice.sign(&vote(hash, &bob, true)).await {
            Err(error) => {
                assert_eq!(problem(&error).program_error.as_deref(), Some("ProposalExpired"), "{error}");
                break;
            }
            Ok(_) if tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Ok(_) => panic!("the proposal did not expire within {PATIENCE:?}"),
        }
    }
    world.stop().await;
    stop(chain).await;
}

/// Posts a transaction to the relay as `player`, signed by `keypair`.
async fn relay(world: &World, player: &SignedIn, message: Message, keypair: &Keypair) -> Problem {
    let transaction = VersionedTransaction::try_new(VersionedMessage::Legacy(message), &[keypair]).unwrap();
    let bytes = wincode::serialize(&transaction).unwrap();
    let body = Relay { transaction: BASE64_STANDARD.encode(bytes) };
    post::<serde_json::Value>(world, player, "/v1/transactions", &body)
        .await
        .expect_err("this should be refused")
}

async fn post<T: serde::de::DeserializeOwned>(
    world: &World,
    player: &SignedIn,
    path: &str,
    body: &impl serde::Serialize,
) -> Result<T, Problem> {
    let request = reqwest::Client::new().post(format!("{}{path}", world.dev.url())).json(body);
    let answer = request.bearer_auth(player.token()).send().await.expect("the backend answers");
    let ok = answer.status().is_success();
    let text = answer.text().await.expect("an answer");
    match ok {
        true => Ok(serde_json::from_str(&text).expect("the documented shape")),
        false => Err(serde_json::from_str(&text).expect("a problem")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_takes_only_what_was_prepared_for_who_is_signed_in() {
    let world = World::start().await;
    let keypair = Keypair::new();
    let client = world.client();
    client.fund(chorale_client::wallet_of(&keypair)).await.unwrap();
    let player = client.sign_in(&keypair).await.unwrap();

    let drain = solana_system_interface::instruction::transfer(&keypair.pubkey(), &Address::from([1; 32]), 1);
    let foreign = Message::new_with_blockhash(&[drain], Some(&keypair.pubkey()), &Hash::default());
    let problem = relay(&world, &player, foreign, &keypair).await;
    assert_eq!(problem.code, Code::NotPrepared);
    assert!(problem.detail.contains("program"), "say that it is for another program: {}", problem.detail);

    let request = Prepare::CreateThread { thread: THREAD, approval_bps: 10_000 };
    let prepared: Prepared = post(&world, &player, "/v1/transactions/prepare", &request).await.unwrap();
    let bytes = BASE64_STANDARD.decode(prepared.transaction).unwrap();
    let mut altered = bytes.clone();
    *altered.last_mut().unwrap() ^= 1;
    let altered: VersionedTransaction = wincode::deserialize_exact(&altered).unwrap();
    let VersionedMessage::Legacy(message) = altered.message else { panic!("legacy messages are prepared") };
    assert_eq!(relay(&world, &player, message, &keypair).await.code, Code::NotPrepared);

    let unsigned = Relay { transaction: BASE64_STANDARD.encode(&bytes) };
    let refused =
        post::<serde_json::Value>(&world, &player, "/v1/transactions", &unsigned).await.unwrap_err();
    assert_eq!(refused.code, Code::UnsignedTransaction);
    let garbage = Relay { transaction: "not base64!".into() };
    let refused = post::<serde_json::Value>(&world, &player, "/v1/transactions", &garbage).await.unwrap_err();
    assert_eq!(refused.code, Code::MalformedRequest);
    assert_eq!(world.dev.store().threads(None, 10).await.unwrap(), [], "nothing was created");
    world.stop().await;
}
