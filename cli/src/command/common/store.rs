use super::clock;
use anyhow::Result;
use chorale_store::{Location, Store};
use clap::Args;

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
        Ok(Store::open(&self.location, clock()).await?)
    }
}
