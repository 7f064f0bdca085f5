//! Reading threads, and the backend's account of itself.

use crate::story::{SALT, THREAD, confirm, created, hash, proposed, published};
use crate::wallet::Keys;
use crate::world::{GREEDY, World};
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, ThreadId};
use chorale_wire::Code;
use chorale_wire::http::{
    Fund, Funded, Health, HealthStatus, Info, Proposals, ThreadView, Threads, Upload, Visibility,
};
use reqwest::Method;

#[tokio::test]
async fn threads_come_in_pages_that_leave_nothing_out() {
    let creator = Keys::new(10).wallet();
    let world = World::with_thread(creator).await;
    confirm(&world.writer, (2..=5).map(|n| created(ThreadId([n; 32]), creator))).await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page: Threads = world.get(&format!("/v1/threads?limit=2{after}")).await.good().await;
        assert!(page.threads.len() <= 2);
        seen.extend(page.threads.iter().map(|thread| thread.thread));
        let Some(next) = page.next else { break };
        after = format!("&after={next}");
    }
    seen.sort();
    assert_eq!(seen, (1..=5).map(|n| ThreadId([n; 32])).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_thread_shows_its_members_and_its_messages_with_their_text() {
    let keys = Keys::new(10);
    let world = World::with_thread(keys.wallet()).await;
    let messages = (0..3).map(|n| published(THREAD, keys.wallet(), n, &format!("message {n}")));
    confirm(&world.writer, messages).await;
    let token = world.sign_in(&keys).await;
    let body = "message 1".to_owned();
    let upload =
        Upload { thread: THREAD, hash: hash(&body), salt: SALT, body, visibility: Visibility::Public };
    world.post("/v1/contents", Some(&token), &upload).await;

    let first: ThreadView = world.get(&format!("/v1/threads/{THREAD}?limit=2")).await.good().await;
    assert_eq!((first.thread.thread, first.members.len(), first.next), (THREAD, 1, Some(1)));
    let texts: Vec<_> =
        first.messages.iter().map(|m| m.content.as_ref().and_then(|c| c.body.as_deref())).collect();
    assert_eq!(texts, [None, Some("message 1")], "a body that was not uploaded is missing, no more");
    let rest: ThreadView = world.get(&format!("/v1/threads/{THREAD}?after=1")).await.good().await;
    assert_eq!((rest.messages.len(), rest.messages[0].message.sequence, rest.next), (1, 2, None));
}

#[tokio::test]
async fn pending_proposals_are_shown_with_their_text() {
    let world = World::with_thread(Keys::new(10).wallet()).await;
    let guest = Keys::new(11);
    let token = world.sign_in(&guest).await;
    let body = "let me in".to_owned();
    let upload =
        Upload { thread: THREAD, hash: hash(&body), salt: SALT, body, visibility: Visibility::Public };
    world.post("/v1/contents", Some(&token), &upload).await;
    confirm(&world.writer, [proposed(THREAD, guest.wallet(), "let me in")]).await;
    let shown: Proposals = world.get(&format!("/v1/threads/{THREAD}/proposals")).await.good().await;
    let [proposal] = shown.proposals.as_slice() else { panic!("one is pending: {shown:?}") };
    assert_eq!(proposal.proposal.author, guest.wallet());
    assert_eq!(proposal.content.as_ref().unwrap().body.as_deref(), Some("let me in"));
}

#[tokio::test]
async fn pending_proposals_come_in_pages_that_leave_nothing_out() {
    let (alice, bob) = (Keys::new(10).wallet(), Keys::new(11).wallet());
    let world = World::with_thread(alice).await;
    let texts: Vec<_> = (0..5).map(|n| format!("proposal {n}")).collect();
    for (n, text) in (1..).zip(&texts) {
        let mut event = proposed(THREAD, bob, text);
        if let Event::ProposalCreated { escrow, .. } = &mut event {
            escrow.0 = 7 * n;
        }
        confirm(&world.writer, [event]).await;
    }
    let (mut found, mut after) = (vec![], String::new());
    loop {
        let page: Proposals =
            world.get(&format!("/v1/threads/{THREAD}/proposals?limit=2{after}")).await.good().await;
        assert!(page.proposals.len() <= 2);
        found.extend(page.proposals.into_iter().map(|view| view.proposal.hash));
        let Some(next) = page.next else { break };
        after = format!("&after={next}");
    }
    found.sort();
    let mut expected: Vec<_> = texts.iter().map(|text| hash(text)).collect();
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_so() {
    let world = World::with_thread(Keys::new(10).wallet()).await;
    let nowhere = ThreadId([7; 32]);
    for path in ["", "/proposals", &format!("/contents/{}", hash("x"))] {
        let answer = world.get(&format!("/v1/threads/{nowhere}{path}")).await;
        assert_eq!(answer.refusal().await, (404, Code::UnknownThread), "{path}");
    }
    let content = world.get(&format!("/v1/threads/{THREAD}/contents/{}", hash("x"))).await;
    assert_eq!(content.refusal().await, (404, Code::UnknownContent));
    assert_eq!(world.get("/v1/kitchen").await.refusal().await, (404, Code::NotFound));
    let deleted = world.send(Method::DELETE, "/v1/threads", None, None).await;
    assert_eq!(deleted.refusal().await, (405, Code::NotFound));
}

#[tokio::test]
async fn requests_that_make_no_sense_are_refused() {
    let world = World::with_thread(Keys::new(10).wallet()).await;
    for path in [
        "/v1/threads?limit=0",
        "/v1/threads?limit=201",
        "/v1/threads?limit=many",
        "/v1/threads?after=kitchen",
        "/v1/threads/kitchen",
        &format!("/v1/threads/{THREAD}?after=-1"),
        &format!("/v1/threads/{THREAD}/contents/abc"),
        "/v1/ws",
    ] {
        assert_eq!(world.get(path).await.refusal().await, (400, Code::MalformedRequest), "{path}");
    }
    let large = world.post_bytes("/v1/auth/nonce", None, vec![b' '; 20_000]).await;
    assert_eq!(large.refusal().await, (413, Code::TooLarge));
}

#[tokio::test]
async fn the_backend_says_where_it_has_its_truth_from() {
    let world = World::with_thread(Keys::new(10).wallet()).await;
    let info: Info = world.get("/v1/info").await.good().await;
    assert_eq!(info.program.0, chorale::ID.to_bytes());
    assert_eq!((info.cursor, info.faucet, info.max_body_bytes), (2, false, 65_536));
    assert!(info.config.is_some());
    let faucet = world.post("/v1/faucet", None, &Fund { wallet: Keys::new(1).wallet() }).await;
    assert_eq!(faucet.refusal().await, (404, Code::NoFaucet));
}

#[tokio::test]
async fn a_faucet_that_is_wired_in_gives_and_may_say_no() {
    let world = World::with_faucet().await;
    assert!(world.get("/v1/info").await.good::<Info>().await.faucet);
    let funded: Funded =
        world.post("/v1/faucet", None, &Fund { wallet: Keys::new(1).wallet() }).await.good().await;
    assert_eq!((funded.lamports, funded.tokens), (Amount(7), Amount(8)));
    let refused = world.post("/v1/faucet", None, &Fund { wallet: GREEDY }).await.problem().await;
    assert_eq!((refused.status, refused.code), (422, Code::ProgramRefused));
    assert!(refused.detail.contains("you had enough"), "{}", refused.detail);
}

#[tokio::test]
async fn without_a_chain_the_backend_is_degraded_and_still_answers() {
    let world = World::with_thread(Keys::new(10).wallet()).await;
    let health: Health = loop {
        let health: Health = world.get("/v1/health").await.good().await;
        if health.status == HealthStatus::Degraded {
            break health;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!(health.cursor, 2);
    assert!(health.away[0].contains(crate::world::NO_CHAIN), "{:?}", health.away);
}
