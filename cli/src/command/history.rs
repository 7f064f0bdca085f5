//! `chorale history`: every version of an entity.

use super::common::{Lines, StoreArgs};
use anyhow::{Result, ensure};
use chorale_domain::state::EntityKey;
use chorale_store::{Store, Version};
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

const PAGE: usize = 1000;

#[derive(Args, Debug)]
pub(super) struct HistoryArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Which: config, treasury, roots, thread/ID, member/ID/NUMBER, proposal/ID/HASH or message/ID/HASH
    key: EntityKey,
}

pub(super) async fn run(arguments: HistoryArgs) -> Result<ExitCode> {
    let store = arguments.store.read().await?;
    let printed = print(&store, arguments.key).await;
    store.close().await;
    printed.map(|()| ExitCode::SUCCESS)
}

async fn print(store: &Store, key: EntityKey) -> Result<()> {
    let (mut lines, mut after) = (Lines::stdout(), 0);
    loop {
        let page = store.versions(&key, after, PAGE).await?;
        for version in &page {
            if lines.write(&line(key, version))?.is_break() {
                return Ok(());
            }
        }
        match page.last() {
            Some(last) => after = last.version,
            None => break,
        }
    }
    ensure!(after > 0, "there never was a {key} in the store");
    lines.flush().map(|_| ())
}

fn line(key: EntityKey, version: &Version) -> Value {
    json!({
        "key": key,
        "version": version.version,
        "change_type": version.change_type,
        "change_reason": version.reason,
        "changed_by": version.actor,
        "event_sequence": version.event_sequence,
        "slot": version.slot,
        "changed_at": version.changed_at,
        "live": version.live,
        "checksum": version.checksum,
        "entity": version.state,
    })
}
