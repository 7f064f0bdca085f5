//! What the command line asks for.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// Messages searched, unless the command line says otherwise.
const MESSAGES: usize = 100_000;

pub struct Options {
    pub messages: usize,
    folder: Option<PathBuf>,
}

impl Options {
    pub fn from_arguments() -> Result<Self> {
        let mut options = Self { messages: MESSAGES, folder: None };
        let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
        while let Some(word) = words.next() {
            let value = words.next().with_context(|| format!("{word} lacks a value"))?;
            match word.as_str() {
                "--messages" => options.messages = value.parse().context("--messages takes a number")?,
                "--folder" => options.folder = Some(value.into()),
                _ => bail!("{word} is unknown: there are --messages NUMBER and --folder DIR"),
            }
        }
        Ok(options)
    }

    pub fn folder(&self) -> Result<Folder> {
        match &self.folder {
            Some(path) => {
                fs::create_dir_all(path)?;
                Ok(Folder::Kept(path.clone()))
            }
            None => Ok(Folder::Temporary(TempDir::new()?)),
        }
    }
}

/// Where the store is.
pub enum Folder {
    Kept(PathBuf),
    Temporary(TempDir),
}

impl Folder {
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Kept(path) => path.clone(),
            Self::Temporary(folder) => folder.path().into(),
        }
    }
}
