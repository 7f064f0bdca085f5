//! The certificate that the backend shows, read from files and read again when they change.

use crate::presence::rfc3339;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{InconsistentKeys, ServerConfig};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use tokio_rustls::TlsAcceptor;
use x509_parser::parse_x509_certificate;

/// What clients are offered. HTTP/2 is not among it: a WebSocket begins as HTTP/1.1.
const ALPN: &[u8] = b"http/1.1";

/// Where certificate and key are, in PEM.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsFiles {
    /// The certificate, and after it those between it and a root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not there, or may not be read.
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file holds something else.
    #[error("{} holds no {what} in PEM: give a file with -----BEGIN lines", .path.display())]
    NoPem {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// They do not belong together.
    #[error(
        "the key in {} is not that of the certificate in {}: give the pair as it was issued",
        .0.key.display(), .0.certificate.display()
    )]
    Mismatch(TlsFiles),
    /// It can no longer be used.
    #[error("the certificate in {} expired at {at}: renew it", .path.display())]
    Expired {
        /// The file.
        path: PathBuf,
        /// When, in words.
        at: String,
    },
    /// It cannot be used yet.
    #[error("the certificate in {} is good from {at} on only: is this machine's clock right?", .path.display())]
    NotYet {
        /// The file.
        path: PathBuf,
        /// When, in words.
        at: String,
    },
    /// Anything else, in the words of the library.
    #[error("the certificate in {} cannot be used: {reason}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// A certificate and its key, in use. A clone shows the same one.
#[derive(Clone)]
pub struct Tls {
    files: TlsFiles,
    config: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Tls {
    /// Reads the files. `now` is in Unix seconds.
    ///
    /// # Errors
    /// [`TlsError`], which says what to do.
    pub fn load(files: TlsFiles, now: i64) -> Result<Self, TlsError> {
        let config = Arc::new(RwLock::new(Arc::new(read(&files, now)?)));
        Ok(Self { files, config })
    }

    /// Reads the files again. Connections that are open keep what they began with.
    ///
    /// # Errors
    /// [`TlsError`]; what was used before stays in use.
    pub fn reload(&self, now: i64) -> Result<(), TlsError> {
        let config = Arc::new(read(&self.files, now)?);
        // Only ever replaced as a whole.
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// Where it is read from.
    #[must_use]
    pub fn files(&self) -> &TlsFiles {
        &self.files
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.config.read().unwrap_or_else(PoisonError::into_inner).clone().into()
    }
}

/// TLS 1.2 and 1.3 with the suites of `ring`, each of which has forward secrecy and authenticates what it encrypts.
fn read(files: &TlsFiles, now: i64) -> Result<ServerConfig, TlsError> {
    let TlsFiles { certificate, key } = files;
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(&bytes(certificate)?).collect::<Result<_, PemError>>();
    let no_pem = |path: &Path, what| TlsError::NoPem { path: path.into(), what };
    let chain = chain.ok().filter(|chain: &Vec<_>| !chain.is_empty());
    let chain = chain.ok_or_else(|| no_pem(certificate, "certificate"))?;
    let secret = PrivateKeyDer::from_pem_slice(&bytes(key)?).map_err(|_| no_pem(key, "private key"))?;
    check_time(certificate, &chain[0], now)?;
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, secret));
    let mut config = config.map_err(|error| explain(files, error))?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unreadable { path: path.into(), source })
}

fn explain(files: &TlsFiles, error: rustls::Error) -> TlsError {
    match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::Mismatch(files.clone()),
        error => TlsError::Unusable { path: files.certificate.clone(), reason: error.to_string() },
    }
}

fn check_time(path: &Path, certificate: &CertificateDer<'_>, now: i64) -> Result<(), TlsError> {
    let path = path.to_owned();
    let parsed = parse_x509_certificate(certificate);
    let (_, parsed) =
        parsed.map_err(|error| TlsError::Unusable { path: path.clone(), reason: error.to_string() })?;
    let (from, until) = (parsed.validity.not_before.timestamp(), parsed.validity.not_after.timestamp());
    if now > until {
        return Err(TlsError::Expired { path, at: rfc3339(until) });
    }
    if now < from {
        return Err(TlsError::NotYet { path, at: rfc3339(from) });
    }
    Ok(())
}
