use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::record::NewContent;
use crate::stage::Stage;
use crate::tests::new;

fn payload(body: &str) -> Payload {
    Payload::from(new(body))
}

async fn open(folder: &TempDir) -> Queue {
    Queue::open(folder.path().into()).await.unwrap()
}

async fn drained(queue: &Queue) -> Vec<String> {
    let mut bodies = Vec::new();
    for place in queue.places() {
        let Some(payload) = queue.take(place).await.unwrap() else { continue };
        queue.remove(&payload).await.unwrap();
        bodies.push(payload.body);
    }
    bodies
}

fn file(folder: &TempDir, place: u64) -> PathBuf {
    folder.path().join(format!("{place:020}.json"))
}

fn files(folder: &Path, extension: &str) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    names.filter(|path| path.extension().is_some_and(|found| found == extension)).count()
}

#[tokio::test]
async fn what_waits_leaves_in_the_order_in_which_it_came_also_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let queue = open(&folder).await;
    for body in ["one", "two", "three"] {
        assert_eq!(queue.push(payload(body)).await.unwrap(), None);
    }
    drop(queue);
    let queue = open(&folder).await;
    assert_eq!(queue.push(payload("four")).await.unwrap(), None);
    assert_eq!(drained(&queue).await, ["one", "two", "three", "four"]);
    assert_eq!((queue.len(), files(folder.path(), "json")), (0, 0));
}

#[tokio::test]
async fn the_first_of_a_hash_stays_and_is_told() {
    let folder = TempDir::new().unwrap();
    let queue = open(&folder).await;
    queue.push(payload("text")).await.unwrap();
    let again = Payload::from(NewContent { created_at: 999, ..new("text") });
    assert_eq!(queue.push(again).await.unwrap(), Some(payload("text")));
    assert_eq!(queue.len(), 1);
}

#[tokio::test]
async fn many_at_once_all_wait() {
    let folder = TempDir::new().unwrap();
    let queue = open(&folder).await;
    let pushes = (0..50).map(|number| queue.push(payload(&format!("text {number}"))));
    for pushed in futures::future::join_all(pushes).await {
        assert_eq!(pushed.unwrap(), None);
    }
    assert_eq!((queue.len(), files(folder.path(), "json")), (50, 50));
}

#[tokio::test]
async fn what_a_crash_cut_off_or_someone_damaged_keeps_nothing_waiting() {
    let folder = TempDir::new().unwrap();
    let queue = open(&folder).await;
    for body in ["damaged", "whole"] {
        queue.push(payload(body)).await.unwrap();
    }
    drop(queue);
    fs::write(file(&folder, 0), "{\"hash\":").unwrap();
    fs::write(folder.path().join(format!("{:020}.unfinished", 2)), "{").unwrap();
    let queue = open(&folder).await;
    assert_eq!(drained(&queue).await, ["whole"]);
    assert_eq!(files(folder.path(), "unreadable"), 1, "what is damaged is not thrown away");
}

#[tokio::test]
async fn what_someone_damages_or_removes_while_it_waits_keeps_nothing_waiting() {
    let folder = TempDir::new().unwrap();
    let queue = open(&folder).await;
    for body in ["removed", "damaged", "whole"] {
        queue.push(payload(body)).await.unwrap();
    }
    fs::remove_file(file(&folder, 0)).unwrap();
    fs::write(file(&folder, 1), "{\"hash\":").unwrap();
    assert_eq!(drained(&queue).await, ["whole"]);
    assert_eq!((queue.len(), files(folder.path(), "unreadable")), (0, 1));
}

#[tokio::test]
async fn a_body_that_comes_again_after_its_file_was_removed_waits_in_its_new_place() {
    let folder = TempDir::new().unwrap();
    let queue = open(&folder).await;
    queue.push(payload("text")).await.unwrap();
    fs::remove_file(file(&folder, 0)).unwrap();
    assert_eq!(queue.push(payload("text")).await.unwrap(), None);
    assert_eq!(queue.take(0).await.unwrap(), None);
    assert!(queue.has(id(&payload("text"))), "the old place must not take the new one along");
    assert_eq!(drained(&queue).await, ["text"]);
    assert_eq!(queue.len(), 0);
}

#[tokio::test]
async fn what_was_delivered_waits_no_more_though_its_file_is_gone_already() {
    let folder = TempDir::new().unwrap();
    let queue = open(&folder).await;
    queue.push(payload("text")).await.unwrap();
    let delivered = queue.take(0).await.unwrap().unwrap();
    fs::remove_file(file(&folder, 0)).unwrap();
    queue.remove(&delivered).await.unwrap();
    assert_eq!(queue.len(), 0);
}

#[tokio::test]
async fn what_was_erased_meanwhile_leaves_as_a_tombstone() {
    let folder = TempDir::new().unwrap();
    let queue = open(&folder).await;
    queue.push(payload("secret text")).await.unwrap();
    let read = queue.get(id(&payload("secret text"))).await.unwrap().unwrap();
    queue.bury(payload("secret text").erased()).await.unwrap();
    queue.remove(&read).await.unwrap();
    let waiting = queue.get(id(&payload("secret text"))).await.unwrap().unwrap();
    assert_eq!(waiting.status, Stage::Erased);
    let text = fs::read_to_string(file(&folder, 0)).unwrap();
    assert!(!text.contains("secret text"), "{text}");
}

#[tokio::test]
async fn only_one_process_has_the_folder() {
    let folder = TempDir::new().unwrap();
    let first = open(&folder).await;
    let refused = Queue::open(folder.path().into()).await.err().expect("it is in use");
    assert!(matches!(refused, ContentError::InUse { .. }), "{refused}");
    first.close().await;
    assert!(matches!(first.push(payload("late")).await, Err(ContentError::Closed)), "it is another's by now");
    open(&folder).await;
}
