//! The roles of PostgreSQL: the indexer writes, everyone else reads.

use super::rows::{everything, lines};
use super::story::{batch, clock, story, write_at};
use crate::{Location, Store, Writer};
use chorale_testing::Postgres;
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions as _, Executor as _};
use std::borrow::Cow;
use std::time::Duration;

fn schema(location: &Location) -> &str {
    let Location::Postgres { schema, .. } = location else { panic!("{location} is not PostgreSQL") };
    schema
}

async fn connect(url: &str) -> AnyConnection {
    url.parse::<AnyConnectOptions>().unwrap().connect().await.unwrap()
}

/// Someone who may log in and reads by being a member of the role the indexer made.
async fn reader_of(location: &Location) -> (Location, AnyConnection) {
    let (server, schema) = (Postgres::shared(), schema(location));
    let mut owner = connect(&server.url()).await;
    let role = format!("backend_{schema}");
    owner.execute(format!("CREATE ROLE {role} LOGIN IN ROLE chorale_reader").as_str()).await.unwrap();
    // Without what the store's own connections forbid.
    let url = format!("{}?options[search_path]={schema}", server.url_of(&role));
    let connection = connect(&url).await;
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
async fn who_was_granted_nothing_is_told_what_to_grant() {
    let (location, _writer) = written().await;
    let (server, schema) = (Postgres::shared(), schema(&location));
    let mut owner = connect(&server.url()).await;
    let role = format!("Stranger {schema}");
    owner.execute(format!("CREATE ROLE \"{role}\" LOGIN").as_str()).await.unwrap();
    let url = server.url_of(&role.replace(' ', "%20"));
    let stranger = Location::Postgres { url, schema: schema.into() };
    let refused = Store::open(&stranger, clock(0)).await.err().expect("a stranger opened it");
    assert!(refused.to_string().contains(&format!("GRANT chorale_reader TO \"{role}\"")), "{refused}");
    let writing = Writer::open(&stranger, clock(0)).await.err().expect("a stranger opened it for writing");
    assert!(writing.to_string().contains("what it may do"), "{writing}");
    owner.execute(format!("GRANT chorale_reader TO \"{role}\"").as_str()).await.unwrap();
    Store::open(&stranger, clock(0)).await.unwrap();
}

#[tokio::test]
async fn a_second_writer_sees_what_the_first_wrote_however_the_server_isolates() {
    const DEFAULT: &str = "SET default_transaction_isolation = 'repeatable read'";
    let (server, story) = (Postgres::shared(), story());
    let location: Location = server.fresh().parse().unwrap();
    let role = format!("isolated_{}", schema(&location));
    let mut owner = connect(&server.url()).await;
    owner.execute(format!("CREATE ROLE {role} LOGIN SUPERUSER").as_str()).await.unwrap();
    owner.execute(format!("ALTER ROLE {role} {DEFAULT}").as_str()).await.unwrap();
    let isolated = Location::Postgres { url: server.url_of(&role), schema: schema(&location).into() };
    let (first, second) = (write_at(&isolated).await, write_at(&isolated).await);
    first.apply(batch(&story[..1])).await.unwrap();
    let mut held = first.begin().await.unwrap();
    let waiting = tokio::spawn(async move { second.begin().await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    held.execute("INSERT INTO positions (name, value, updated_at) VALUES ('content', 1, 0)").await.unwrap();
    held.commit().await.unwrap();
    let mut tx = waiting.await.unwrap().unwrap();
    let found =
        sqlx::query("SELECT 1 AS found FROM positions WHERE name = 'content'").fetch_optional(&mut *tx);
    assert!(found.await.unwrap().is_some(), "it sees the store as it was before it had the lock");
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
