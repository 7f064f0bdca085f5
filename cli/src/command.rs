//! The command line: which commands there are. What each does is in the file of its name.

mod backup;
mod chain;
mod common;
mod demo;
mod dev;
mod events;
mod export;
mod history;
mod incidents;
mod index;
mod rebuild;
mod reindex;
mod restore;
mod serve;
mod snapshot;
mod state;
mod verify;

use crate::exit::CODES;
use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Several people own a body of writing together, and prove it.
#[derive(Parser, Debug)]
#[command(name = "chorale", version, after_help = CODES)]
pub struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Run chain, indexer and backend in one process, until Ctrl-C
    Dev(dev::DevArgs),
    /// Play a story against a running `chorale dev`, and compare every place with the chain
    Demo(demo::DemoArgs),
    /// Run an embedded chain with the program deployed and set up, until Ctrl-C
    Chain(chain::ChainArgs),
    /// Follow the program into a store, until Ctrl-C
    Index(index::IndexArgs),
    /// Serve clients from a store that an indexer writes elsewhere, until Ctrl-C
    Serve(Box<serve::ServeArgs>),
    /// Re-derive everything in a store from its events, and compare; with --chain, with the chain too
    #[command(after_help = CODES)]
    Verify(verify::VerifyArgs),
    /// Build a store anew from the chain, compare it with the old one, and put it in its place
    #[command(after_help = CODES)]
    Rebuild(rebuild::RebuildArgs),
    /// Copy a store into a folder, where what is there from the last time is not written again, or check such a copy
    #[command(after_help = CODES)]
    Backup(backup::BackupArgs),
    /// Have every body embedded by a model, and wait until they are: beside running backends on a Qdrant server
    Reindex(reindex::ReindexArgs),
    /// Copy the bodies with their index, as they are at one moment
    Snapshot(snapshot::SnapshotArgs),
    /// Make a new store from a backup, up to any event
    Restore(restore::RestoreArgs),
    /// Write a store as JSON lines with checksums, or check such a file
    #[command(after_help = CODES)]
    Export(export::ExportArgs),
    /// Print entities as they are, or as they were at a slot
    State(state::StateArgs),
    /// Print every version of an entity
    History(history::HistoryArgs),
    /// Print what happened, in order
    Events(events::EventsArgs),
    /// Print what went wrong in a store, and what was done about it
    Incidents(incidents::IncidentsArgs),
}

impl Command {
    /// Where traces are to be sent, if anywhere.
    #[must_use]
    pub fn otlp_endpoint(&self) -> Option<&str> {
        match &self.what {
            What::Dev(arguments) => arguments.otlp_endpoint(),
            What::Serve(arguments) => arguments.otlp_endpoint(),
            _ => None,
        }
    }

    /// Does what the command line says; the exit code is 1 where differences were found.
    ///
    /// # Errors
    /// If something failed; [`exit::code`](crate::exit::code) is its exit code.
    pub async fn run(self) -> Result<ExitCode> {
        match self.what {
            What::Dev(arguments) => dev::run(arguments).await,
            What::Demo(arguments) => demo::run(arguments).await,
            What::Chain(arguments) => chain::run(arguments).await,
            What::Index(arguments) => index::run(arguments).await,
            What::Serve(arguments) => serve::run(*arguments).await,
            What::Verify(arguments) => verify::run(arguments).await,
            What::Rebuild(arguments) => rebuild::run(arguments).await,
            What::Backup(arguments) => backup::run(arguments).await,
            What::Reindex(arguments) => reindex::run(arguments).await,
            What::Snapshot(arguments) => snapshot::run(arguments).await,
            What::Restore(arguments) => restore::run(arguments).await,
            What::Export(arguments) => export::run(arguments).await,
            What::State(arguments) => state::run(arguments).await,
            What::History(arguments) => history::run(arguments).await,
            What::Events(arguments) => events::run(arguments).await,
            What::Incidents(arguments) => incidents::run(arguments).await,
        }
    }
}
