//! What happened, and what was.

use crate::story::{SALT, THREAD, cancelled, confirm, created, denied, hash, proposed, published, rejected};
use crate::wallet::Keys;
use crate::world::World;
use chorale_domain::id::{Signature, ThreadId};
use chorale_domain::state::{Entity, ProposalStatus};
use chorale_wire::Code;
use chorale_wire::http::{
    Entities, Events, ProposalView, Proposals, Upload, Versions, Visibility, WalletView,
};
use chorale_wire::socket::VersionedEntity;

const OTHER: ThreadId = ThreadId([2; 32]);

/// Two threads, and a slot between the first and the second message of the first one.
async fn world() -> (World, u64) {
    let author = Keys::new(10).wallet();
    let world = World::with_thread(author).await;
    let first = confirm(&world.writer, [published(THREAD, author, 0, "first")]).await;
    confirm(&world.writer, [created(OTHER, author), published(THREAD, author, 1, "second")]).await;
    let between = slot_of(&world, first[0]).await;
    (world, between)
}

async fn slot_of(world: &World, signature: Signature) -> u64 {
    let events: Events = world.get("/v1/events").await.good().await;
    let found = events.events.iter().find(|event| event.event.id.signature == signature);
    found.expect("it was confirmed").event.slot
}

#[tokio::test]
async fn events_come_in_pages_of_all_of_one_thread_and_of_one_type() {
    let (world, _) = world().await;
    let (mut found, mut after) = (vec![], 0);
    loop {
        let page: Events = world.get(&format!("/v1/events?limit=2&after={after}")).await.good().await;
        found.extend(page.events.iter().map(|event| event.cursor));
        let Some(next) = page.next else { break };
        after = next;
    }
    assert_eq!(found, [1, 2, 3, 4, 5]);
    let kinds =
        |events: Events| events.events.iter().map(|event| event.event.event.kind()).collect::<Vec<_>>();
    let history: Events = world.get(&format!("/v1/threads/{THREAD}/history")).await.good().await;
    assert_eq!(kinds(history), ["thread_created", "message_published", "message_published"]);
    let created: Events =
        world.get(&format!("/v1/events?type=thread_created&thread={OTHER}")).await.good().await;
    assert_eq!((created.events[0].changes.len(), kinds(created)), (2, vec!["thread_created"]));
    let unheard: Events = world.get("/v1/events?type=thread_painted").await.good().await;
    assert_eq!(unheard.events, []);
}

#[tokio::test]
async fn an_entity_is_read_as_it_is_and_as_it_was() {
    let (world, between) = world().await;
    let key = format!("thread%2F{THREAD}");
    let count = |found: VersionedEntity| match found.entity {
        Entity::Thread(thread) => (found.version, thread.content_log.count),
        other => panic!("{other:?} is no thread"),
    };
    assert_eq!(count(world.get(&format!("/v1/entities/{key}")).await.good().await), (3, 2));
    assert_eq!(count(world.get(&format!("/v1/entities/{key}?slot={between}")).await.good().await), (2, 1));
    let early = world.get(&format!("/v1/entities/{key}?slot=0")).await;
    assert_eq!(early.refusal().await, (404, Code::UnknownEntity));
    let kitchen = world.get("/v1/entities/kitchen").await;
    assert_eq!(kitchen.refusal().await, (400, Code::MalformedRequest));
}

#[tokio::test]
async fn every_version_of_an_entity_is_told_with_its_reason() {
    let (world, _) = world().await;
    let path = format!("/v1/entities/thread%2F{THREAD}/versions");
    let first: Versions = world.get(&format!("{path}?limit=2")).await.good().await;
    let told: Vec<_> =
        first.versions.iter().map(|v| (v.version, v.change_type.as_str(), v.reason.as_str())).collect();
    assert_eq!(told, [(1, "create", "thread_created"), (2, "update", "message_published")]);
    let rest: Versions = world.get(&format!("{path}?after={}", first.next.unwrap())).await.good().await;
    assert_eq!((rest.versions.len(), rest.versions[0].live, rest.next), (1, true, None));
    let nobody = world.get(&format!("/v1/entities/thread%2F{}/versions", ThreadId([9; 32]))).await;
    assert_eq!(nobody.refusal().await, (404, Code::UnknownEntity));
}

