//! Collections, and what their points may be like.

use super::memory::{Collection, Memory, unknown, wrong};
use ::qdrant_client::qdrant::{
    CollectionConfig, CollectionExists, CollectionExistsRequest, CollectionExistsResponse, CollectionInfo,
    CollectionOperationResponse, CollectionParams, CollectionStatus, CreateCollection,
    CreateFieldIndexCollection, CreateVectorNameRequest, DeleteCollection, DeleteVectorNameRequest,
    DenseVectorCreationConfig, Distance, FieldType, GetCollectionInfoRequest, GetCollectionInfoResponse,
    PayloadSchemaInfo, PointsOperationResponse, SparseVectorConfig, VectorParams, VectorParamsMap,
    create_vector_name_request::VectorConfig, vectors_config,
};
use std::collections::HashMap;
use std::mem::take;
use tonic::Status;

pub(super) fn exists(
    memory: &mut Memory,
    CollectionExistsRequest { collection_name }: CollectionExistsRequest,
) -> Result<CollectionExistsResponse, Status> {
    let exists = memory.collections.contains_key(&collection_name);
    Ok(CollectionExistsResponse { result: Some(CollectionExists { exists }), ..Default::default() })
}

pub(super) fn create(
    memory: &mut Memory,
    mut asked: CreateCollection,
) -> Result<CollectionOperationResponse, Status> {
    let name = take(&mut asked.collection_name);
    let created = Collection {
        hnsw: asked.hnsw_config.take(),
        optimizers: asked.optimizers_config.take(),
        sparse: asked.sparse_vectors_config.take().unwrap_or_default().map.into_iter().collect(),
        ..Collection::default()
    };
    // How vectors are rounded makes searches faster, and changes nothing that is asked for here.
    asked.quantization_config = None;
    if asked != CreateCollection::default() {
        return Err(unknown("a collection created with more than sparse vectors and rounding"));
    }
    if memory.collections.contains_key(&name) {
        return Err(Status::already_exists(format!("Wrong input: Collection `{name}` already exists!")));
    }
    memory.collections.insert(name, created);
    Ok(CollectionOperationResponse { result: true, ..Default::default() })
}

/// To delete what is not there is no error.
pub(super) fn delete(
    memory: &mut Memory,
    DeleteCollection { collection_name, .. }: DeleteCollection,
) -> Result<CollectionOperationResponse, Status> {
    let result = memory.collections.remove(&collection_name).is_some();
    Ok(CollectionOperationResponse { result, ..Default::default() })
}

pub(super) fn info(
    memory: &mut Memory,
    GetCollectionInfoRequest { collection_name }: GetCollectionInfoRequest,
) -> Result<GetCollectionInfoResponse, Status> {
    let collection = memory.collection(&collection_name)?;
    let info = CollectionInfo {
        status: CollectionStatus::Green.into(),
        segments_count: 1,
        config: Some(config(collection)),
        payload_schema: indices(collection),
        points_count: Some(collection.points.len() as u64),
        ..Default::default()
    };
    Ok(GetCollectionInfoResponse { result: Some(info), ..Default::default() })
}

fn config(collection: &Collection) -> CollectionConfig {
    let dense = collection.dense.iter().map(|(name, config)| (name.clone(), params(*config))).collect();
    let map = collection.sparse.clone().into_iter().collect();
    let params = CollectionParams {
        shard_number: 1,
        vectors_config: Some(vectors_config::Config::ParamsMap(VectorParamsMap { map: dense }).into()),
        sparse_vectors_config: Some(SparseVectorConfig { map }),
        ..Default::default()
    };
    CollectionConfig {
        params: Some(params),
        hnsw_config: collection.hnsw,
        optimizer_config: collection.optimizers,
        ..Default::default()
    }
}

fn params(config: DenseVectorCreationConfig) -> VectorParams {
    VectorParams { size: config.size, distance: config.distance, ..Default::default() }
}

/// A type of an index has the number after that of its kind of field.
fn indices(collection: &Collection) -> HashMap<String, PayloadSchemaInfo> {
    let info = |kind: FieldType| PayloadSchemaInfo { data_type: i32::from(kind) + 1, ..Default::default() };
    collection.indices.iter().map(|(field, kind)| (field.clone(), info(*kind))).collect()
}

pub(super) fn create_index(
    memory: &mut Memory,
    asked: CreateFieldIndexCollection,
) -> Result<PointsOperationResponse, Status> {
    let CreateFieldIndexCollection {
        collection_name,
        wait: Some(true),
        field_name,
        field_type: Some(kind),
        // How an index is laid out changes nothing that is asked for here.
        field_index_params: _,
        ordering: _,
        timeout: _,
    } = asked
    else {
        return Err(unknown("an index that is not of a type, or not waited for"));
    };
    let kind = FieldType::try_from(kind).map_err(wrong)?;
    memory.collection_mut(&collection_name)?.indices.insert(field_name, kind);
    Ok(memory.done())
}

/// Creating the very same again does nothing.
pub(super) fn create_vector(
    memory: &mut Memory,
    asked: CreateVectorNameRequest,
) -> Result<PointsOperationResponse, Status> {
    let CreateVectorNameRequest {
        collection_name, wait: Some(true), vector_name: name, vector_config, ..
    } = asked
    else {
        return Err(unknown("a vector's name that is not waited for"));
    };
    let config = dense(vector_config)?;
    let collection = memory.collection_mut(&collection_name)?;
    match collection.dense.get(&name) {
        _ if collection.sparse.contains_key(&name) => {
            return Err(wrong(format!("Vector `{name}` already exists as a sparse vector")));
        }
        Some(existing) if *existing != config => {
            return Err(wrong(format!("Vector `{name}` already exists with a different configuration")));
        }
        _ => collection.dense.insert(name, config),
    };
    Ok(memory.done())
}

fn dense(config: Option<VectorConfig>) -> Result<DenseVectorCreationConfig, Status> {
    match config {
        Some(VectorConfig::DenseConfig(config))
            if config.distance() == Distance::Cosine
                && config.multivector_config.is_none()
                && config.datatype.is_none() =>
        {
            Ok(config)
        }
        _ => Err(unknown("vectors other than dense ones compared by cosine")),
    }
}

/// Deleting what is not there does nothing.
pub(super) fn delete_vector(
    memory: &mut Memory,
    DeleteVectorNameRequest { collection_name, vector_name, .. }: DeleteVectorNameRequest,
) -> Result<PointsOperationResponse, Status> {
    let collection = memory.collection_mut(&collection_name)?;
    collection.dense.remove(&vector_name);
    collection.sparse.remove(&vector_name);
    for point in collection.points.values_mut() {
        point.vectors.remove(&vector_name);
    }
    Ok(memory.done())
}
