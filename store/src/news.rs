//! Hearing of what another process commits.
//!
//! PostgreSQL says it: every write notifies a channel of its store's, once it is in. SQLite is asked for the number that
//! changes with every commit of another connection, which costs some microseconds. Both are hints: a proxy between here
//! and PostgreSQL may keep them to itself, so whoever follows a store also looks now and then by itself.

use crate::database::Engine;
use crate::{Store, StoreError};
use sqlx::postgres::PgListener;
use sqlx::{ConnectOptions as _, Connection as _};
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often a file is asked: half of it is what a commit waits.
const ASK_EVERY: Duration = Duration::from_millis(5);

/// How long a file is kept open: a rebuilt store may have taken its place.
const OPEN_FOR: Duration = Duration::from_secs(60);

/// Before a database that did not answer is tried again.
const AWAY: Duration = Duration::from_secs(1);

impl Store {
    /// Tells whoever [`watch`](Self::watch)es of what other processes commit, for as long as this is waited for. Nothing
    /// is to be done where all is written by the [`Writer`](crate::Writer) of this handle.
    pub async fn listen(&self) {
        if self.writes {
            return;
        }
        loop {
            let Err(error) = self.hear().await;
            tracing::debug!(%error, "other processes' commits are not heard of for a while");
            sleep(AWAY).await;
        }
    }

    async fn hear(&self) -> Result<Infallible, StoreError> {
        match self.database.engine() {
            Engine::Postgres { lock } => self.hear_notices(&channel(lock)).await,
            Engine::Sqlite => loop {
                self.hear_file().await?;
            },
        }
    }

    async fn hear_notices(&self, channel: &str) -> Result<Infallible, StoreError> {
        let options = self.database.reader().connect_options();
        let mut listener = PgListener::connect(options.database_url.as_str()).await?;
        listener.listen(channel).await?;
        loop {
            // Also at the beginning: what was written before anyone listened was said to nobody.
            self.announce(self.last_event().await?.0);
            listener.recv().await?;
        }
    }

    async fn hear_file(&self) -> Result<(), StoreError> {
        let options = self.database.reader().connect_options();
        let mut connection = (*options).clone().connect().await?;
        let (opened, mut last) = (Instant::now(), None);
        while opened.elapsed() < OPEN_FOR {
            let version: i64 = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut connection).await?;
            if last.replace(version) != Some(version) {
                self.announce(self.last_event().await?.0);
            }
            sleep(ASK_EVERY).await;
        }
        Ok(connection.close().await?)
    }

    /// Tells everyone who watches of events up to `sequence`.
    pub(crate) fn announce(&self, sequence: i64) {
        self.committed.send_if_modified(|last| {
            let grown = sequence > *last;
            *last = sequence.max(*last);
            grown
        });
    }
}

/// Where writes to a store are told, which the number of its writers' lock names.
pub(crate) fn channel(lock: i64) -> String {
    format!("chorale_{lock:x}")
}
