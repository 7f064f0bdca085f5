//! Backups, what is restored from them, exports, comparison, and one store in another's place.

mod backing_up;
mod comparing;
mod exporting;
mod interrupting;
mod refusing;
mod restoring;
mod swapping;
mod unfinished;

use super::story::{batch, clock};
use crate::verify::Progress;
use crate::{IndexedTransaction, Location, Store, Writer, copy};
use std::path::Path;

/// Nobody watches.
fn quietly() -> impl FnMut(Progress) + Send {
    |_| {}
}

/// Backs a store up by segments that are small enough for a short story.
async fn back_up(store: &Store, folder: &Path) -> copy::Manifest {
    copy::backup_by(store, folder, 5, &mut quietly()).await.unwrap()
}

async fn restore(folder: &Path, location: &Location, through: Option<i64>) -> i64 {
    copy::restore(folder, location, through, clock(2_000), &mut quietly()).await.unwrap()
}

async fn findings(store: &Store) -> Vec<String> {
    store.verify(&mut quietly()).await.unwrap().iter().map(ToString::to_string).collect()
}

/// What the indexer does in one round, given every transaction of the chain.
async fn follow(writer: &Writer, chain: &[IndexedTransaction]) {
    let store = writer.store();
    let cursor = store.finalized_cursor().await.unwrap();
    let is_last = |one: &IndexedTransaction| Some(one.signature) == cursor.map(|cursor| cursor.signature);
    let base = chain.iter().position(is_last).map_or(0, |index| index + 1);
    let ours = store.unfinalized().await.unwrap();
    let same = ours.iter().zip(&chain[base..]).take_while(|(a, b)| a.signature == b.signature).count();
    if let Some(dropped) = ours.get(same) {
        writer.retract(dropped.signature).await.unwrap();
    }
    writer.apply(batch(&chain[base..])).await.unwrap();
}
