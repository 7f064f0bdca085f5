//! Brings a store to where there is nothing left to do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use chorale_content::{ContentFilter, ContentOptions, ContentStore, Models, NewContent, Stage, Visibility};
use chorale_domain::content::content_hash;
use chorale_domain::id::Wallet;
use futures::{StreamExt, TryStreamExt, stream};

use super::thread;
use crate::messages::{Message, Messages};
use crate::model::body;
use crate::reached::cpu_seconds;

const SALT: [u8; 16] = [5; 16];
const AUTHOR: Wallet = Wallet([8; 32]);

/// Uploads under way at a time.
const AT_ONCE: usize = 8;

/// When the first message was uploaded; the others follow, a minute apart.
const FIRST: i64 = 1_700_000_000;

/// Puts what is not there yet, and waits.
pub async fn filled(
    messages: &Arc<Messages>,
    options: ContentOptions,
    models: Models,
) -> Result<ContentStore> {
    let store = ContentStore::open(options.clone()).await?;
    put_all(&store, messages).await?;
    store.close().await?;
    drop(store);
    let store = ContentStore::open_with(options.clone(), models.clone()).await?;
    while store.duties().waiting().await? > 0 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    println!("embedded");
    settled().await?;
    Ok(store)
}

async fn put_all(store: &ContentStore, messages: &Messages) -> Result<()> {
    let there = store.duties().count(ContentFilter::default()).await?;
    ensure!(there == 0 || there == messages.all.len(), "the folder has {there} messages: choose another one");
    if there > 0 {
        return Ok(());
    }
    let began = Instant::now();
    let puts = messages.all.iter().enumerate().map(|(place, message)| store.put(content(place, message)));
    stream::iter(puts).buffer_unordered(AT_ONCE).try_for_each(|_| async { Ok(()) }).await?;
    println!("put in {:.0?}", began.elapsed());
    Ok(())
}

fn content(place: usize, message: &Message) -> NewContent {
    let body = body(place);
    let created_at = FIRST + 60 * i64::try_from(place).unwrap_or(0);
    let visibility = if Message::is_public(place) { Visibility::Public } else { Visibility::Thread };
    let (thread, hash) = (thread(message.thread), content_hash(&SALT, &body));
    NewContent {
        thread,
        hash,
        author: AUTHOR,
        salt: SALT,
        body,
        created_at,
        stage: Stage::Approved,
        visibility,
    }
}

/// The store says nothing of what it does in the background: it is done when the processors rest.
async fn settled() -> Result<()> {
    loop {
        let before = cpu_seconds()?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        if cpu_seconds()? - before < 0.1 {
            return Ok(());
        }
    }
}
