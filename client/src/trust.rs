//! Which servers are believed to be those they say they are.

use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// What the backend speaks: a WebSocket begins as HTTP/1.1.
const ALPN: &[u8] = b"http/1.1";

/// Why nobody can be believed by a certificate.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It holds something else.
    #[error("there is no certificate in PEM: give what begins with -----BEGIN CERTIFICATE-----")]
    NoPem,
    /// It cannot be an authority's.
    #[error("the certificate cannot be used as an authority's: {0}")]
    Unusable(#[from] rustls::Error),
}

/// The authorities whose word is taken for who a server is, by HTTP and by WebSocket. A clone is the same one.
#[derive(Clone, Debug)]
pub struct Trust(Arc<ClientConfig>);

impl Trust {
    /// Those that browsers take, as Mozilla lists them: for servers with a public name.
    #[must_use]
    pub fn public() -> Self {
        Self::of(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect())
    }

    /// Those whose certificates these are, one or more in PEM, and no others: for deployments with an authority of
    /// their own, as which nobody else can pose then.
    ///
    /// # Errors
    /// [`TrustError`], which says what is wrong with them.
    pub fn only(pem: &[u8]) -> Result<Self, TrustError> {
        let given: Result<Vec<_>, PemError> = CertificateDer::pem_slice_iter(pem).collect();
        let given = given.ok().filter(|given| !given.is_empty()).ok_or(TrustError::NoPem)?;
        let mut roots = RootCertStore::empty();
        for certificate in given {
            roots.add(certificate)?;
        }
        Ok(Self::of(roots))
    }

    /// One configuration for both ways: neither knows an authority that the other does not.
    fn of(roots: RootCertStore) -> Self {
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .expect("ring has suites for both versions");
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![ALPN.to_vec()];
        Self(Arc::new(config))
    }

    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        self.0.clone()
    }
}

impl Default for Trust {
    fn default() -> Self {
        Self::public()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_named() {
        assert!(matches!(Trust::only(b"nothing"), Err(TrustError::NoPem)));
        let nonsense = "-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n";
        assert!(matches!(Trust::only(nonsense.as_bytes()), Err(TrustError::Unusable(_))));
    }
}
