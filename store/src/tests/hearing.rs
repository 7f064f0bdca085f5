//! What another process commits is heard of without looking.

use super::story::{batch, clock, on_each_engine, story, write_at};
use crate::database::Engine;
use crate::news::channel;
use crate::{IndexedTransaction, Location, Store, Writer};
use chorale_testing::Postgres;
use sqlx::any::AnyConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A reader of its own, as in another process, that listens.
struct Elsewhere {
    news: watch::Receiver<i64>,
    listening: JoinHandle<()>,
}

impl Elsewhere {
    async fn at(location: &Location) -> Self {
        let store = Store::open(location, clock(1)).await.unwrap();
        let news = store.watch();
        Self { news, listening: tokio::spawn(async move { store.listen().await }) }
    }

    /// Waits until it has heard of everything up to `sequence`.
    async fn hears_of(&mut self, sequence: i64) {
        let heard = self.news.wait_for(|last| *last >= sequence);
        let heard = timeout(Duration::from_secs(20), heard).await;
        heard.expect("nothing is heard of what was committed").expect("the store is open");
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn add(writer: &Writer, transactions: &[IndexedTransaction]) -> i64 {
    writer.apply(batch(transactions)).await.unwrap().last_sequence
}

#[tokio::test]
async fn what_another_process_commits_is_heard_of() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        add(&writer, &story[..1]).await;
        let mut elsewhere = Elsewhere::at(&location).await;
        for transaction in &story[1..] {
            let last = add(&writer, std::slice::from_ref(transaction)).await;
            elsewhere.hears_of(last).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_listener_whose_connection_ends_hears_on() {
    let location: Location = Postgres::shared().fresh().parse().unwrap();
    let (writer, story) = (write_at(&location).await, story());
    let mut elsewhere = Elsewhere::at(&location).await;
    elsewhere.hears_of(add(&writer, &story[..1]).await).await;
    let Engine::Postgres { lock } = Engine::of(&location) else { panic!("{location} is not PostgreSQL") };
    let url = Postgres::shared().url();
    let mut owner = url.parse::<AnyConnectOptions>().unwrap().connect().await.unwrap();
    let listeners = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN \"{}\"'",
        channel(lock)
    );
    let ended = owner.execute(listeners.as_str()).await.unwrap().rows_affected();
    assert_eq!(ended, 1, "there is one that listens");
    elsewhere.hears_of(add(&writer, &story[1..3]).await).await;
    elsewhere.hears_of(add(&writer, &story[3..]).await).await;
}
