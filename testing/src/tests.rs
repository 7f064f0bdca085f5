//! What the tests of others rely on.

use super::*;
use std::net::TcpStream;

fn answers(postgres: &Postgres) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, postgres.port())).is_ok()
}

#[test]
fn it_can_be_killed_and_stopped_and_comes_back_on_its_port() {
    let postgres = Postgres::start();
    assert!(answers(&postgres));
    postgres.kill();
    assert!(!answers(&postgres), "it listens after kill -9");
    postgres.start_again();
    assert!(answers(&postgres));
    postgres.stop();
    assert!(!answers(&postgres), "it listens after it was stopped");
    postgres.start_again();
    assert!(answers(&postgres), "{}", postgres.log());
}

#[test]
fn nothing_is_left_of_it() {
    let postgres = Postgres::start();
    let (folder, pid) = (postgres.folder.clone(), postgres.running().pid.expect("it runs"));
    assert!(folder.exists() && is_running(pid));
    drop(postgres);
    assert!(!folder.exists() && !is_running(pid));
}

#[test]
fn nothing_is_left_of_one_that_hangs() {
    let postgres = Postgres::start();
    let (folder, pid) = (postgres.folder.clone(), postgres.running().pid.expect("it runs"));
    postgres.pause();
    drop(postgres);
    assert!(!folder.exists() && !is_running(pid));
}

#[test]
fn every_store_in_it_is_a_new_one() {
    let shared = Postgres::shared();
    let (one, other) = (shared.fresh(), shared.fresh());
    assert_ne!(one, other);
    assert!(one.starts_with(&shared.url()) && one.contains("?schema="));
}
