//! What goes in and what comes out.

use chorale_domain::content::{ContentHash, Salt, check_body};
use chorale_domain::id::{ThreadId, Wallet};
use chorale_wire::http::Visibility;

use crate::error::ContentError;
use crate::stage::Stage;

/// A body as a reader gets it, and as it goes over the wire.
pub type ContentRecord = chorale_wire::http::Content;

/// The last second of the year 9999: later "seconds" are milliseconds by mistake.
const LAST_SECOND: i64 = 253_402_300_799;

/// A body to store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewContent {
    /// The thread it is meant for.
    pub thread: ThreadId,
    /// Its content hash.
    pub hash: ContentHash,
    /// Who uploads it.
    pub author: Wallet,
    /// The salt that went into the hash.
    pub salt: Salt,
    /// The text.
    pub body: String,
    /// When it is uploaded, Unix seconds.
    pub created_at: i64,
    /// Where it stands; a draft, unless the chain has heard of it.
    pub stage: Stage,
    /// Who gets to read it.
    pub visibility: Visibility,
}

impl NewContent {
    /// Itself, once it was found to be in order.
    pub(crate) fn checked(self) -> Result<Self, ContentError> {
        check_body(self.hash, &self.salt, &self.body)?;
        if !(0..=LAST_SECOND).contains(&self.created_at) {
            return Err(ContentError::Time(self.created_at));
        }
        Ok(self)
    }
}

/// What became of a body that was put.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stored {
    /// It was not there before.
    New(ContentRecord),
    /// Someone put it before; theirs stays as it is.
    Already(ContentRecord),
    /// It waits on disk for the server, which is away.
    Waiting(ContentRecord),
}

impl Stored {
    /// The record that is stored now.
    #[must_use]
    pub fn into_record(self) -> ContentRecord {
        match self {
            Self::New(record) | Self::Already(record) | Self::Waiting(record) => record,
        }
    }
}

/// What became of a body that was to be erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Erasure {
    /// It is gone: this is what stays. So it is when it was gone before.
    Erased(ContentRecord),
    /// It is another's, or there is none.
    NotYours,
}
