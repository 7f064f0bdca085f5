//! The roles of PostgreSQL: the indexer writes, everyone else reads.

use super::rows::{everything, lines};
use super::story::{batch, clock, story, write_at};
use crate::{Location, Store, Writer};
use chorale_testing::Postgres;
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions as _, Executor as _};
use std::borrow::Cow;

fn schema(location: &Location) -> &str {
    let Location::Postgres { schema, .. } = location else { panic!("{location} is not PostgreSQL") };
    schema
}

/// Someone who may log in and reads by being a member of the role the indexer made.
async fn reader_of(location: &Location) -> (Location, AnyConnection) {
    let (server, schema) = (Postgres::shared(), schema(location));
    let mut owner: AnyConnection =
        server.url().parse::<AnyConnectOptions>().unwrap().connect().await.unwrap();
    let role = format!("backend_{schema}");
    owner.execute(format!("CREATE ROLE {role} LOGIN IN ROLE chorale_reader").as_str()).await.unwrap();
    // Without what the store's own connections forbid.
    let url = format!("{}?options[search_path]={schema}", server.url_of(&role));
    let connection = url.parse::<AnyConnectOptions>().unwrap().connect().await.unwrap();
    (Location::Postgres { url: server.url_of(&role), schema: schema.into() }, connection)
}

async fn written() -> (Location, Writer) {
    let location = Postgres::shared().fresh().parse().unwrap();
    let writer = write_at(&location).await;
    writer.apply(batch(&story())).await.unwrap();
    (location, writer)
}

#[tokio::test]
async fn a_member_of_the_readers_reads_everything() {
    let (location, writer) = written().await;
    let (reader, _) = reader_of(&location).await;
    let store = Store::open(&reader, clock(0)).await.unwrap();
    assert_eq!(everything(&store).await, everything(writer.store()).await);
    store.verify_chain().await.unwrap();
}

#[tokio::test]
async fn whoever_reads_writes_nothing() {
    let (location, writer) = written().await;
    let (_, mut connection) = reader_of(&location).await;
    let schema = schema(&location);
    let tables = format!(
        "SELECT CAST(c.relname AS TEXT) || ' ' || CAST(a.attname AS TEXT) AS line FROM pg_class c \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 1 \
         WHERE c.relkind = 'r' AND c.relnamespace = CAST('{schema}' AS regnamespace)"
    );
    let tables = lines(writer.store(), &tables).await;
    assert!(tables.len() >= 10, "{tables:?}");
    for table in &tables {
        let (table, column) = table.split_once(' ').unwrap();
        for statement in [
            format!("INSERT INTO {table} DEFAULT VALUES"),
            format!("UPDATE {table} SET {column} = {column}"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
            format!("DROP TABLE {table}"),
            format!("ALTER TABLE {table} ADD COLUMN more BIGINT"),
        ] {
            assert_refused(&mut connection, &statement).await;
        }
    }
    assert_refused(&mut connection, "CREATE TABLE mine (a BIGINT)").await;
}

async fn assert_refused(connection: &mut AnyConnection, statement: &str) {
    let error = connection.execute(statement).await.expect_err(statement);
    let code = error.as_database_error().and_then(|error| error.code().map(Cow::into_owned));
    assert_eq!(code.as_deref(), Some("42501"), "{statement}: {error}");
}

#[tokio::test]
async fn who_may_only_read_cannot_be_the_indexer() {
    let (location, _writer) = written().await;
    let (reader, _) = reader_of(&location).await;
    let error = Writer::open(&reader, clock(0)).await.err().expect("a reader opened it for writing");
    assert!(error.to_string().contains("permission denied"), "{error}");
}

#[tokio::test]
async fn tables_that_come_later_can_be_read_too() {
    let (location, writer) = written().await;
    let (_, mut connection) = reader_of(&location).await;
    let mut tx = writer.begin().await.unwrap();
    tx.execute("CREATE TABLE later (a BIGINT)").await.unwrap();
    tx.commit().await.unwrap();
    connection.execute("SELECT a FROM later").await.unwrap();
    assert_refused(&mut connection, "DELETE FROM later").await;
}
