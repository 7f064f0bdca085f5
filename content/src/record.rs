//! What goes in and what comes out.

use chorale_domain::content::{ContentHash, Salt, check_body};
use chorale_domain::id::{ThreadId, Wallet};
use chorale_wire::http::ContentStatus;

use crate::error::ContentError;

/// A body as it is stored, and as it goes over the wire.
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
    /// Where it stands; pending, unless it is loaded from elsewhere.
    pub status: ContentStatus,
}

impl NewContent {
    /// The record this becomes, once it was found to be in order.
    pub(crate) fn checked(self) -> Result<ContentRecord, ContentError> {
        check_body(self.hash, &self.salt, &self.body)?;
        if !(0..=LAST_SECOND).contains(&self.created_at) {
            return Err(ContentError::Time(self.created_at));
        }
        Ok(self.into())
    }
}

impl From<NewContent> for ContentRecord {
    fn from(new: NewContent) -> Self {
        Self {
            thread: new.thread,
            hash: new.hash,
            author: new.author,
            salt: new.salt,
            body: new.body,
            status: new.status,
            created_at: new.created_at,
        }
    }
}

/// What became of a body that was put.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stored {
    /// It was not there before.
    New(ContentRecord),
    /// Someone put it before; theirs stays as it is.
    Already(ContentRecord),
}

impl Stored {
    /// The record that is stored now.
    #[must_use]
    pub fn into_record(self) -> ContentRecord {
        match self {
            Self::New(record) | Self::Already(record) => record,
        }
    }
}
