//! Departures, ends of threads, and proposals that nobody decides.

use super::joining::UNANIMOUS;
use super::scene::Scene;
use super::stage::{MIN_STAKE, MIN_THREAD_BALANCE, Stage, TOKENS};
use chorale_domain::content::ContentHash;
use chorale_domain::event::Event;
use chorale_domain::id::Amount;
use solana_keypair::Keypair;

/// A proposal made while proposals lived a moment only.
pub struct Forgotten {
    scene_number: usize,
    co_author: Keypair,
    author: Keypair,
    expires_at: i64,
}

const FORGOTTEN_STAKE: u64 = 900;

pub async fn a_proposal_is_forgotten_and_a_co_author_cannot_leave_at_once(stage: &Stage) -> Forgotten {
    let scene_number = 4;
    let scene = Scene::new(stage, scene_number);
    let [co_author, author] = stage.wallets().await;
    scene.create(&co_author, UNANIMOUS).await.unwrap();
    assert_eq!(scene.divest(&co_author).await.unwrap_err(), "CooldownRunning");
    let proposed = scene.propose(&author, scene.hash(0), FORGOTTEN_STAKE).await.unwrap();
    let Event::ProposalCreated { expires_at, .. } = proposed.events[0] else {
        panic!("a proposal: {:?}", proposed.events);
    };
    Forgotten { scene_number, co_author, author, expires_at }
}

impl Forgotten {
    pub async fn expires(self, stage: &Stage) {
        let scene = Scene::new(stage, self.scene_number);
        let (hash, author) = (scene.hash(0), &self.author);
        stage.node.wait_for(self.expires_at).await;
        assert_eq!(scene.vote(&self.co_author, hash, author, true).await.unwrap_err(), "ProposalExpired");
        assert_eq!(scene.settle(author, hash, author).await.unwrap_err(), "ProposalExpired");
        let expired = scene.expire(author, hash, author).await.unwrap();
        let [Event::ProposalExpired { to_treasury, expired_at, .. }] = expired.events[..] else {
            panic!("it expires: {:?}", expired.events);
        };
        assert_eq!(to_treasury, Amount(FORGOTTEN_STAKE));
        assert!(expired_at >= self.expires_at, "{expired_at} is before {}", self.expires_at);
        stage.costs.note("expire", 1, expired.units);
        assert!(scene.proposal(hash).await.is_none(), "the account is closed");
    }
}

/// A thread of alice, bob and carol with a balance of 1,000.
async fn three_with_a_balance(scene: &Scene<'_>, alice: &Keypair, bob: &Keypair, carol: &Keypair) {
    scene.create(alice, UNANIMOUS).await.unwrap();
    scene.admit(std::slice::from_ref(alice), bob, scene.hash(0)).await;
    endow(scene, bob, carol, 1_000).await;
    let voters = [alice.insecure_clone(), bob.insecure_clone()];
    scene.admit(&voters, carol, scene.hash(1)).await;
}

/// A proposal that everyone is against leaves its stake to the thread.
async fn endow(scene: &Scene<'_>, denier: &Keypair, author: &Keypair, stake: u64) {
    scene.propose(author, scene.hash(20), stake).await.unwrap();
    scene.vote(denier, scene.hash(20), author, false).await.unwrap();
}

