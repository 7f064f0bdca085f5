//! The state as the other places hold it: the backend's answers and the store.

use anyhow::{Context, Result};
use chorale_client::Client;
use chorale_domain::content::content_hash;
use chorale_domain::id::ThreadId;
use chorale_domain::state::{Entities, Entity, EntityKey, Member, Message, Proposal, Roots, Thread};
use chorale_store::Store;
use chorale_wire::http::{ContentStatus, MessageView};

const PAGE: usize = 100;

/// Everything the backend's HTTP routes tell, and what is wrong with the bodies that came along.
///
/// # Errors
/// If a call fails.
pub async fn backend(client: &Client) -> Result<(Entities, Vec<String>)> {
    let info = client.info().await?;
    let mut entities = Entities::from([
        (EntityKey::Treasury, Entity::Treasury(info.treasury)),
        (EntityKey::Roots, Entity::Roots(Roots { roots: info.roots })),
    ]);
    entities.extend(info.config.map(|config| (EntityKey::Config, Entity::Config(config))));
    let mut faults = Vec::new();
    let mut after = None;
    loop {
        let page = client.threads(after, PAGE).await?;
        for thread in page.threads {
            faults.extend(backend_thread(client, thread.thread, &mut entities).await?);
        }
        after = page.next;
        if after.is_none() {
            return Ok((entities, faults));
        }
    }
}

async fn backend_thread(client: &Client, thread: ThreadId, entities: &mut Entities) -> Result<Vec<String>> {
    let mut after = None;
    loop {
        let page = client.proposals(thread, after, PAGE).await?;
        entities.extend(page.proposals.into_iter().map(|view| proposal_entity(view.proposal)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut faults = Vec::new();
    let mut after = None;
    loop {
        let view = client.thread(thread, after, PAGE).await?;
        entities.extend([thread_entity(view.thread)]);
        entities.extend(view.members.into_iter().map(member_entity));
        faults.extend(view.messages.iter().filter_map(fault));
        let messages = view.messages.into_iter().map(|view| message_entity(view.message));
        entities.extend(messages);
        after = view.next;
        if after.is_none() {
            return Ok(faults);
        }
    }
}

/// What is wrong with a message's body, if anything is.
fn fault(view: &MessageView) -> Option<String> {
    let hash = view.message.hash;
    let Some(content) = &view.content else {
        return Some(format!("message {hash} has no body"));
    };
    let (Some(salt), Some(body)) = (&content.salt, &content.body) else {
        return Some(format!("the body of message {hash} is withheld"));
    };
    let actual = content_hash(salt, body);
    if actual != hash {
        return Some(format!("the body of message {hash} hashes to {actual}"));
    }
    (content.status != ContentStatus::Approved)
        .then(|| format!("the body of message {hash} is {:?}", content.status))
}

/// Everything the store holds.
///
/// # Errors
/// If a query fails.
pub async fn store(store: &Store) -> Result<Entities> {
    let treasury = store.treasury().await.context("the store's treasury")?;
    let roots = store.roots().await.context("the store's state roots")?;
    let mut entities = Entities::from([
        (EntityKey::Treasury, Entity::Treasury(treasury)),
        (EntityKey::Roots, Entity::Roots(roots)),
    ]);
    let config = store.config().await.context("the store's configuration")?;
    entities.extend(config.map(|config| (EntityKey::Config, Entity::Config(config))));
    let mut after = None;
    loop {
        let threads = store.threads(after, PAGE).await?;
        after = threads.last().map(|thread| thread.thread);
        if after.is_none() {
            return Ok(entities);
        }
        for thread in threads {
            store_thread(store, thread.thread, &mut entities).await?;
            entities.extend([thread_entity(thread)]);
        }
    }
}

async fn store_thread(store: &Store, thread: ThreadId, entities: &mut Entities) -> Result<()> {
    entities.extend(store.members(thread).await?.into_iter().map(member_entity));
    let proposals = store.proposals(thread, None).await?;
    entities.extend(proposals.into_iter().map(proposal_entity));
    let mut after = None;
    loop {
        let messages = store.messages(thread, after, PAGE).await?;
        after = messages.last().map(|message| message.sequence);
        if after.is_none() {
            return Ok(());
        }
        entities.extend(messages.into_iter().map(message_entity));
    }
}

fn thread_entity(thread: Thread) -> (EntityKey, Entity) {
    (EntityKey::Thread(thread.thread), Entity::Thread(thread))
}

fn member_entity(member: Member) -> (EntityKey, Entity) {
    (EntityKey::Member(member.thread, member.number), Entity::Member(member))
}

fn message_entity(message: Message) -> (EntityKey, Entity) {
    (EntityKey::Message(message.thread, message.hash), Entity::Message(message))
}

fn proposal_entity(proposal: Proposal) -> (EntityKey, Entity) {
    (EntityKey::Proposal(proposal.thread, proposal.hash), Entity::Proposal(proposal))
}
