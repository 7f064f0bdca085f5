//! Which server, and what its collection must be like.

use std::path::PathBuf;
use std::time::Duration;

use ::qdrant_client::qdrant::{CollectionInfo, CreateCollection};
use ::qdrant_client::{Qdrant, QdrantError};

use super::answer::dense_vectors;
use super::fault::fault;
use super::request::Requests;
use crate::embedding::ApiKey;
use crate::error::ContentError;
use crate::payload::{INDICES, WORDS_VECTOR};

/// The oldest version that can be used, major and minor. Older ones pass over what they do not know without a word: an
/// insert that is to leave alone what is there would replace it.
const OLDEST: (u64, u64) = (1, 18);

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
    /// How long to wait for an answer, a second try on a new connection included.
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

/// A client that connects when it is first used. What goes unanswered for half of the time it tries once more on a new
/// connection: one that broke without a word is never noticed otherwise.
pub(super) fn client(options: &ServerOptions) -> Result<Qdrant, ContentError> {
    let half = options.timeout / 2;
    let mut config = Qdrant::from_url(&options.url).timeout(half).connect_timeout(CONNECT_TIMEOUT.min(half));
    config.api_key = options.api_key.as_ref().map(|key| key.reveal().to_owned());
    config.check_compatibility = options.compare_versions;
    config.build().map_err(|error| ContentError::Settings(error.to_string()))
}

/// Makes the collection where there is none; whether there was none. Others may be doing the same.
pub(super) async fn create_missing(client: &Qdrant, requests: &Requests) -> Result<bool, ContentError> {
    // The client asks again itself where the connection broke.
    check_version(&client.health_check().await.map_err(fault)?.version)?;
    let collection = requests.collection();
    let is_missing = !twice(|| client.collection_exists(collection)).await?;
    if is_missing {
        create(client, requests.create_collection()).await?;
    }
    Ok(is_missing)
}

/// Makes a collection that is there what it must be. Others may be doing the same.
pub(super) async fn complete(
    client: &Qdrant,
    requests: &Requests,
    vectors: &[(String, usize)],
) -> Result<(), ContentError> {
    let info = info(client, requests).await?;
    check(requests.collection(), &info)?;
    for (field, index) in INDICES {
        if !info.payload_schema.contains_key(field) {
            client.create_field_index(requests.create_index(field, index)).await.map_err(fault)?;
        }
    }
    for (name, dimensions) in vectors {
        add_vector(client, requests, name, *dimensions).await?;
    }
    Ok(())
}

pub(super) async fn info(client: &Qdrant, requests: &Requests) -> Result<CollectionInfo, ContentError> {
    let answer = twice(|| client.collection_info(requests.collection())).await?;
    Ok(answer.result.unwrap_or_default())
}

/// Asks again on a new connection where the one before it broke, which may be noticed only by asking. For points the
/// client does so itself, for collections it does not.
async fn twice<T, F>(ask: impl Fn() -> F) -> Result<T, ContentError>
where
    F: Future<Output = Result<T, QdrantError>>,
{
    match ask().await.map_err(fault) {
        Err(error) if error.is_away() => ask().await.map_err(fault),
        answer => answer,
    }
}

/// Lets points have a dense vector of that name, if they may not already.
pub(super) async fn add_vector(
    client: &Qdrant,
    requests: &Requests,
    name: &str,
    dimensions: usize,
) -> Result<(), ContentError> {
    if has_vector(client, requests, name).await? {
        return Ok(());
    }
    match client.create_vector_name(requests.add_vector(name.to_owned(), dimensions)).await {
        Ok(_) => Ok(()),
        // Another process may have been first.
        Err(_) if has_vector(client, requests, name).await? => Ok(()),
        Err(error) => Err(fault(error)),
    }
}

async fn has_vector(client: &Qdrant, requests: &Requests, name: &str) -> Result<bool, ContentError> {
    Ok(dense_vectors(&info(client, requests).await?).iter().any(|there| there == name))
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

/// A server that is too old. What does not name its version in the usual way may be any, and is asked.
pub(super) fn check_version(said: &str) -> Result<(), ContentError> {
    let (major, minor) = OLDEST;
    match version(said) {
        Some(version) if version < OLDEST => Err(ContentError::Settings(format!(
            "it is version {said} of Qdrant, and {major}.{minor} is the oldest that can be used: update the server"
        ))),
        Some(_) => Ok(()),
        None => {
            tracing::warn!(said, "whether the Qdrant server is {major}.{minor} or newer is not known");
            Ok(())
        }
    }
}

/// Major and minor.
fn version(said: &str) -> Option<(u64, u64)> {
    let mut parts = said.trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
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
