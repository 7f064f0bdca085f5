use super::rows::everything;
use super::story::{batch, clock, finalized, on_each_engine, story, transaction, write_at};
use crate::connect::{self, Purpose};
use crate::{Location, Store, StoreError, Writer};
use chorale_testing::Postgres;
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, ConnectOptions as _, Executor as _};
use std::path::Path;
use tempfile::tempdir;

const FIRST: &str = "0001_canonical_store.sql";

/// Each table of version 1 with its columns, those that others refer to first.
const TABLES: [(&str, &str); 5] = [
    (
        "event_store",
        "sequence, signature, instruction, inner_instruction, slot, block_time, commitment, event_type, \
         schema_version, event_data, thread, causation_id, correlation_id, handshake, previous_hash, hash, recorded_at",
    ),
    (
        "canonical_state",
        "entity_id, entity_type, thread, ordinal, status, state_version, state_data, checksum, handshake, updated_by, \
         event_sequence, slot, created_at, updated_at",
    ),
    (
        "state_history",
        "entity_id, state_version, state_data, checksum, change_type, change_reason, changed_by, event_sequence, slot, \
         changed_at",
    ),
    ("positions", "name, value, signature, updated_at"),
    ("dead_letters", "signature, slot, reason, recorded_at"),
];

async fn connect(location: &Location) -> AnyConnection {
    connect::options(location, Purpose::Writing).unwrap().connect().await.unwrap()
}

/// The schema of version 1, as that version made it.
pub(super) async fn version_1(location: &Location) -> AnyConnection {
    let mut connection = connect(location).await;
    if let Location::Postgres { schema, .. } = location {
        connection.execute(format!("CREATE SCHEMA {schema}").as_str()).await.unwrap();
    }
    let folder = tempdir().unwrap();
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    std::fs::copy(migrations.join(FIRST), folder.path().join(FIRST)).unwrap();
    Migrator::new(folder.path()).await.unwrap().run(&mut connection).await.unwrap();
    connection
}

/// Rows as version 1 wrote them: the same, with the same hashes, but everything was only ever confirmed.
async fn copy(connection: &mut AnyConnection, from: &Location) {
    let source = match from {
        Location::Sqlite(path) => {
            let attach = format!("ATTACH '{}' AS source", path.display());
            connection.execute(attach.as_str()).await.unwrap();
            "source"
        }
        Location::Postgres { schema, .. } => schema,
    };
    for (table, columns) in TABLES {
        let copy = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {source}.{table}");
        connection.execute(copy.as_str()).await.unwrap();
    }
    connection.execute("DELETE FROM positions WHERE name <> 'index'").await.unwrap();
    connection.execute("UPDATE event_store SET commitment = 'confirmed'").await.unwrap();
}

/// Another place on the same engine.
fn beside(location: &Location) -> Location {
    match location {
        Location::Sqlite(path) => Location::Sqlite(path.with_extension("new")),
        Location::Postgres { .. } => Postgres::shared().fresh().parse().unwrap(),
    }
}

#[tokio::test]
async fn a_store_of_the_version_before_opens_migrates_and_goes_on() {
    on_each_engine(async |old| {
        let new = beside(&old);
        let writer = write_at(&new).await;
        writer.apply(batch(&finalized(&story()))).await.unwrap();
        let expected = everything(writer.store()).await;
        writer.close().await;
        let mut connection = version_1(&old).await;
        copy(&mut connection, &new).await;
        drop(connection);

        let Err(error) = Store::open(&old, clock(0)).await else { panic!("a reader opened version 1") };
        assert!(matches!(error, StoreError::OlderSchema { found: 1, .. }), "{error}");
        assert!(error.to_string().contains("start the indexer first"), "{error}");

        let writer = write_at(&old).await;
        assert_eq!(everything(writer.store()).await, expected);
        writer.store().verify_chain().await.unwrap();
        let more = transaction(30, vec![super::story::created(chorale_domain::id::ThreadId([30; 32]))]);
        writer.apply(batch(std::slice::from_ref(&more))).await.unwrap();
        writer.retract(more.signature).await.unwrap();
        writer.store().verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused() {
    on_each_engine(async |location| {
        write_at(&location).await.close().await;
        let insert = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'from the future', TRUE, $1, 0)";
        let mut connection = connect(&location).await;
        sqlx::query(insert).bind(vec![0u8]).execute(&mut connection).await.unwrap();
        let writer = Writer::open(&location, clock(0)).await.err().expect("a writer opened migration 9999");
        let reader = Store::open(&location, clock(0)).await.err().expect("a reader opened migration 9999");
        for error in [writer, reader] {
            assert!(matches!(error, StoreError::NewerSchema { found: 9999, .. }), "{error}");
            assert!(error.to_string().contains("upgrade Chorale"), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_reader_does_not_make_a_store() {
    on_each_engine(async |location| {
        for _ in 0..2 {
            let error = Store::open(&location, clock(0)).await.err().expect("a reader made a store");
            assert!(matches!(error, StoreError::Missing { .. }), "{error}");
            assert!(error.to_string().contains("start the indexer first"), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_store_in_a_folder_that_is_not_there_is_an_error_that_names_it() {
    let location = tempdir().unwrap().path().join("missing/store.db").into();
    let error = Writer::open(&location, clock(0)).await.err().expect("a store was made in a missing folder");
    assert!(error.to_string().contains("missing/store.db") && error.is_passing(), "{error}");
    assert!(error.to_string().contains("check that its folder exists"), "{error}");
}

#[tokio::test]
async fn a_file_may_be_called_anything() {
    let folder = tempdir().unwrap();
    for name in ["a b.db", "50%.db", "a?b#c.db", "%20.db", "ä.db"] {
        let path = folder.path().join(name);
        write_at(&path.clone().into()).await.close().await;
        assert!(path.is_file(), "{name} is not where it should be");
    }
}

#[test]
fn opening_a_store_can_be_left_to_a_task_of_its_own() {
    fn is_send<T: Send>(_: T) {}
    let place = Location::from(std::path::PathBuf::from("store.db"));
    is_send(Writer::open(&place, clock(0)));
    is_send(Store::open(&place, clock(0)));
}
