//! What a wallet is told before it signs, by a real chain's simulation, is what happens after it.

use crate::world::{THREAD, World, committed};
use chorale_client::Action;
use chorale_domain::event::Event;
use chorale_wire::http::{Asset, TransactionStatus};

#[tokio::test(flavor = "multi_thread")]
async fn what_signing_would_do_is_what_it_does() {
    let world = World::start().await;
    let player = world.player().await;
    let begin = Action::CreateThread { thread: THREAD, approval_bps: 10_000 };
    let effects = player.effects(&begin).await.expect("the chain is asked");
    assert_eq!(effects.unknown, Vec::<String>::new(), "the embedded chain shows everything");
    assert!(matches!(effects.events.as_slice(), [Event::ThreadCreated { thread: THREAD, .. }]));
    let [paid] = effects.balances.as_slice() else {
        panic!("only lamports are paid: {:?}", effects.balances)
    };
    let rent = effects.rent.expect("accounts are shown").0;
    assert!(
        paid.asset == Asset::Lamports && rent > 0 && paid.before.0 - paid.after.0 > rent,
        "{paid:?}, {rent}"
    );

    let signature = player.act(&begin).await.expect("the chain takes it");
    let cursor = committed(&world.dev, |event| matches!(event, Event::ThreadCreated { .. })).await;
    for change in &effects.changes {
        let now = world.client().entity(&change.key, None).await;
        now.unwrap_or_else(|error| panic!("{} should have changed: {error}", change.key));
    }
    let told = player.transaction(signature).await.expect("the store has it");
    assert_eq!((told.status, told.cursor), (TransactionStatus::Indexed, Some(cursor)));
    world.stop().await;
}
