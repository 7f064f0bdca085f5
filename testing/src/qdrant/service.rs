//! Every call of Qdrant's protocol, and who answers it.

use super::memory::{Memory, unknown};
use super::{query, reading, schema, snapshots, writing};
use ::qdrant_client::qdrant::collections_server::{Collections, CollectionsServer};
use ::qdrant_client::qdrant::points_server::{Points, PointsServer};
use ::qdrant_client::qdrant::qdrant_server::{Qdrant, QdrantServer};
use ::qdrant_client::qdrant::snapshots_server::{Snapshots, SnapshotsServer};
use ::qdrant_client::qdrant::*;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tonic::transport::Server;
use tonic::transport::server::Router;
use tonic::{Code, Request, Response, Status};

/// A handle on the memory.
#[derive(Clone)]
pub(super) struct Service(Arc<Shared>);

struct Shared {
    memory: Mutex<Memory>,
    calls: Mutex<BTreeMap<&'static str, usize>>,
    paused: watch::Sender<bool>,
    /// The error that is the answer to everything, or to one call.
    failing: Mutex<Option<(Option<&'static str>, Code)>>,
    key: Option<String>,
}

impl Service {
    pub(super) fn new(key: Option<String>, version: &str) -> Self {
        let (memory, calls) = (Mutex::new(Memory::of_version(version)), Mutex::default());
        let (paused, failing) = (watch::Sender::new(false), Mutex::default());
        Self(Arc::new(Shared { memory, calls, paused, failing, key }))
    }

    /// All of Qdrant's services, without a limit to what is sent: a filter may name thousands of threads.
    pub(super) fn router(&self) -> Router {
        let all = || self.clone();
        Server::builder()
            .add_service(QdrantServer::new(all()))
            .add_service(CollectionsServer::new(all()).max_decoding_message_size(usize::MAX))
            .add_service(PointsServer::new(all()).max_decoding_message_size(usize::MAX))
            .add_service(SnapshotsServer::new(all()))
    }

    pub(super) fn pause(&self, paused: bool) {
        self.0.paused.send_replace(paused);
    }

    pub(super) fn fail(&self, only: Option<&'static str>, code: i32) {
        *lock(&self.0.failing) = Some((only, Code::from_i32(code)));
    }

    pub(super) fn recover(&self) {
        *lock(&self.0.failing) = None;
    }

    pub(super) fn forget(&self) {
        lock(&self.0.memory).collections.clear();
    }

    pub(super) fn calls(&self, name: &str) -> usize {
        lock(&self.0.calls).get(name).copied().unwrap_or_default()
    }

    async fn answer<Q, A>(
        &self,
        name: &'static str,
        request: Request<Q>,
        with: impl FnOnce(&mut Memory, Q) -> Result<A, Status> + Send,
    ) -> Result<Response<A>, Status> {
        self.admit(&request)?;
        *lock(&self.0.calls).entry(name).or_default() += 1;
        // The sender is here, so that waiting cannot fail.
        let _ = self.0.paused.subscribe().wait_for(|paused| !paused).await;
        let failing = *lock(&self.0.failing);
        if let Some((only, code)) = failing
            && only.is_none_or(|only| only == name)
        {
            return Err(Status::new(code, "it was told to fail"));
        }
        with(&mut lock(&self.0.memory), request.into_inner()).map(Response::new)
    }

