//! `chorale state`: entities as they are, or as they were.

use super::common::{Lines, StoreArgs};
use anyhow::{Result, bail};
use chorale_domain::state::EntityKey;
use chorale_store::Store;
use chorale_wire::socket::VersionedEntity;
use clap::Args;
use std::process::ExitCode;

const PAGE: usize = 1000;

#[derive(Args, Debug)]
pub(super) struct StateArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Only this one: config, treasury, roots, thread/ID, member/ID/NUMBER, proposal/ID/HASH or message/ID/HASH
    key: Option<EntityKey>,
    /// As of the end of this slot
    #[arg(long, value_name = "N")]
    at_slot: Option<u64>,
}

pub(super) async fn run(arguments: StateArgs) -> Result<ExitCode> {
    let store = arguments.store.read().await?;
    let printed = match arguments.key {
        Some(key) => one(&store, key, arguments.at_slot).await,
        None => all(&store, arguments.at_slot).await,
    };
    store.close().await;
    printed.map(|()| ExitCode::SUCCESS)
}

async fn one(store: &Store, key: EntityKey, at_slot: Option<u64>) -> Result<()> {
    let found = match at_slot {
        Some(slot) => store.entity_at(&key, slot).await?,
        None => store.entity(&key).await?,
    };
    let Some(entity) = found else {
        let when = at_slot.map_or_else(String::new, |slot| format!(" at slot {slot}"));
        bail!("there is no {key} in the store{when}")
    };
    Lines::stdout().all([entity])
}

async fn all(store: &Store, at_slot: Option<u64>) -> Result<()> {
    let (mut lines, mut after) = (Lines::stdout(), None);
    loop {
        let page = page(store, at_slot, after).await?;
        for entity in &page {
            if lines.write(entity)?.is_break() {
                return Ok(());
            }
        }
        match page.last() {
            Some(last) => after = Some(last.key),
            None => return lines.flush().map(|_| ()),
        }
    }
}

async fn page(store: &Store, at_slot: Option<u64>, after: Option<EntityKey>) -> Result<Vec<VersionedEntity>> {
    Ok(match at_slot {
        Some(slot) => store.state_at(slot, after, PAGE).await?,
        None => store.state(after, PAGE).await?,
    })
}
