//! What the caches are filled with, from the store.

use super::error::ReadError;
use crate::cache::{Loaded, Memberships, Ownership, PageKey};
use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::{Entity, EntityKey, Message};
use chorale_store::Store;

/// A thread with everyone who is or was a co-author.
pub(crate) async fn ownership(store: &Store, id: ThreadId) -> Result<Option<Loaded<Ownership>>, ReadError> {
    let found = store.entity(&EntityKey::Thread(id)).await?.map(|found| found.entity);
    let Some(Entity::Thread(thread)) = found else { return Ok(None) };
    let members = store.members(id).await?;
    Ok(Some(Ownership { thread, members }.into()))
}

/// An empty page is none: anyone can ask for as many of those as they like.
pub(crate) async fn page(store: &Store, key: PageKey) -> Result<Option<Loaded<Vec<Message>>>, ReadError> {
    let PageKey { thread, after, limit } = key;
    let page = store.messages(thread, after, limit).await?;
    Ok(Some(page).filter(|page| !page.is_empty()).map(Loaded::from))
}

/// The threads that a wallet co-authors now.
pub(crate) async fn memberships(
    store: &Store,
    wallet: Wallet,
) -> Result<Option<Loaded<Memberships>>, ReadError> {
    Ok(Some(Loaded::from(store.memberships(wallet).await?)))
}
