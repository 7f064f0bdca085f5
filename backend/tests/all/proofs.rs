//! Members, messages, and what it takes to check a message alone.

use crate::story::{THREAD, confirm, hash, published};
use crate::wallet::Keys;
use crate::world::World;
use chorale_domain::content_log::leaf_hash;
use chorale_domain::id::{Hash32, Wallet};
use chorale_wire::Code;
use chorale_wire::http::{Members, MessageProof, Messages, ThreadView};

fn text(n: u64) -> String {
    format!("message {n}")
}

async fn world_with(author: Wallet, messages: u64) -> World {
    let world = World::with_thread(author).await;
    confirm(&world.writer, (0..messages).map(|n| published(THREAD, author, n, &text(n)))).await;
    world
}

#[tokio::test]
async fn every_message_comes_with_a_proof_that_leads_to_the_threads_root() {
    let author = Keys::new(10).wallet();
    let world = world_with(author, 5).await;
    let thread: ThreadView = world.get(&format!("/v1/threads/{THREAD}")).await.good().await;
    for n in 0..5 {
        let hash = hash(&text(n));
        let by_number: MessageProof =
            world.get(&format!("/v1/threads/{THREAD}/messages/{n}")).await.good().await;
        let by_hash: MessageProof =
            world.get(&format!("/v1/threads/{THREAD}/messages/{hash}")).await.good().await;
        assert_eq!(by_number, by_hash);
        assert_eq!((by_number.proof.sequence, by_number.head.root), (n, thread.thread.content_log.root));
        assert_eq!(by_number.leaf, Hash32(leaf_hash(&hash.0, &author.0)));
        by_number.proof.verify(&hash, &author, &by_number.head).expect("the proof holds");
    }
}

#[tokio::test]
async fn proofs_follow_a_log_that_grows() {
    let author = Keys::new(10).wallet();
    let world = world_with(author, 2).await;
    for size in 2..6 {
        let proof: MessageProof = world.get(&format!("/v1/threads/{THREAD}/messages/0")).await.good().await;
        assert_eq!(proof.head.size, size);
        proof.proof.verify(&hash(&text(0)), &author, &proof.head).expect("the proof holds");
        confirm(&world.writer, [published(THREAD, author, size, &text(size))]).await;
    }
}

#[tokio::test]
async fn what_is_no_message_of_the_thread_is_said_to_be_so() {
    let world = world_with(Keys::new(10).wallet(), 2).await;
    for name in ["2".to_owned(), "9999999".into(), hash("other").to_string()] {
        let answer = world.get(&format!("/v1/threads/{THREAD}/messages/{name}")).await;
        assert_eq!(answer.refusal().await, (404, Code::UnknownMessage), "{name}");
    }
    for name in ["-1", "12345678", "abc", "+1"] {
        let answer = world.get(&format!("/v1/threads/{THREAD}/messages/{name}")).await;
        assert_eq!(answer.refusal().await, (400, Code::MalformedRequest), "{name}");
    }
}

#[tokio::test]
async fn messages_come_from_either_end_in_pages_that_leave_nothing_out() {
    let world = world_with(Keys::new(10).wallet(), 5).await;
    for (order, cursor, expected) in
        [("oldest", "after", [0, 1, 2, 3, 4]), ("latest", "before", [4, 3, 2, 1, 0])]
    {
        let (mut found, mut from) = (vec![], String::new());
        loop {
            let path = format!("/v1/threads/{THREAD}/messages?order={order}&limit=2{from}");
            let page: Messages = world.get(&path).await.good().await;
            found.extend(page.messages.iter().map(|view| view.message.sequence));
            let Some(next) = page.next else { break };
            from = format!("&{cursor}={next}");
        }
        assert_eq!(found, expected, "{order}");
    }
    for (order, expected) in [("oldest", [1, 2]), ("latest", [2, 1])] {
        let path = format!("/v1/threads/{THREAD}/messages?order={order}&after=0&before=3");
        let between: Messages = world.get(&path).await.good().await;
        let found: Vec<_> = between.messages.iter().map(|view| view.message.sequence).collect();
        assert_eq!((found.as_slice(), between.next), (expected.as_slice(), None), "{order}");
    }
    let upwards = world.get(&format!("/v1/threads/{THREAD}/messages?order=upwards")).await;
    assert_eq!(upwards.refusal().await, (400, Code::MalformedRequest));
}

#[tokio::test]
async fn members_come_by_number() {
    let author = Keys::new(10).wallet();
    let world = world_with(author, 0).await;
    let members: Members = world.get(&format!("/v1/threads/{THREAD}/members?limit=1")).await.good().await;
    assert_eq!((members.members[0].wallet, members.members.len(), members.next), (author, 1, None));
    let beyond: Members =
        world.get(&format!("/v1/threads/{THREAD}/members?after=4294967296")).await.good().await;
    assert_eq!(beyond, Members { members: vec![], next: None });
}
