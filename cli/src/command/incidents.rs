//! `chorale incidents`: what went wrong, and what was done about it.

use super::common::{Lines, StoreArgs};
use anyhow::Result;
use chorale_store::{RecordedIncident, Store};
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

const PAGE: usize = 1000;

#[derive(Args, Debug)]
pub(super) struct IncidentsArgs {
    #[command(flatten)]
    store: StoreArgs,
}

pub(super) async fn run(arguments: IncidentsArgs) -> Result<ExitCode> {
    let store = arguments.store.read().await?;
    let printed = print(&store).await;
    store.close().await;
    printed.map(|()| ExitCode::SUCCESS)
}

async fn print(store: &Store) -> Result<()> {
    let (mut lines, mut after) = (Lines::stdout(), 0);
    loop {
        let page = store.incidents(after, PAGE).await?;
        for incident in &page {
            if lines.write(&line(incident))?.is_break() {
                return Ok(());
            }
        }
        match page.last() {
            Some(last) => after = last.number,
            None => return lines.flush().map(|_| ()),
        }
    }
}

/// An incident for other programs.
pub(super) fn line(RecordedIncident { number, incident, recorded_at }: &RecordedIncident) -> Value {
    json!({
        "number": number,
        "kind": incident.kind,
        "subject": incident.subject,
        "detail": incident.detail,
        "repair": incident.repair,
        "recorded_at": recorded_at,
    })
}
