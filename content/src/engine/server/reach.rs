//! Reaching a server that may be away.

use std::sync::atomic::Ordering;

use ::qdrant_client::{Qdrant, QdrantError};
use tokio::time::timeout;

use super::fault::{everyones, fault, is_gone};
use super::request::Requests;
use super::{ServerEngine, ServerOptions, connection};
use crate::error::ContentError;

impl ServerEngine {
    /// Creates what is missing of the collection, its indices and these dense vectors; where the server is away, as soon
    /// as it is there. A server that answers and refuses is an error.
    pub(crate) async fn open(
        options: ServerOptions,
        vectors: Vec<(String, usize)>,
    ) -> Result<Self, ContentError> {
        let (client, requests) = (connection::client(&options)?, Requests::to(options.collection.clone()));
        let (prepared, preparing, closed) = Default::default();
        let engine = Self { client, options, requests, vectors, prepared, preparing, closed };
        match engine.client().await {
            Ok(_) => {}
            Err(error) if error.is_away() => tracing::warn!(%error, "bodies wait for their server"),
            Err(error) => return Err(error),
        }
        Ok(engine)
    }

    /// The client of a collection that is what it must be, until this was closed.
    pub(super) async fn client(&self) -> Result<&Qdrant, ContentError> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(ContentError::Closed);
        }
        if !self.prepared.load(Ordering::Acquire) {
            self.in_time(self.prepare()).await.map_err(everyones)?;
        }
        Ok(&self.client)
    }

    /// Of many who ask first one prepares the collection; where that one fails, the next one tries.
    async fn prepare(&self) -> Result<(), ContentError> {
        let mut was_there = self.preparing.lock().await;
        if !self.prepared.load(Ordering::Acquire) {
            if connection::create_missing(&self.client, &self.requests).await? && *was_there {
                self.tell_loss();
            }
            connection::complete(&self.client, &self.requests, &self.vectors).await?;
            *was_there = true;
            self.prepared.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// What the server answers.
    pub(super) async fn answer<T>(
        &self,
        call: impl Future<Output = Result<T, QdrantError>>,
    ) -> Result<T, ContentError> {
        self.in_time(async { call.await.map_err(fault) }).await
    }

    pub(super) async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, ContentError>>,
    ) -> Result<T, ContentError> {
        let late = |late: tokio::time::error::Elapsed| Err(ContentError::Away(late.into()));
        let answer = timeout(self.options.timeout, call).await.unwrap_or_else(late);
        if answer.as_ref().is_err_and(is_gone) {
            self.prepare_again();
        }
        answer
    }

    /// Whoever asks next looks whether the collection is what it must be: it, or a part of it, was not found.
    fn prepare_again(&self) {
        if self.prepared.swap(false, Ordering::AcqRel) {
            tracing::warn!(
                collection = self.requests.collection(),
                "the Qdrant server misses something, and its collection is looked at again"
            );
        }
    }

    fn tell_loss(&self) {
        tracing::error!(
            collection = self.requests.collection(),
            "the collection is gone from the Qdrant server, with every body in it, and is made anew: recover it there \
             from a snapshot; `chorale verify --boundaries` names the bodies that are missing"
        );
    }
}
