//! From the cursor on, batch by batch.

use crate::backlog::collect;
use crate::decode::decode;
use crate::error::Trouble;
use crate::source::{ChainSource, SignatureInfo, SourceError};
use chorale_domain::id::Wallet;
use chorale_store::{Batch, IndexCursor, IndexedTransaction, Store};
use futures::stream::{self, StreamExt};
use std::collections::VecDeque;

/// Transactions that are written together: enough to make a commit cheap, few enough to be soon visible.
const BATCH: usize = 256;
/// Transactions that are fetched at the same time.
const CONCURRENCY: usize = 16;

/// Reads the chain's transactions in order. It writes nothing.
pub(crate) struct Follower<'a> {
    source: &'a dyn ChainSource,
    store: &'a Store,
    program: Wallet,
    backlog: VecDeque<SignatureInfo>,
}

impl<'a> Follower<'a> {
    pub(crate) fn new(source: &'a dyn ChainSource, store: &'a Store, program: Wallet) -> Self {
        Self { source, store, program, backlog: VecDeque::new() }
    }

    /// The next transactions, `None` when there are none now. May be dropped at any point. The same ones come
    /// again until they are [`done`](Self::done).
    pub(crate) async fn next(&mut self) -> Result<Option<Batch>, Trouble> {
        if self.backlog.is_empty() {
            let cursor = self.store.index_cursor().await?;
            self.backlog = collect(self.source, cursor.map(|cursor| cursor.signature)).await?;
        }
        if self.backlog.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.fetch().await?))
    }

    /// The first `transactions` of the backlog are in the store.
    pub(crate) fn done(&mut self, transactions: usize) {
        self.backlog.drain(..transactions);
    }

    /// The store did not take the batch: what is in the backlog may not be what comes next.
    pub(crate) fn forget(&mut self) {
        self.backlog.clear();
    }

    /// As many transactions as can be had, in order, without a hole; at least one.
    async fn fetch(&self) -> Result<Batch, SourceError> {
        let waiting = self.backlog.iter().take(BATCH).copied();
        let mut fetched = stream::iter(waiting).map(|info| self.fetch_one(info)).buffered(CONCURRENCY);
        let mut transactions: Vec<IndexedTransaction> = vec![];
        while let Some(result) = fetched.next().await {
            match result {
                Ok(transaction) => transactions.push(transaction),
                Err(error) if transactions.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        let last = transactions.last().expect("the backlog is not empty, and its first transaction came");
        let cursor = IndexCursor { signature: last.signature, slot: last.slot };
        Ok(Batch { cursor, transactions })
    }

    async fn fetch_one(&self, info: SignatureInfo) -> Result<IndexedTransaction, SourceError> {
        let SignatureInfo { signature, slot, failed } = info;
        if failed {
            let (events, block_time, dead_letter) = (vec![], None, None);
            return Ok(IndexedTransaction { signature, slot, block_time, events, dead_letter });
        }
        let url = || self.source.url().to_owned();
        let transaction = self.source.transaction(signature).await?;
        let transaction = transaction.ok_or_else(|| SourceError::NotYet { url: url(), signature })?;
        decode(self.program, signature, &transaction).map_err(|left_out| {
            let reason = format!("transaction {signature}: {left_out}; use a node that keeps it");
            SourceError::NoAnswer { url: url(), reason }
        })
    }
}
