//! Hearing of what another process commits.
//!
//! PostgreSQL says it: every write notifies a channel of its store's, once it is in. SQLite is asked for the number that
//! changes with every commit of another connection, which costs some microseconds. Both are hints: a proxy between here
//! and PostgreSQL may keep them to itself, so whoever follows a store also looks now and then by itself.

use crate::database::Engine;
use crate::{Store, StoreError};
use sqlx::postgres::PgListener;
use sqlx::{ConnectOptions as _, Connection as _};
use std::mem;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How often a file is asked while events come: half of it is what a commit waits.
const ASK_EVERY: Duration = Duration::from_millis(5);

/// How often where none came for a while: to ask so often costs a core some hundredths.
const ASK_IDLY: Duration = Duration::from_millis(25);
const A_WHILE: Duration = Duration::from_secs(10);

/// How long one connection is relied on to hear by: a rebuilt store may have taken a file's place, and a connection over
/// which nothing comes may be one that nothing can come over.
const OPEN_FOR: Duration = Duration::from_secs(60);

/// Before a database that did not answer is tried again; doubled each time, up to [`LAST_PAUSE`]: a PostgreSQL that only
/// copies another takes nobody who listens.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(60);

impl Store {
    /// Tells whoever [`watch`](Self::watch)es of what other processes commit, for as long as this is waited for. Nothing
    /// is to be done where all is written by the [`Writer`](crate::Writer) of this handle.
    pub async fn listen(&self) {
        if self.writes {
            return;
        }
        let mut pause = FIRST_PAUSE;
        loop {
            match self.hear().await {
                Ok(()) => pause = FIRST_PAUSE,
                Err(error) => {
                    tracing::debug!(%error, "other processes' commits are not heard of for a while");
                    sleep(pause).await;
                    pause = (pause * 2).min(LAST_PAUSE);
                }
            }
        }
    }

    /// By one connection.
    async fn hear(&self) -> Result<(), StoreError> {
        match self.database.engine() {
            Engine::Postgres { lock } => self.hear_notices(&channel(lock)).await,
            Engine::Sqlite => self.hear_file().await,
        }
    }

    async fn hear_notices(&self, channel: &str) -> Result<(), StoreError> {
        let options = self.database.reader().connect_options();
        let mut listener = PgListener::connect(options.database_url.as_str()).await?;
        listener.listen(channel).await?;
        let opened = Instant::now();
        while opened.elapsed() < OPEN_FOR {
            // Also at the beginning: what was written before anyone listened was said to nobody.
            self.look().await?;
            // `None` where the listener had to connect anew, and may have missed something.
            if let Ok(heard) = timeout(OPEN_FOR, listener.try_recv()).await {
                heard?;
            }
        }
        Ok(())
    }

    async fn hear_file(&self) -> Result<(), StoreError> {
        let options = self.database.reader().connect_options();
        let mut connection = (*options).clone().connect().await?;
        let (opened, mut last) = (Instant::now(), None);
        let mut news = opened;
        while opened.elapsed() < OPEN_FOR {
            let version: i64 = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut connection).await?;
            if last.replace(version) != Some(version) && self.look().await? {
                news = Instant::now();
            }
            sleep(if news.elapsed() < A_WHILE { ASK_EVERY } else { ASK_IDLY }).await;
        }
        Ok(connection.close().await?)
    }

    /// Tells everyone who watches how far the store is, and gives whether that is news; a rebuilt one may be less far.
    async fn look(&self) -> Result<bool, StoreError> {
        let (now, _) = self.last_event().await?;
        Ok(self.committed.send_if_modified(|last| mem::replace(last, now) != now))
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
