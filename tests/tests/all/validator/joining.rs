//! Messages, and proposals that are decided.

use super::scene::Scene;
use super::stage::{MIN_STAKE, PATIENT, Stage, TOKENS, wallet};
use chorale::state::{Message, Proposal};
use chorale::{address, build};
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, Hash32};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Everyone must agree.
pub const UNANIMOUS: u16 = 10_000;

pub async fn one_co_author_decides_alone(stage: &Stage) {
    let scene = Scene::new(stage, 0);
    let [alice, bob, carol] = stage.wallets().await;
    let created = scene.create(&alice, UNANIMOUS).await.unwrap();
    assert_eq!(created.kinds(), ["thread_created"]);
    stage.costs.note("create_thread", 1, created.units);
    proposing_is_for_others(&scene, &alice, &bob).await;
    let lamports = stage.node.lamports(&carol.pubkey()).await;
    a_stake_goes_into_escrow(&scene, &carol).await;
    publishing_is_for_co_authors(&scene, &alice, &bob).await;
    a_denial_rejects(&scene, &alice, &carol).await;
    let fee = 5_000;
    assert_eq!(stage.node.lamports(&carol.pubkey()).await, lamports - fee, "all rent came back");
    an_approval_seats(&scene, &alice, &bob, &carol).await;
    what_was_shared_is_claimed_once(&scene, &alice, &bob).await;
}

async fn publishing_is_for_co_authors(scene: &Scene<'_>, alice: &Keypair, bob: &Keypair) {
    assert_eq!(scene.publish(bob, scene.hash(0)).await.unwrap_err(), "NotCoAuthor");
    assert_eq!(scene.publish(alice, Hash32::ZERO).await.unwrap_err(), "ZeroHash");
    let published = scene.publish(alice, scene.hash(0)).await.unwrap();
    assert_eq!(published.kinds(), ["message_published"]);
    scene.stage.costs.note("publish", 1, published.units);
    assert_eq!(scene.publish(alice, scene.hash(0)).await.unwrap_err(), "HashTaken");
    // The second one, so that the log merges nothing when the next message comes.
    scene.publish(alice, scene.hash(1)).await.unwrap();
    assert_eq!(scene.message(scene.hash(1)).await.map(|message| message.sequence.get()), Some(1));
}

async fn proposing_is_for_others(scene: &Scene<'_>, alice: &Keypair, bob: &Keypair) {
    let hash = scene.hash(2);
    assert_eq!(scene.propose(alice, hash, MIN_STAKE).await.unwrap_err(), "AlreadyCoAuthor");
    assert_eq!(scene.propose(bob, hash, MIN_STAKE - 1).await.unwrap_err(), "StakeTooLow");
    assert_eq!(scene.propose(bob, hash, TOKENS + 1).await.unwrap_err(), "Custom(1)", "too few tokens");
    let propose = |stake, open_until| {
        build::propose(&scene.stage.deployment, wallet(bob), scene.id, hash, stake, open_until)
    };
    assert_eq!(scene.stage.node.fail(propose(1, 0), bob).await, "StakeTooLow");
    assert_eq!(scene.stage.send(propose(MIN_STAKE, i64::MAX), bob).await.unwrap_err(), "ExpiresTooSoon");
    assert!(scene.proposal(hash).await.is_none() && scene.thread().await.escrow.get() == 0);
}

async fn a_stake_goes_into_escrow(scene: &Scene<'_>, carol: &Keypair) {
    let proposed = scene.propose(carol, scene.hash(2), 250).await.unwrap();
    scene.stage.costs.note("propose", 1, proposed.units);
    assert!(matches!(
        proposed.events[..],
        [Event::ProposalCreated { stake: Amount(250), escrow: Amount(250), created_at, expires_at, .. }]
            if expires_at - created_at == PATIENT.proposal_ttl
    ));
    assert_eq!(scene.stage.tokens(carol).await, TOKENS - 250);
}

async fn a_denial_rejects(scene: &Scene<'_>, alice: &Keypair, carol: &Keypair) {
    let hash = scene.hash(2);
    let rejected = scene.vote(alice, hash, carol, false).await.unwrap();
    assert_eq!(rejected.kinds(), ["vote_cast", "proposal_rejected"]);
    scene.stage.costs.note("vote that rejects", 1, rejected.units);
    let thread = scene.thread().await;
    assert_eq!((thread.token_balance.get(), thread.escrow.get(), thread.open_proposals.get()), (250, 0, 0));
    assert!(scene.proposal(hash).await.is_none(), "the account is closed");
}