pub async fn a_departure_completes_a_decision(stage: &Stage) {
    let scene = Scene::new(stage, 5);
    let [alice, bob, carol, dave] = stage.wallets().await;
    three_with_a_balance(&scene, &alice, &bob, &carol).await;
    let hash = scene.hash(2);
    scene.propose(&dave, hash, 300).await.unwrap();
    scene.vote(&alice, hash, &dave, true).await.unwrap();
    scene.vote(&bob, hash, &dave, true).await.unwrap();
    assert_eq!(scene.settle(&dave, hash, &dave).await.unwrap_err(), "NotDecided");

    assert_eq!(scene.divest_for(&carol, 334).await.unwrap_err(), "PayoutTooLow");
    let left = scene.divest_for(&carol, 333).await.unwrap();
    let [Event::Divested { share, claimed, archived, token_balance, .. }] = left.events[..] else {
        panic!("carol leaves: {:?}", left.events);
    };
    assert_eq!((share, claimed, token_balance, archived), (Amount(333), Amount(0), Amount(667), false));
    assert_eq!(stage.tokens(&carol).await, TOKENS - 1_000 - MIN_STAKE + 333);
    assert_eq!(scene.divest(&carol).await.unwrap_err(), "NotCoAuthor");

    let settled = settled_by(&scene, &carol, hash, &dave).await;
    assert_eq!(settled, [Amount(150), Amount(0)], "to each of two, to the treasury");
    let dave = scene.member(&dave).await.expect("a co-author");
    assert_eq!((dave.number.get(), scene.thread().await.seats.used), (3, 3), "a new number on a free seat");
}

/// The share of each approver and what the treasury gets, after someone who is nobody here settles.
async fn settled_by(
    scene: &Scene<'_>,
    settler: &Keypair,
    hash: ContentHash,
    author: &Keypair,
) -> [Amount; 2] {
    let settled = scene.settle(settler, hash, author).await.unwrap();
    match &settled.events[..] {
        [Event::ProposalApproved { share, to_treasury, .. }] => [*share, *to_treasury],
        other => panic!("what is left of the co-authors agrees: {other:?}"),
    }
}

pub async fn the_last_one_to_leave_archives_the_thread(stage: &Stage) {
    let scene = Scene::new(stage, 6);
    let [alice, bob, carol] = stage.wallets().await;
    scene.create(&alice, UNANIMOUS).await.unwrap();
    scene.admit(std::slice::from_ref(&alice), &bob, scene.hash(0)).await;
    endow(&scene, &bob, &carol, 500).await;
    assert_eq!(scene.archive(&alice).await.unwrap_err(), "NotSoleCoAuthor");
    let first = scene.divest(&alice).await.unwrap();
    assert!(matches!(
        first.events[..],
        [Event::Divested { share: Amount(250), claimed: Amount(MIN_STAKE), archived: false, .. }]
    ));
    let last = scene.divest(&bob).await.unwrap();
    stage.costs.note_unlisted("divest by the last co-author", last.units);
    assert!(matches!(
        last.events[..],
        [Event::Divested {
            share: Amount(240),
            token_balance: Amount(MIN_THREAD_BALANCE),
            archived: true,
            ..
        }]
    ));
    assert!(scene.thread().await.is_archived());
    assert_eq!(scene.publish(&bob, scene.hash(1)).await.unwrap_err(), "ThreadArchived");
    assert_eq!(scene.propose(&carol, scene.hash(1), MIN_STAKE).await.unwrap_err(), "ThreadArchived");
}

pub async fn a_sole_co_author_archives_the_thread(stage: &Stage) {
    let scene = Scene::new(stage, 7);
    let [alice, bob] = stage.wallets().await;
    scene.create(&alice, UNANIMOUS).await.unwrap();
    scene.propose(&bob, scene.hash(0), MIN_STAKE).await.unwrap();
    assert_eq!(scene.archive(&bob).await.unwrap_err(), "NotCoAuthor");
    assert_eq!(scene.archive(&alice).await.unwrap_err(), "ProposalsOpen");
    scene.cancel(&bob, scene.hash(0)).await.unwrap();
    let archived = scene.archive(&alice).await.unwrap();
    assert_eq!(archived.kinds(), ["thread_archived"]);
    stage.costs.note("archive", 1, archived.units);
    assert_eq!(scene.publish(&alice, scene.hash(0)).await.unwrap_err(), "ThreadArchived");
    assert_eq!(scene.propose(&bob, scene.hash(0), MIN_STAKE).await.unwrap_err(), "ThreadArchived");
    assert_eq!(scene.divest(&alice).await.unwrap().kinds(), ["divested"], "leaving stays possible");
}
