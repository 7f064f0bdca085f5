use super::clock;
use anyhow::{Error, Result, ensure};
use chorale_store::copy::CopyError;
use chorale_store::{Location, Store};
use clap::Args;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// What every database of SQLite begins with.
const MAGIC: [u8; 16] = *b"SQLite format 3\0";

/// Which store.
#[derive(Args, Clone, Debug)]
pub(in crate::command) struct StoreArgs {
    /// The store: a SQLite file, or postgres://USER@HOST/DATABASE, where ?schema=NAME is `chorale` by default
    #[arg(long = "store", value_name = "LOCATION", env = "CHORALE_STORE", hide_env_values = true)]
    pub(in crate::command) location: Location,
}

impl StoreArgs {
    /// Opens it for reading.
    pub(in crate::command) async fn read(&self) -> Result<Store> {
        self.check_kind()?;
        Ok(Store::open(&self.location, clock()).await?)
    }

    /// Asks whether the right file was meant where it is something else.
    ///
    /// # Errors
    /// If it is there, and no database.
    pub(in crate::command) fn check_kind(&self) -> Result<()> {
        let Location::Sqlite(path) = &self.location else { return Ok(()) };
        ensure!(!path.is_dir(), "{} is a folder, not a store: give a file", path.display());
        ensure!(
            may_be_database(path),
            "{} is no database: is this the right file? If it is, it is damaged from its beginning on, and `chorale \
             rebuild` makes a new one from the chain",
            path.display()
        );
        Ok(())
    }

    /// What to do where its copy failed because of what is in it.
    pub(in crate::command) fn explain(&self, error: CopyError) -> Error {
        let location = &self.location;
        let damaged = matches!(&error, CopyError::Store(error) if error.is_corruption());
        let error = Error::new(error);
        if damaged {
            let advice = format!("{location} is damaged; `chorale verify` names every row that is");
            return error.context(advice);
        }
        error
    }
}

/// A file that is new is empty. What cannot be read is not judged here.
fn may_be_database(path: &Path) -> bool {
    let mut begin = vec![];
    let read = File::open(path).and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut begin));
    read.is_err() || begin.is_empty() || begin == MAGIC
}
