//! What can go wrong when talking to a backend.

use crate::challenge::ChallengeError;
use crate::transaction::AlteredTransaction;
use chorale_domain::content::BodyError;
use chorale_domain::id::Wallet;
use chorale_domain::proof::ProofError;
use chorale_wire::Problem;
use reqwest::Url;
use std::error::Error;
use std::io;

/// Why a call did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The URL cannot be the address of a backend.
    #[error(
        "{url:?} is not the URL of a backend: give one like https://chorale.example or http://127.0.0.1:8787"
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
    /// Whoever answers cannot show that it is the server.
    #[error(
        "{url} is not believed to be the server it says it is: {source}; trust its authority if it has one of its own"
    )]
    Untrusted {
        /// The request's URL.
        url: String,
        /// What is wrong with its certificate.
        source: rustls::Error,
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

/// What a request that brought no answer means.
pub(crate) fn unreachable(url: &Url, source: reqwest::Error) -> ClientError {
    match failed_handshake(&source) {
        Some(refused @ rustls::Error::InvalidCertificate(_)) => {
            ClientError::Untrusted { url: url.to_string(), source: refused.clone() }
        }
        _ => ClientError::Unreachable { url: url.to_string(), source },
    }
}

/// What rustls said, which the layers above wrap. An I/O error's source is that of the error in it, never the error itself.
fn failed_handshake<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    match (error.downcast_ref(), wrapped) {
        (Some(found), _) => Some(found),
        (None, Some(wrapped)) => failed_handshake(wrapped),
        (None, None) => failed_handshake(error.source()?),
    }
}