#[tokio::test]
async fn the_whole_state_comes_in_pages_now_and_as_of_a_slot() {
    let (world, between) = world().await;
    let (mut found, mut after) = (vec![], String::new());
    loop {
        let page: Entities = world.get(&format!("/v1/entities?limit=3{after}")).await.good().await;
        found.extend(page.entities.into_iter().map(|entity| entity.key.to_string()));
        let Some(next) = page.next else { break };
        after = format!("&after={next}");
    }
    let stored = world.store.state(None, 100).await.unwrap();
    assert_eq!(found, stored.iter().map(|entity| entity.key.to_string()).collect::<Vec<_>>());
    let then: Entities = world.get(&format!("/v1/entities?slot={between}")).await.good().await;
    assert_eq!(
        then.entities.len(),
        found.len() - 3,
        "the other thread, its member and the second message came later"
    );
}

#[tokio::test]
async fn proposals_are_found_by_status_and_a_dropped_text_is_its_authors_alone() {
    let (author, guest) = (Keys::new(10).wallet(), Keys::new(11));
    let world = World::with_thread(author).await;
    let token = world.sign_in(&guest).await;
    for body in ["no", "well", "please"] {
        let upload = Upload {
            thread: THREAD,
            hash: hash(body),
            salt: SALT,
            body: body.into(),
            visibility: Visibility::Public,
        };
        world.post("/v1/contents", Some(&token), &upload).await.good::<serde_json::Value>().await;
    }
    let who = guest.wallet();
    confirm(
        &world.writer,
        [proposed(THREAD, who, "no"), denied(THREAD, author, "no"), rejected(THREAD, who, "no")],
    )
    .await;
    confirm(&world.writer, [proposed(THREAD, who, "well"), cancelled(THREAD, who, "well")]).await;
    confirm(&world.writer, [proposed(THREAD, who, "please")]).await;
    let path = format!("/v1/threads/{THREAD}/proposals");
    for (status, expected) in [("pending", 1), ("rejected", 1), ("cancelled", 1), ("expired", 0), ("all", 3)]
    {
        let found: Proposals = world.get(&format!("{path}?status={status}")).await.good().await;
        assert_eq!(found.proposals.len(), expected, "{status}");
    }
    let one = format!("{path}/{}", hash("well"));
    let shown: ProposalView = world.get(&one).await.good().await;
    assert_eq!((shown.proposal.status, shown.content), (ProposalStatus::Cancelled, None));
    let own: ProposalView = world.get_as(&token, &one).await.good().await;
    assert_eq!(own.content.expect("it is the author's").body.as_deref(), Some("well"));
    let unknown = world.get(&format!("{path}/{}", hash("never"))).await;
    assert_eq!(unknown.refusal().await, (404, Code::UnknownProposal));
}

#[tokio::test]
async fn a_wallet_is_shown_with_its_seats_and_its_proposals() {
    let (author, guest) = (Keys::new(10).wallet(), Keys::new(11).wallet());
    let world = World::with_thread(author).await;
    confirm(&world.writer, [created(OTHER, author), proposed(THREAD, guest, "please")]).await;
    let (mut seats, mut after) = (vec![], String::new());
    loop {
        let page: WalletView = world.get(&format!("/v1/wallets/{author}?limit=1{after}")).await.good().await;
        seats.extend(page.memberships.into_iter().map(|seat| seat.thread));
        let Some(next) = page.next else { break };
        after = format!("&after={next}");
    }
    seats.sort();
    assert_eq!(seats, [THREAD, OTHER]);
    let view: WalletView = world.get(&format!("/v1/wallets/{guest}")).await.good().await;
    assert_eq!((view.memberships.len(), view.proposals[0].hash), (0, hash("please")));
    let nobody: WalletView = world.get(&format!("/v1/wallets/{}", Keys::new(12).wallet())).await.good().await;
    assert_eq!((nobody.memberships, nobody.proposals, nobody.next), (vec![], vec![], None));
}
