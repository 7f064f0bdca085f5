//! The demo's story in the process: every place must agree with the chain at its end.

use crate::world::{Lines, World, room_at};
use chorale_cli::demo::{self, DemoOptions};
use chorale_domain::state::EntityKey;
use chorale_wire::socket::Room;

fn options(world: &World) -> DemoOptions {
    DemoOptions {
        url: world.dev.url().to_owned(),
        corpus: None,
        messages: 12,
        store: Some(world.dev.store().clone()),
        seed: [1; 32],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_ends_with_every_place_agreeing_with_the_chain() {
    let world = World::start().await;
    let mut lines = Lines::default();
    let report = demo::run(options(&world), &mut lines).await.unwrap();
    assert!(report.differences.is_empty(), "{:#?}\n{}", report.differences, lines.0.join("\n"));
    assert!(report.transactions >= 20, "the story is too short: {} transactions", report.transactions);
    assert!(report.facts > 50 && report.places.len() >= 6, "{} facts, {:?}", report.facts, report.places);
    assert!(report.places.iter().any(|place| place.contains("store")), "{:?}", report.places);
    assert_eq!(world.dev.store().verify(&mut |_| ()).await.unwrap(), [], "all of it follows from the events");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_comes_late_sees_what_one_saw_that_was_there_all_along() {
    let world = World::start().await;
    let early_player = world.player().await;
    let mut early = world.socket(&early_player, [Room::Lobby]);
    room_at(&mut early, Room::Lobby, 0).await;
    demo::run(options(&world), &mut Lines::default()).await.unwrap();

    let (last, _) = world.dev.store().last_event().await.unwrap();
    let early_lobby = room_at(&mut early, Room::Lobby, last).await;
    let threads: Vec<_> = early_lobby.entities().keys().filter_map(EntityKey::thread).collect();
    assert!(!threads.is_empty(), "the story begins threads");

    let late_player = world.player().await;
    let rooms = threads.iter().copied().map(Room::Thread).chain([Room::Lobby]);
    let mut late = world.socket(&late_player, rooms);
    assert_eq!(room_at(&mut late, Room::Lobby, last).await.entities(), early_lobby.entities());
    for thread in threads {
        let state = room_at(&mut late, Room::Thread(thread), 0).await;
        let stored = world.dev.store().snapshot(Room::Thread(thread)).await.unwrap();
        let stored = stored.entities.into_iter().map(|entity| (entity.key, entity.entity)).collect();
        assert_eq!(*state.entities(), stored, "{thread}");
    }
    world.stop().await;
}
