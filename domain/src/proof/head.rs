use super::error::ProofError;
use crate::content_log::{ContentLog, MAX_COUNT};
use crate::id::Hash32;
use serde::{Deserialize, Serialize};

/// What a client trusts about a log: how many messages, and the root over them.
///
/// Both must come from the same trusted place. A root alone does not say how many leaves are below it: some
/// paths lead to the same root for several sizes, so whoever could choose the size could misplace a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TreeHead {
    /// Messages in the log.
    pub size: u64,
    /// The root of RFC 6962's tree over them.
    pub root: Hash32,
}

/// The head of an account's compact range. It fails with [`ProofError::TooLarge`] where the count is above
/// [`MAX_COUNT`], which no account of the program has but something received might.
impl TryFrom<&ContentLog> for TreeHead {
    type Error = ProofError;

    fn try_from(log: &ContentLog) -> Result<Self, ProofError> {
        let size = log.count();
        if size > MAX_COUNT {
            return Err(ProofError::TooLarge { size });
        }
        Ok(Self { size, root: log.root() })
    }
}

impl TreeHead {
    /// Refuses a proof that is about another size than this head.
    pub(super) fn check_size(&self, proof: u64) -> Result<(), ProofError> {
        if self.size == proof { Ok(()) } else { Err(ProofError::OtherSize { proof, head: self.size }) }
    }

    /// Refuses a proof that leads to another root than this head's.
    pub(super) fn check_root(&self, computed: [u8; 32]) -> Result<(), ProofError> {
        let (trusted, computed) = (self.root, Hash32(computed));
        if trusted == computed {
            return Ok(());
        }
        Err(ProofError::OtherRoot { size: self.size, trusted, computed })
    }
}
