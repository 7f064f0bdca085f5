//! The committed table's situations that the other stories do not come to.

use super::joining::UNANIMOUS;
use super::scene::Scene;
use super::stage::{MIN_STAKE, Stage, TOKENS};
use chorale_domain::content::ContentHash;
use solana_keypair::Keypair;

const EIGHT: usize = 8;
/// What the author of the measured proposals stakes on each.
const STAKE: u64 = 1_000;
/// Contents of the measured proposals.
const APPROVED: usize = 30;
const REJECTED: usize = 31;
const SETTLED: usize = 32;

/// The first of two leaves with a claim on a stake, while the thread has no balance.
pub async fn leaving_an_empty_thread_costs_what_the_table_says(stage: &Stage) {
    let scene = Scene::new(stage, 9);
    let [alice, bob] = stage.wallets().await;
    scene.create(&alice, UNANIMOUS).await.unwrap();
    scene.admit(std::slice::from_ref(&alice), &bob, scene.hash(0)).await;
    let left = scene.divest(&alice).await.unwrap();
    stage.costs.note("divest", 1, left.units);
    assert_eq!(stage.tokens(&alice).await, TOKENS + MIN_STAKE);
}

/// As in the table: the last co-author acts, is the proposals' author, and everyone else has voted.
pub async fn eight_co_authors_pay_what_the_table_says(stage: &Stage) {
    let scene = Scene::new(stage, 8);
    let co_authors: [Keypair; EIGHT] = stage.wallets().await;
    let [others @ .., last] = &co_authors;
    scene.create(&others[0], UNANIMOUS).await.unwrap();
    for seat in 1..others.len() {
        scene.admit(&others[..seat], &others[seat], scene.hash(seat)).await;
    }
    for content in [APPROVED, REJECTED, SETTLED] {
        scene.propose(last, scene.hash(content), STAKE).await.unwrap();
    }
    scene.admit(others, last, scene.hash(0)).await;
    publish_and_propose(&scene, last).await;
    votes(&scene, others, last).await;
    settlement(&scene, others, last).await;
}

/// Before each measured message the log has an even number of them, and merges nothing.
async fn fill_up_to_even(scene: &Scene<'_>, author: &Keypair, content: usize) {
    if scene.thread().await.log_count.get() % 2 == 1 {
        scene.publish(author, scene.hash(content)).await.unwrap();
    }
}

async fn publish_and_propose(scene: &Scene<'_>, last: &Keypair) {
    fill_up_to_even(scene, last, 40).await;
    let published = scene.publish(last, scene.hash(41)).await.unwrap();
    scene.stage.costs.note("publish", EIGHT, published.units);
    let [outsider] = scene.stage.wallets().await;
    let proposed = scene.propose(&outsider, scene.hash(42), MIN_STAKE).await.unwrap();
    scene.stage.costs.note("propose", EIGHT, proposed.units);
    let cancelled = scene.cancel(&outsider, scene.hash(42)).await.unwrap();
    assert_eq!(cancelled.kinds(), ["proposal_cancelled"]);
}

async fn votes(scene: &Scene<'_>, others: &[Keypair], last: &Keypair) {
    let costs = &scene.stage.costs;
    let [first @ .., seventh] = others else { panic!("there are seven others") };
    scene.approve_all(first, scene.hash(APPROVED), last).await;
    let pending = scene.vote(seventh, scene.hash(APPROVED), last, true).await.unwrap();
    costs.note("vote", EIGHT, pending.units);
    fill_up_to_even(scene, last, 43).await;
    costs.note("vote that approves", EIGHT, last_vote(scene, last, scene.hash(APPROVED), true).await);
    costs.note("claim", EIGHT, scene.claim(last).await.unwrap().units);
    scene.approve_all(others, scene.hash(REJECTED), last).await;
    costs.note("vote that rejects", EIGHT, last_vote(scene, last, scene.hash(REJECTED), false).await);
}

async fn last_vote(scene: &Scene<'_>, last: &Keypair, hash: ContentHash, approve: bool) -> u64 {
    let sent = scene.vote(last, hash, last, approve).await.unwrap();
    let end = if approve { "proposal_approved" } else { "proposal_rejected" };
    assert_eq!(sent.kinds(), ["vote_cast", end], "the last vote decides");
    sent.units
}

async fn settlement(scene: &Scene<'_>, others: &[Keypair], last: &Keypair) {
    let [leaver, others @ ..] = others else { panic!("there are seven others") };
    let hash = scene.hash(SETTLED);
    scene.approve_all(others, hash, last).await;
    scene.approve_all(std::slice::from_ref(last), hash, last).await;
    scene.divest(leaver).await.unwrap();
    fill_up_to_even(scene, last, 44).await;
    let settled = scene.settle(leaver, hash, last).await.unwrap();
    assert_eq!(settled.kinds(), ["proposal_approved"]);
    scene.stage.costs.note("settle that approves", EIGHT, settled.units);
    assert_eq!(scene.thread().await.members().count(), EIGHT - 1);
}
