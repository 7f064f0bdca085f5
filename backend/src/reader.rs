//! Who reads bodies, with the rights that the chain gives them now.

use crate::app::App;
use crate::standing::Standing;
use async_trait::async_trait;
use chorale_content::{Drafts, Reader};
use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_store::{Store, StoreError};
use std::error::Error;
use std::sync::Arc;

/// The store says what the chain has heard of.
struct Heard(Store);

#[async_trait]
impl Drafts for Heard {
    async fn is_draft(
        &self,
        thread: ThreadId,
        hash: ContentHash,
    ) -> Result<bool, Box<dyn Error + Send + Sync>> {
        Ok(Standing::of(&self.0, thread, hash).await?.is_draft())
    }
}

/// A reader who co-authors these threads.
pub(crate) fn with(app: &App, who: Option<Wallet>, threads: impl IntoIterator<Item = ThreadId>) -> Reader {
    who.map_or_else(|| stranger(app), |wallet| Reader::wallet(wallet, threads, heard(app)))
}

/// A reader of one thread.
pub(crate) async fn within(app: &App, who: Option<Wallet>, thread: ThreadId) -> Result<Reader, StoreError> {
    let Some(wallet) = who else { return Ok(stranger(app)) };
    let members = app.store.members(thread).await?;
    let is_one = members.iter().any(|member| member.current && member.wallet == wallet);
    let co_author = is_one && !app.stopped().await?.contains(&thread);
    Ok(Reader::wallet(wallet, co_author.then_some(thread), heard(app)))
}

fn stranger(app: &App) -> Reader {
    Reader::stranger(heard(app))
}

fn heard(app: &App) -> Arc<dyn Drafts> {
    Arc::new(Heard(app.store.clone()))
}
