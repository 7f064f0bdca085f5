//! Whether the transactions of a batch can come now, and what becomes of each.

use crate::backlog::Listed;
use crate::batch::{IndexCursor, IndexedTransaction};
use crate::error::StoreError;
use crate::known::Known;
use crate::unfinalized::Unfinalized;
use chorale_wire::socket::Commitment;

/// What becomes of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// It is in, and a fork may still drop it.
    Waiting,
    /// It is in, and is final from now on.
    Settled,
    /// It is in, and was final before.
    Final,
    /// It was not in.
    New,
}

/// What a batch does to the order of transactions.
pub(crate) struct Order {
    /// One for each transaction.
    pub fates: Vec<Fate>,
    /// How many of those that wait are final now, from the first on.
    pub settled: usize,
    /// New ones that a fork may still drop.
    pub waiting: Vec<Listed>,
    /// The last new one that cannot be dropped any more.
    pub finalized: Option<IndexCursor>,
    newest: u64,
}

impl Order {
    /// Works a batch's order out.
    ///
    /// # Errors
    /// [`StoreError::Order`].
    pub(crate) fn of(
        transactions: &[IndexedTransaction],
        unfinalized: &Unfinalized,
        known: &Known,
    ) -> Result<Self, StoreError> {
        let newest = unfinalized.newest().map_or(0, |cursor| cursor.slot);
        let mut order = Self { fates: vec![], settled: 0, waiting: vec![], finalized: None, newest };
        for (index, transaction) in transactions.iter().enumerate() {
            order.take(transaction, unfinalized, known.of(index, transaction))?;
        }
        order.check_settled(transactions, unfinalized)?;
        Ok(order)
    }

    fn take(
        &mut self,
        transaction: &IndexedTransaction,
        unfinalized: &Unfinalized,
        known: usize,
    ) -> Result<(), StoreError> {
        let complete = known == transaction.events.len();
        let fate = self.fate(transaction, unfinalized, known);
        self.fates.push(fate);
        if fate == Fate::Settled {
            self.settled += 1;
        }
        if !complete && transaction.slot < self.newest {
            return refuse(transaction, &format!("slot {} is in already", self.newest));
        }
        if fate == Fate::New { self.add(transaction, unfinalized) } else { Ok(()) }
    }

    fn fate(&self, transaction: &IndexedTransaction, unfinalized: &Unfinalized, known: usize) -> Fate {
        let final_now = transaction.commitment == Commitment::Finalized;
        match unfinalized.index(transaction.signature) {
            Some(_) if final_now => Fate::Settled,
            Some(_) => Fate::Waiting,
            None if known == transaction.events.len() && self.passed(transaction, unfinalized) => Fate::Final,
            // Also one that a restored store has only the first events of.
            None => Fate::New,
        }
    }

    /// Whether what is in goes beyond a transaction of which every event is in. One without events leaves no trace
    /// but the cursor.
    fn passed(&self, transaction: &IndexedTransaction, unfinalized: &Unfinalized) -> bool {
        if !transaction.events.is_empty() {
            return transaction.slot <= self.newest;
        }
        let last = unfinalized.finalized;
        last.is_some_and(|last| transaction.signature == last.signature || transaction.slot < last.slot)
    }

    fn add(&mut self, transaction: &IndexedTransaction, unfinalized: &Unfinalized) -> Result<(), StoreError> {
        let IndexedTransaction { signature, slot, failed, .. } = *transaction;
        self.newest = self.newest.max(slot);
        if transaction.commitment != Commitment::Finalized {
            self.waiting.push(Listed { signature, slot, failed });
            return Ok(());
        }
        if unfinalized.waiting.len() > self.settled || !self.waiting.is_empty() {
            return refuse(transaction, "it is final, but transactions before it are not");
        }
        self.finalized = Some(IndexCursor { signature, slot });
        Ok(())
    }

    /// What is final now must be the first of those that wait.
    fn check_settled(
        &self,
        transactions: &[IndexedTransaction],
        unfinalized: &Unfinalized,
    ) -> Result<(), StoreError> {
        let settled = transactions.iter().zip(&self.fates).filter(|(_, fate)| **fate == Fate::Settled);
        for (transaction, _) in settled {
            if unfinalized.expect(transaction.signature)? >= self.settled {
                return refuse(transaction, "it is final, but transactions before it are not");
            }
        }
        Ok(())
    }
}

fn refuse(transaction: &IndexedTransaction, reason: &str) -> Result<(), StoreError> {
    Err(StoreError::Order { signature: transaction.signature, reason: reason.into() })
}
