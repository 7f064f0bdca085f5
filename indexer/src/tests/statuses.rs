use super::encoded::{
    PROGRAM, THREAD, approved, created, initialized, proposed, published, rejected, transaction, voted,
};
use super::running::{SOON, Site};
use super::scripted::Scripted;
use crate::decode::decode;
use chorale_content::{NewContent, Stage, Visibility};
use chorale_domain::content::{ContentHash, content_hash};
use chorale_domain::id::{Signature, ThreadId, Wallet};
use chorale_store::Batch;
use chorale_wire::http::ContentStatus;
use std::time::Duration;
use tokio::time::{sleep, timeout};

async fn upload(site: &Site, body: &str) -> ContentHash {
    let (thread, author, salt) = (ThreadId(THREAD), Wallet([10; 32]), [0; 16]);
    let hash = content_hash(&salt, body);
    let (created_at, stage, visibility) = (1, Stage::Draft, Visibility::Public);
    let content = NewContent { thread, hash, author, salt, body: body.into(), created_at, stage, visibility };
    site.content.put(content).await.unwrap();
    hash
}

async fn becomes(site: &Site, hash: ContentHash, expected: ContentStatus) {
    let status = async || site.content.duties().get(ThreadId(THREAD), hash).await.unwrap().unwrap().status;
    let changed = async {
        while status().await != expected {
            sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(Duration::from_secs(20), changed).await.is_ok(), "{hash} did not become {expected:?}");
}

#[tokio::test]
async fn contents_take_the_status_the_chain_decided() {
    let (site, chain) = (Site::new().await, Scripted::default());
    let mut hashes = vec![];
    for body in ["published", "approved", "rejected", "only uploaded"] {
        hashes.push(upload(&site, body).await);
    }
    chain.add(&[initialized(), created(), published(hashes[0].0, 0)]);
    chain.add(&[proposed(hashes[2].0), voted(hashes[2].0, false), rejected(hashes[2].0)]);
    chain.add(&[proposed(hashes[1].0)]);
    let running = site.start(&chain, SOON);
    becomes(&site, hashes[0], ContentStatus::Approved).await;
    becomes(&site, hashes[2], ContentStatus::Rejected).await;
    becomes(&site, hashes[1], ContentStatus::Pending).await;
    chain.add(&[voted(hashes[1].0, true), approved(hashes[1].0, 1)]);
    becomes(&site, hashes[1], ContentStatus::Approved).await;
    chain.add(&[proposed(hashes[2].0)]);
    becomes(&site, hashes[2], ContentStatus::Pending).await;
    running.stop().await.unwrap();
    becomes(&site, hashes[3], ContentStatus::Pending).await;
}

#[tokio::test]
async fn decisions_are_taken_again_from_the_follower_s_own_position() {
    let (site, chain) = (Site::new().await, Scripted::default());
    let hash = upload(&site, "published").await;
    chain.add(&[initialized(), created(), published(hash.0, 0)]);
    let running = site.start(&chain, SOON);
    becomes(&site, hash, ContentStatus::Approved).await;
    running.stop().await.unwrap();

    let site = site.reopened().await;
    assert_eq!(site.store.position("content_status").await.unwrap(), 3);
    site.writer.set_position("content_status", 0).await.unwrap();
    let thread = ThreadId(THREAD);
    assert!(site.content.duties().set_stage(thread, hash, Stage::Draft).await.unwrap());
    let running = site.start(&chain, SOON);
    becomes(&site, hash, ContentStatus::Approved).await;
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_decision_that_a_fork_dropped_is_undecided_again() {
    let (site, chain) = (Site::new().await, Scripted::default());
    let published_one = upload(&site, "published").await;
    let rejected_one = upload(&site, "rejected, then approved").await;
    chain.add(&[initialized(), created()]);
    chain.add(&[proposed(rejected_one.0), voted(rejected_one.0, false), rejected(rejected_one.0)]);
    chain.add(&[published(published_one.0, 0)]);
    chain.add(&[proposed(rejected_one.0)]);
    chain.add(&[voted(rejected_one.0, true), approved(rejected_one.0, 1)]);
    let running = site.start(&chain, SOON);
    becomes(&site, published_one, ContentStatus::Approved).await;
    becomes(&site, rejected_one, ContentStatus::Approved).await;
    chain.drop_newest(1);
    chain.add_failed();
    becomes(&site, rejected_one, ContentStatus::Pending).await;
    chain.drop_newest(3);
    chain.add_failed();
    becomes(&site, published_one, ContentStatus::Pending).await;
    becomes(&site, rejected_one, ContentStatus::Rejected).await;
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_decision_that_nobody_announced_is_found() {
    let (site, chain) = (Site::new().await, Scripted::default());
    let hash = upload(&site, "published").await;
    chain.set_down(true);
    let running = site.start(&chain, SOON);
    sleep(Duration::from_millis(300)).await;
    // As if the answer to a commit were lost: what is written through another connection wakes nobody.
    let other = site.other_writer().await;
    let events = [initialized(), created(), published(hash.0, 0)].map(|event| (PROGRAM, event));
    let signature = Signature([5; 64]);
    let decoded = decode(PROGRAM, signature, &transaction(7, &events)).unwrap();
    other.apply(Batch { transactions: vec![decoded] }).await.unwrap();
    becomes(&site, hash, ContentStatus::Approved).await;
    running.stop().await.unwrap();
    other.close().await;
}
