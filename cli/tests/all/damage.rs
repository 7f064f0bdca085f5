//! Stores of which little is left: `chorale rebuild` is what everything else advises then.

use crate::chain::Chain;
use crate::follower::Follower;
use crate::load::Load;
use crate::outcome::no_differences;
use crate::process::{run, said};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

const LOAD: Load = Load { transactions: 120, per_second: 200 };

/// What runs SQL that no command of ours would.
const SQL: &str = "import sqlite3, sys\n\
    db = sqlite3.connect(sys.argv[1])\n\
    db.execute(sys.argv[2])\n\
    db.commit()";

/// A chain, and the file of a store that has followed it.
struct Scene {
    chain: Chain,
    folder: TempDir,
    whole: PathBuf,
}

impl Scene {
    async fn new() -> Self {
        let (chain, folder) = (Chain::start(&[]), tempfile::tempdir().unwrap());
        LOAD.send(&chain).await;
        let whole = folder.path().join("whole.sqlite");
        let store = whole.display().to_string();
        Follower::new(&chain, "whole", store, folder.path()).catch_up().await;
        Self { chain, folder, whole }
    }

    /// A store called so, of which these bytes are left.
    fn left(&self, name: &str, bytes: &[u8]) -> Follower<'_> {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        Follower::new(&self.chain, name, path.display().to_string(), self.folder.path())
    }
}

/// Differences were found, the new store is at the place, and the old one is kept as it was.
fn rebuilt(follower: &Follower) -> Output {
    let arguments = ["rebuild", "--store", follower.store.as_str()];
    let rebuilt = run(&[&arguments[..], &follower.chain.endpoint()].concat());
    let words = said(&rebuilt);
    assert_eq!(rebuilt.status.code(), Some(1), "{words}");
    assert!(words.contains(&format!("kept at {}.old", follower.store)), "{words}");
    no_differences(follower);
    rebuilt
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_read_any_more_is_rebuilt() {
    let scene = Scene::new().await;
    let whole = fs::read(&scene.whole).unwrap();
    let noise: Vec<u8> = (0..100_000_u32).map(|byte| (byte * 89 % 251) as u8).collect();
    for (name, bytes) in [("noise", &noise[..]), ("half", &whole[..whole.len() / 2]), ("cut", &whole[..700])]
    {
        let follower = scene.left(name, bytes);
        rebuilt(&follower);
        if name == "noise" {
            assert_eq!(fs::read(format!("{}.old", follower.store)).unwrap(), bytes, "it is kept as it was");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_or_table_that_cannot_be_read_is_a_difference_and_no_obstacle() {
    const NOT_JSON: &str = "UPDATE canonical_state SET state_data = 'not JSON' \
         WHERE entity_id = (SELECT MAX(entity_id) FROM canonical_state WHERE entity_type = 'message')";
    let scene = Scene::new().await;
    let whole = fs::read(&scene.whole).unwrap();
    for (name, sql) in [("canonical_state", NOT_JSON), ("dead_letters", "DROP TABLE dead_letters")] {
        let follower = scene.left(name, &whole);
        let changed = Command::new("python3").args(["-c", SQL, &follower.store, sql]).status();
        assert!(changed.expect("there is Python").success());
        let rebuilt = rebuilt(&follower);
        let found = String::from_utf8_lossy(&rebuilt.stdout);
        assert!(found.contains(name), "{found}{}", said(&rebuilt));
    }
}
