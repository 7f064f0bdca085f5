//! What can go wrong when talking to a backend.

use crate::challenge::ChallengeError;
use crate::transaction::AlteredTransaction;
use chorale_domain::content::BodyError;
use chorale_domain::id::Wallet;
use chorale_domain::proof::ProofError;
use chorale_wire::Problem;

/// Why a call did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The URL cannot be the address of a backend.
    #[error(
        "{url:?} is not the URL of a backend: give one like http://127.0.0.1:8787 (https is not supported yet)"
    )]
    BadUrl {
        /// What was given.
        url: String,
    },
    /// The backend did not answer, or the answer broke off.
    #[error("{url} does not answer: {source}; is the backend running?")]
    Unreachable {
        /// The request's URL.
        url: String,
        /// What the HTTP client says.
        source: reqwest::Error,
    },
    /// The backend refused, and said why.
    #[error("the backend refused ({status} {code:?}): {problem}", status = .0.status, code = .0.code, problem = .0)]
    Refused(Problem),
    /// The answer is not of the documented shape.
    #[error(
        "{url} answered {status} with something this client does not understand: {detail}; do the versions agree?"
    )]
    Misunderstood {
        /// The request's URL.
        url: String,
        /// HTTP status.
        status: u16,
        /// What is wrong with it.
        detail: String,
    },
    /// The backend follows another program than this client builds instructions for.
    #[error("the backend follows program {theirs}, this client is built for {ours}: use matching versions")]
    OtherProgram {
        /// The backend's.
        theirs: Wallet,
        /// This client's.
        ours: Wallet,
    },
    /// The backend has not seen its deployment's configuration yet.
    #[error("the backend has not seen the deployment's configuration yet: try again once its indexer runs")]
    NotInitialized,
    /// What was asked to be signed for signing in is something else.
    #[error("refused to sign in: {0}")]
    Challenge(#[from] ChallengeError),
    /// What was asked to be signed as a transaction is something else.
    #[error("refused to sign: {0}")]
    Altered(#[from] AlteredTransaction),
    /// A message is not where the server says it is.
    #[error("the server's proof that the message is in the thread's log does not hold: {0}")]
    Proof(#[from] ProofError),
    /// The text is not acceptable as a body.
    #[error(transparent)]
    Body(#[from] BodyError),
}

impl ClientError {
    /// The backend's problem, where it refused.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused(problem) => Some(problem),
            _ => None,
        }
    }
}
