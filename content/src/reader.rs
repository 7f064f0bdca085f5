//! Who reads.

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, Wallet};

/// Knows what the chain has heard of. Payloads say it too, but a moment late.
#[async_trait]
pub trait Drafts: Send + Sync + 'static {
    /// Whether the chain has nothing to do with a hash in a thread, or no more, so that its body is its uploader's
    /// alone: whoever could read it, salt and all, could put its hash on the chain first.
    async fn is_draft(
        &self,
        thread: ThreadId,
        hash: ContentHash,
    ) -> Result<bool, Box<dyn Error + Send + Sync>>;
}

/// Who reads, with what the chain says of them now. Make a new one for each request: rights come and go.
#[derive(Clone)]
pub struct Reader {
    wallet: Option<Wallet>,
    threads: HashSet<ThreadId>,
    drafts: Arc<dyn Drafts>,
}

impl Reader {
    /// Someone who did not say who they are.
    #[must_use]
    pub fn stranger(drafts: Arc<dyn Drafts>) -> Self {
        Self { wallet: None, threads: HashSet::new(), drafts }
    }

    /// A wallet with the threads that it co-authors now; where only one thread is read from, that one is enough.
    #[must_use]
    pub fn wallet(
        wallet: Wallet,
        threads: impl IntoIterator<Item = ThreadId>,
        drafts: Arc<dyn Drafts>,
    ) -> Self {
        Self { wallet: Some(wallet), threads: threads.into_iter().collect(), drafts }
    }

    /// Who, if they said so.
    pub(crate) fn who(&self) -> Option<Wallet> {
        self.wallet
    }

    /// The threads that they co-author, as far as was said.
    pub(crate) fn threads(&self) -> &HashSet<ThreadId> {
        &self.threads
    }

    pub(crate) async fn is_draft(
        &self,
        thread: ThreadId,
        hash: ContentHash,
    ) -> Result<bool, Box<dyn Error + Send + Sync>> {
        self.drafts.is_draft(thread, hash).await
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reader = formatter.debug_struct("Reader");
        reader.field("wallet", &self.wallet).field("threads", &self.threads).finish_non_exhaustive()
    }
}
