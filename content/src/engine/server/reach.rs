//! Reaching a server that may be away.

use std::sync::atomic::Ordering;

use ::qdrant_client::{Qdrant, QdrantError};
use tokio::time::timeout;

use super::fault::fault;
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
        let (prepared, closed) = Default::default();
        let engine = Self { client, options, requests, vectors, prepared, closed };
        match engine.client().await {
            Ok(_) => {}
            Err(error) if error.is_away() => tracing::warn!(%error, "bodies wait for their server"),
            Err(error) => return Err(error),
        }
        Ok(engine)
    }

    /// The client of a collection that is what it must be, until this was closed. Of many who ask first one prepares it;
    /// where that one fails, the next one tries.
    pub(super) async fn client(&self) -> Result<&Qdrant, ContentError> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(ContentError::Closed);
        }
        let preparing = || connection::prepare(&self.client, &self.requests, &self.vectors);
        self.in_time(self.prepared.get_or_try_init(preparing)).await?;
        Ok(&self.client)
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
        match timeout(self.options.timeout, call).await {
            Ok(answer) => answer,
            Err(late) => Err(ContentError::Away(late.into())),
        }
    }
}