async fn an_approval_seats(scene: &Scene<'_>, alice: &Keypair, bob: &Keypair, carol: &Keypair) {
    let (stage, hash) = (scene.stage, scene.hash(3));
    scene.propose(bob, hash, MIN_STAKE).await.unwrap();
    assert_eq!(scene.vote(carol, hash, bob, true).await.unwrap_err(), "NotCoAuthor");
    assert_eq!(scene.vote(alice, hash, carol, true).await.unwrap_err(), "NotProposalAuthor");
    let for_more = build::vote(wallet(alice), scene.id, hash, wallet(bob), MIN_STAKE + 1, true);
    assert_eq!(stage.send(for_more, alice).await.unwrap_err(), "StakeDiffers");
    assert_eq!(scene.settle(carol, hash, bob).await.unwrap_err(), "NotDecided");
    assert_eq!(scene.expire(carol, hash, bob).await.unwrap_err(), "NotExpired");
    let early = build::expire(wallet(carol), scene.id, hash, wallet(bob));
    assert_eq!(stage.node.fail(early, carol).await, "NotExpired");

    let lamports = stage.node.lamports(&bob.pubkey()).await;
    let approved = scene.vote(alice, hash, bob, true).await.unwrap();
    assert_eq!(approved.kinds(), ["vote_cast", "proposal_approved"]);
    stage.costs.note("vote that approves", 1, approved.units);
    let message = scene.message(hash).await.expect("the proposal became a message");
    assert_eq!((message.author, message.sequence.get()), (bob.pubkey(), 2));
    assert_eq!(scene.member(bob).await.map(|member| member.number.get()), Some(1));
    let rent = stage.node.rent(8 + size_of::<Message>()).await;
    let surplus = stage.node.rent(8 + size_of::<Proposal>()).await - rent;
    assert_eq!(stage.node.lamports(&bob.pubkey()).await, lamports + surplus, "rent that is not needed");
    assert_eq!(stage.node.lamports(&address::content(scene.id, hash)).await, rent);
}

async fn what_was_shared_is_claimed_once(scene: &Scene<'_>, alice: &Keypair, bob: &Keypair) {
    let claimed = scene.claim(alice).await.unwrap();
    assert!(matches!(claimed.events[..], [Event::Claimed { amount: Amount(MIN_STAKE), .. }]));
    scene.stage.costs.note("claim", 1, claimed.units);
    assert_eq!(scene.stage.tokens(alice).await, TOKENS + MIN_STAKE);
    assert_eq!(scene.claim(alice).await.unwrap_err(), "NothingToClaim");
    assert_eq!(scene.claim(bob).await.unwrap_err(), "NothingToClaim");
}

pub async fn a_contested_rejection_splits_the_stake(stage: &Stage) {
    let scene = Scene::new(stage, 1);
    let [alice, bob, carol] = stage.wallets().await;
    scene.create(&alice, UNANIMOUS).await.unwrap();
    scene.admit(std::slice::from_ref(&alice), &bob, scene.hash(0)).await;
    let hash = scene.hash(1);
    scene.propose(&carol, hash, 1_001).await.unwrap();
    assert_eq!(scene.vote(&alice, hash, &carol, true).await.unwrap().kinds(), ["vote_cast"]);
    for approve in [true, false] {
        assert_eq!(scene.vote(&alice, hash, &carol, approve).await.unwrap_err(), "AlreadyVoted");
    }
    assert_eq!(scene.cancel(&carol, hash).await.unwrap_err(), "VotesCast");
    let rejected = scene.vote(&bob, hash, &carol, false).await.unwrap();
    assert!(matches!(
        rejected.events[..],
        [_, Event::ProposalRejected { to_treasury: Amount(500), to_thread: Amount(501), .. }]
    ));
    scene.propose(&carol, hash, MIN_STAKE).await.expect("a rejected hash may be proposed again");
}

pub async fn a_threshold_thread_approves_with_its_share(stage: &Stage) {
    let scene = Scene::new(stage, 2);
    let [alice, bob, carol, dave] = stage.wallets().await;
    scene.create(&alice, 5_000).await.unwrap();
    for (n, author) in [&bob, &carol].into_iter().enumerate() {
        scene.propose(author, scene.hash(n), MIN_STAKE).await.unwrap();
        scene.vote(&alice, scene.hash(n), author, true).await.unwrap();
    }
    let hash = scene.hash(2);
    scene.propose(&dave, hash, 1_001).await.unwrap();
    scene.vote(&alice, hash, &dave, false).await.unwrap();
    scene.vote(&bob, hash, &dave, true).await.unwrap();
    let last = scene.vote(&carol, hash, &dave, true).await.unwrap();
    let Event::ProposalApproved { member, share, to_treasury, approvers, .. } = &last.events[1] else {
        panic!("two of three are enough: {:?}", last.events);
    };
    assert_eq!((*member, *share, *to_treasury), (3, Amount(500), Amount(1)));
    assert_eq!(*approvers, [1, 2], "who denied gets nothing");
}

pub async fn an_author_cancels_while_nobody_voted(stage: &Stage) {
    let scene = Scene::new(stage, 3);
    let [alice, bob, thief] = stage.wallets().await;
    scene.create(&alice, UNANIMOUS).await.unwrap();
    let (hash, lamports) = (scene.hash(0), stage.node.lamports(&bob.pubkey()).await);
    scene.propose(&bob, hash, 777).await.unwrap();
    assert_eq!(scene.cancel(&thief, hash).await.unwrap_err(), "NotProposalAuthor");
    let cancelled = scene.cancel(&bob, hash).await.unwrap();
    assert!(matches!(cancelled.events[..], [Event::ProposalCancelled { refund: Amount(777), .. }]));
    stage.costs.note("cancel", 1, cancelled.units);
    assert_eq!(stage.tokens(&bob).await, TOKENS, "the stake is back");
    let fees = 2 * 5_000;
    assert_eq!(stage.node.lamports(&bob.pubkey()).await, lamports - fees, "and all the rent");
    assert_eq!(scene.thread().await.open_proposals.get(), 0);
}
