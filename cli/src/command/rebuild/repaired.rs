//! What an indexer repairs of the old store while it brings it up to date: no difference any more, but it was one.

use crate::command::incidents::line;
use anyhow::Result;
use chorale_store::{Store, StoreError};
use serde_json::{Value, json};

const PAGE: usize = 1000;

/// The incidents from a moment on.
pub(super) struct Repaired<'s> {
    store: &'s Store,
    before: Result<i64, StoreError>,
}

impl<'s> Repaired<'s> {
    /// From now on.
    pub(super) async fn since_now(store: &'s Store) -> Self {
        let incidents = incidents(store, 0).await;
        Self { store, before: incidents.map(|(last, _)| last) }
    }

    /// Each as a line; that they cannot be read is one too.
    pub(super) async fn lines(self) -> Result<Vec<Value>> {
        let found = match self.before {
            Ok(before) => incidents(self.store, before).await,
            Err(error) => Err(error),
        };
        match found {
            Ok((_, lines)) => Ok(lines),
            Err(error) if error.is_passing() => Err(error.into()),
            Err(error) => Ok(vec![json!({ "table": "incidents", "stored": error.to_string() })]),
        }
    }
}

/// The last one's number, and all after the number `after`.
async fn incidents(store: &Store, mut after: i64) -> Result<(i64, Vec<Value>), StoreError> {
    let mut lines = vec![];
    loop {
        let page = store.incidents(after, PAGE).await?;
        lines.extend(page.iter().map(line));
        match page.last() {
            Some(last) => after = last.number,
            None => return Ok((after, lines)),
        }
    }
}