    fn admit<Q>(&self, request: &Request<Q>) -> Result<(), Status> {
        let Some(key) = &self.0.key else { return Ok(()) };
        let given = request.metadata().get("api-key").and_then(|given| given.to_str().ok());
        if given == Some(key.as_str()) {
            Ok(())
        } else {
            Err(Status::unauthenticated("Invalid API key or JWT"))
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Implements a service: calls that are answered by a function, and calls that are not known.
macro_rules! service {
    ($service:ident
        answered { $($call:ident($asked:ident) -> $answer:ident = $with:path;)* }
        unknown { $($other:ident($other_asked:ident) -> $other_answer:ident;)* }
    ) => {
        #[tonic::async_trait]
        impl $service for Service {
            $(async fn $call(&self, request: Request<$asked>) -> Result<Response<$answer>, Status> {
                self.answer(concat!(stringify!($service), ".", stringify!($call)), request, $with).await
            })*
            $(async fn $other(&self, _: Request<$other_asked>) -> Result<Response<$other_answer>, Status> {
                Err(unknown(concat!(stringify!($service), ".", stringify!($other))))
            })*
        }
    };
}

service! { Qdrant
    answered {
        health_check(HealthCheckRequest) -> HealthCheckReply = health_check;
    }
    unknown {}
}

service! { Collections
    answered {
        get(GetCollectionInfoRequest) -> GetCollectionInfoResponse = schema::info;
        create(CreateCollection) -> CollectionOperationResponse = schema::create;
        delete(DeleteCollection) -> CollectionOperationResponse = schema::delete;
        collection_exists(CollectionExistsRequest) -> CollectionExistsResponse = schema::exists;
    }
    unknown {
        list(ListCollectionsRequest) -> ListCollectionsResponse;
        update(UpdateCollection) -> CollectionOperationResponse;
        update_aliases(ChangeAliases) -> CollectionOperationResponse;
        list_collection_aliases(ListCollectionAliasesRequest) -> ListAliasesResponse;
        list_aliases(ListAliasesRequest) -> ListAliasesResponse;
        collection_cluster_info(CollectionClusterInfoRequest) -> CollectionClusterInfoResponse;
        update_collection_cluster_setup(UpdateCollectionClusterSetupRequest) -> UpdateCollectionClusterSetupResponse;
        create_shard_key(CreateShardKeyRequest) -> CreateShardKeyResponse;
        delete_shard_key(DeleteShardKeyRequest) -> DeleteShardKeyResponse;
        list_shard_keys(ListShardKeysRequest) -> ListShardKeysResponse;
    }
}

service! { Points
    answered {
        upsert(UpsertPoints) -> PointsOperationResponse = writing::upsert;
        delete(DeletePoints) -> PointsOperationResponse = writing::delete;
        update_vectors(UpdatePointVectors) -> PointsOperationResponse = writing::update_vectors;
        set_payload(SetPayloadPoints) -> PointsOperationResponse = writing::set_payload;
        create_field_index(CreateFieldIndexCollection) -> PointsOperationResponse = schema::create_index;
        create_vector_name(CreateVectorNameRequest) -> PointsOperationResponse = schema::create_vector;
        delete_vector_name(DeleteVectorNameRequest) -> PointsOperationResponse = schema::delete_vector;
        get(GetPoints) -> GetResponse = reading::get;
        count(CountPoints) -> CountResponse = reading::count;
        scroll(ScrollPoints) -> ScrollResponse = reading::scroll;
        query(QueryPoints) -> QueryResponse = query::query;
    }
    unknown {
        delete_vectors(DeletePointVectors) -> PointsOperationResponse;
        overwrite_payload(SetPayloadPoints) -> PointsOperationResponse;
        delete_payload(DeletePayloadPoints) -> PointsOperationResponse;
        clear_payload(ClearPayloadPoints) -> PointsOperationResponse;
        delete_field_index(DeleteFieldIndexCollection) -> PointsOperationResponse;
        search(SearchPoints) -> SearchResponse;
        search_batch(SearchBatchPoints) -> SearchBatchResponse;
        search_groups(SearchPointGroups) -> SearchGroupsResponse;
        recommend(RecommendPoints) -> RecommendResponse;
        recommend_batch(RecommendBatchPoints) -> RecommendBatchResponse;
        recommend_groups(RecommendPointGroups) -> RecommendGroupsResponse;
        discover(DiscoverPoints) -> DiscoverResponse;
        discover_batch(DiscoverBatchPoints) -> DiscoverBatchResponse;
        update_batch(UpdateBatchPoints) -> UpdateBatchResponse;
        query_batch(QueryBatchPoints) -> QueryBatchResponse;
        query_groups(QueryPointGroups) -> QueryGroupsResponse;
        facet(FacetCounts) -> FacetResponse;
        search_matrix_pairs(SearchMatrixPoints) -> SearchMatrixPairsResponse;
        search_matrix_offsets(SearchMatrixPoints) -> SearchMatrixOffsetsResponse;
    }
}

service! { Snapshots
    answered {
        create(CreateSnapshotRequest) -> CreateSnapshotResponse = snapshots::create;
        list(ListSnapshotsRequest) -> ListSnapshotsResponse = snapshots::list;
    }
    unknown {
        delete(DeleteSnapshotRequest) -> DeleteSnapshotResponse;
        create_full(CreateFullSnapshotRequest) -> CreateSnapshotResponse;
        list_full(ListFullSnapshotsRequest) -> ListSnapshotsResponse;
        delete_full(DeleteFullSnapshotRequest) -> DeleteSnapshotResponse;
    }
}

fn health_check(memory: &mut Memory, _: HealthCheckRequest) -> Result<HealthCheckReply, Status> {
    let (title, version) = ("a stand-in for Qdrant".into(), memory.version.clone());
    Ok(HealthCheckReply { title, version, commit: None })
}
