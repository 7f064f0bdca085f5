//! Which server, and what its collection must be like.

use std::path::PathBuf;
use std::time::Duration;

use ::qdrant_client::qdrant::{CollectionInfo, CreateCollection};
use ::qdrant_client::{Qdrant, QdrantError};

use super::fault::fault;
use super::request::Requests;
use crate::embedding::ApiKey;
use crate::error::ContentError;
use crate::payload::{INDICES, WORDS_VECTOR};

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Which Qdrant server to use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServerOptions {
    /// Its gRPC endpoint, `http://host:6334`, or `https` for TLS.
    pub url: String,
    /// Its API key, if it wants one. It goes over the wire with every call: use `https`.
    pub api_key: Option<ApiKey>,
    /// The collection, created if missing.
    pub collection: String,
    /// How long a call may take.
    pub timeout: Duration,
    /// A folder in which uploads wait while the server is away, created if missing. One process at a time can have it
    /// open. Without it, uploads are refused while the server is away.
    pub queue: Option<PathBuf>,
    /// Whether the client compares its version with the server's, and warns. Server 1.18 is known to work and warned
    /// about, so this is off by default.
    pub compare_versions: bool,
}

impl ServerOptions {
    /// A collection called `chorale` at this endpoint, without a key.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        let (collection, timeout) = ("chorale".into(), Duration::from_secs(10));
        Self { url: url.into(), api_key: None, collection, timeout, queue: None, compare_versions: false }
    }
}

/// A client that connects when it is first used.
pub(super) fn client(options: &ServerOptions) -> Result<Qdrant, ContentError> {
    let mut config = Qdrant::from_url(&options.url).timeout(options.timeout).connect_timeout(CONNECT_TIMEOUT);
    config.api_key = options.api_key.as_ref().map(|key| key.reveal().to_owned());
    config.check_compatibility = options.compare_versions;
    config.build().map_err(|error| ContentError::Settings(error.to_string()))
}

/// Makes the collection what it must be. Others may be doing the same.
pub(super) async fn prepare(client: &Qdrant, requests: &Requests) -> Result<(), ContentError> {
    let collection = requests.collection();
    if !client.collection_exists(collection).await.map_err(fault)? {
        create(client, requests.create_collection()).await?;
    }
    let answer = client.collection_info(collection).await.map_err(fault)?;
    let info = answer.result.unwrap_or_default();
    check(collection, &info)?;
    for (field, index) in INDICES {
        if !info.payload_schema.contains_key(field) {
            client.create_field_index(requests.create_index(field, index)).await.map_err(fault)?;
        }
    }
    Ok(())
}

async fn create(client: &Qdrant, request: CreateCollection) -> Result<(), ContentError> {
    let collection = request.collection_name.clone();
    match client.create_collection(request).await {
        Ok(_) => Ok(()),
        Err(error) => created_by_another(client, collection, error).await,
    }
}

async fn created_by_another(
    client: &Qdrant,
    collection: String,
    error: QdrantError,
) -> Result<(), ContentError> {
    if client.collection_exists(collection).await.map_err(fault)? { Ok(()) } else { Err(fault(error)) }
}

/// A collection that someone made for something else is left alone.
pub(super) fn check(collection: &str, info: &CollectionInfo) -> Result<(), ContentError> {
    let params = info.config.as_ref().and_then(|config| config.params.as_ref());
    let sparse = params.and_then(|params| params.sparse_vectors_config.as_ref());
    if sparse.is_some_and(|sparse| sparse.map.contains_key(WORDS_VECTOR)) {
        return Ok(());
    }
    let reason = format!(
        "its collection {collection} is not one of Chorale's, it has no vector {WORDS_VECTOR}: name another collection"
    );
    Err(ContentError::Settings(reason))
}
