use crate::copy::{self, CopyError};
use crate::tests::story::{batch, clock, on_each_engine, story, write_at};
use crate::{Location, Store};
use chorale_testing::engines;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, thread};
use tempfile::tempdir;

/// A store of the story's first transactions.
async fn store_with(transactions: usize, location: &Location) {
    let writer = write_at(location).await;
    writer.apply(batch(&story()[..transactions])).await.unwrap();
    writer.close().await;
}

async fn events(location: &Location) -> i64 {
    let store = Store::open(location, clock(1)).await.unwrap();
    let (last, _) = store.last_event().await.unwrap();
    store.close().await;
    last
}

#[tokio::test]
async fn a_store_takes_anothers_place_and_that_is_kept() {
    on_each_engine(async |current| {
        let new = current.beside("new").unwrap();
        for (round, transactions) in [3, 4, 5].into_iter().enumerate() {
            let before = if round == 0 {
                store_with(1, &current).await;
                1
            } else {
                events(&current).await
            };
            store_with(transactions, &new).await;
            let expected = events(&new).await;
            let kept = copy::swap(&current, &new).await.unwrap();
            assert_eq!(kept, current.beside(["old", "old2", "old3"][round]).unwrap());
            assert_eq!((events(&current).await, events(&kept).await), (expected, before));
            assert!(Store::open(&new, clock(1)).await.is_err(), "it is not where it was");
        }
    })
    .await;
}

#[tokio::test]
async fn who_reads_postgresql_reads_on_in_the_new_store() {
    let folder = tempdir().unwrap();
    let [_, (_, place)] = engines(folder.path(), "unused.db");
    let current: Location = place.parse().unwrap();
    let new = current.beside("new").unwrap();
    store_with(1, &current).await;
    store_with(3, &new).await;
    let reader = Store::open(&current, clock(1)).await.unwrap();
    assert_eq!(reader.last_event().await.unwrap().0, 1);
    copy::swap(&current, &new).await.unwrap();
    assert_eq!(reader.last_event().await.unwrap().0, 4);
}

#[tokio::test]
async fn a_file_that_is_in_use_is_not_moved() {
    let folder = tempdir().unwrap();
    let (current, new) = (folder.path().join("store.db"), folder.path().join("new.db"));
    for used in [&current, &new] {
        store_with(1, &current.as_path().into()).await;
        store_with(3, &new.as_path().into()).await;
        let user = write_at(&used.as_path().into()).await;
        let _reading = user.store().last_event().await.unwrap();
        let refused = copy::swap(&current.as_path().into(), &new.as_path().into()).await.unwrap_err();
        assert!(
            matches!(&refused, CopyError::InUse(name) if *name == used.display().to_string()),
            "{refused}"
        );
        assert!(current.exists() && new.exists());
        user.close().await;
    }
}

#[tokio::test]
async fn a_swap_that_was_interrupted_between_two_files_is_done_to_the_end() {
    let folder = tempdir().unwrap();
    let (current, new) = (folder.path().join("store.db"), folder.path().join("new.db"));
    store_with(1, &current.as_path().into()).await;
    store_with(3, &new.as_path().into()).await;
    fs::rename(&current, folder.path().join("store.db.old")).unwrap();
    let kept = copy::swap(&current.as_path().into(), &new.as_path().into()).await.unwrap();
    assert_eq!(kept, folder.path().join("store.db.old").as_path().into());
    assert_eq!((events(&current.as_path().into()).await, events(&kept).await), (4, 1));
}

#[tokio::test]
async fn a_swap_that_was_interrupted_between_two_names_is_done_to_the_end() {
    let folder = tempdir().unwrap();
    let (current, new) = (folder.path().join("store.db"), folder.path().join("new.db"));
    store_with(1, &current.as_path().into()).await;
    store_with(3, &new.as_path().into()).await;
    fs::hard_link(&current, folder.path().join("store.db.old")).unwrap();
    assert_eq!(events(&current.as_path().into()).await, 1, "the store is still there");
    let kept = copy::swap(&current.as_path().into(), &new.as_path().into()).await.unwrap();
    assert_eq!(kept, folder.path().join("store.db.old").as_path().into());
    assert_eq!((events(&current.as_path().into()).await, events(&kept).await), (4, 1));
}

#[tokio::test]
async fn there_is_a_store_at_the_place_at_every_moment_of_a_swap() {
    let folder = tempdir().unwrap();
    let (path, mut next) = (folder.path().join("store.db"), folder.path().join("new.db").as_path().into());
    let current: Location = path.as_path().into();
    store_with(1, &current).await;
    store_with(3, &next).await;
    let (done, watched) = (Arc::new(AtomicBool::new(false)), path.clone());
    let until = done.clone();
    let watch = thread::spawn(move || {
        while !until.load(Ordering::Relaxed) {
            assert!(watched.exists(), "an indexer that starts now makes an empty store");
        }
    });
    for _ in 0..50 {
        next = copy::swap(&current, &next).await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    watch.join().expect("there always was one");
    assert_eq!((events(&current).await, events(&next).await), (1, 4));
}

#[tokio::test]
async fn a_damaged_file_is_kept_with_what_is_beside_it() {
    let folder = tempdir().unwrap();
    let whole = folder.path().join("whole.db");
    store_with(5, &whole.as_path().into()).await;
    let whole = fs::read(whole).unwrap();
    let noise: Vec<u8> = (0..20_000_u32).map(|byte| (byte * 89 % 251) as u8).collect();
    for (name, bytes) in [("noise", &noise[..]), ("half", &whole[..whole.len() / 2]), ("cut", &whole[..700])]
    {
        let (current, new) = (folder.path().join(name), folder.path().join("new.db"));
        store_with(3, &new.as_path().into()).await;
        fs::write(&current, bytes).unwrap();
        if name == "noise" {
            fs::write(folder.path().join("noise-wal"), "beside").unwrap();
        }
        let kept = copy::swap(&current.as_path().into(), &new.as_path().into()).await.unwrap();
        assert_eq!(kept, folder.path().join(format!("{name}.old")).as_path().into());
        assert_eq!(fs::read(folder.path().join(format!("{name}.old"))).unwrap(), bytes, "{name}");
        assert_eq!(events(&current.as_path().into()).await, 4, "{name}");
    }
    assert_eq!(fs::read(folder.path().join("noise.old-wal")).unwrap(), b"beside");
}

#[tokio::test]
async fn stores_that_cannot_take_each_others_place_are_refused() {
    let folder = tempdir().unwrap();
    let [file, schema] =
        engines(folder.path(), "store.db").map(|(_, place)| place.parse::<Location>().unwrap());
    let refused = copy::swap(&file, &schema).await.unwrap_err();
    assert!(matches!(refused, CopyError::Unlike { .. }), "{refused}");
    let missing = copy::swap(&file, &file.beside("new").unwrap()).await.unwrap_err().to_string();
    assert!(missing.contains("no store at") && !folder.path().join("store.db.new").exists(), "{missing}");
    let long = Location::Postgres { url: String::new(), schema: "a".repeat(60) };
    assert!(matches!(long.beside("rebuild"), Err(CopyError::Location(_))));
}
