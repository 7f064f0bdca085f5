//! What is a wallet's own.

use super::rows::tamper;
use super::story::{
    ALICE, BOB, OTHER_THREAD, REJECTED, THREAD, batch, clock, finalized, on_each_engine, story, write_at,
};
use crate::Writer;
use chorale_domain::id::Wallet;
use chorale_domain::state::EntityKey;

#[tokio::test]
async fn a_wallet_has_its_seats_and_its_proposals() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        writer.apply(batch(&story())).await.unwrap();
        let own = writer.store().of_wallet(BOB).await.unwrap();
        let kinds: Vec<_> = own.iter().map(|entity| entity.key.kind()).collect();
        assert_eq!(kinds, ["member", "proposal", "proposal", "proposal", "proposal"], "{own:?}");
        assert!(own.iter().any(|entity| entity.key == EntityKey::Proposal(THREAD, REJECTED)));
        assert_eq!(writer.store().of_wallet(Wallet([99; 32])).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn who_left_a_thread_co_authors_it_no_longer() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        let store = writer.store();
        let (before, departure) = (story(), story().len() - 1);
        writer.apply(batch(&before[..departure])).await.unwrap();
        assert_eq!(store.memberships(BOB).await.unwrap(), [THREAD]);
        writer.apply(batch(&before[departure..])).await.unwrap();
        assert_eq!(store.memberships(BOB).await.unwrap(), []);
        assert_eq!(store.memberships(ALICE).await.unwrap(), [THREAD, OTHER_THREAD]);
    })
    .await;
}

#[tokio::test]
async fn rows_from_before_there_were_owners_get_theirs_when_a_writer_opens() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        writer.apply(batch(&finalized(&story()))).await.unwrap();
        let own = writer.store().of_wallet(ALICE).await.unwrap();
        for entity in &own {
            let key = entity.key;
            tamper(&writer, &format!("UPDATE canonical_state SET wallet = '' WHERE entity_id = '{key}'"))
                .await;
        }
        assert_eq!(writer.store().of_wallet(ALICE).await.unwrap(), []);
        writer.close().await;
        let writer = Writer::open(&location, clock(0)).await.unwrap();
        assert_eq!(writer.store().of_wallet(ALICE).await.unwrap(), own);
        writer.store().verify_chain().await.unwrap();
    })
    .await;
}
