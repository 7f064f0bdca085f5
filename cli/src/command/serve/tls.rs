//! Which certificate to show.

use chorale_backend::TlsFiles;
use clap::Args;
use std::path::PathBuf;

/// Both or none; without, a proxy before the backend has to encrypt.
#[derive(Args, Clone, Debug)]
pub(in crate::command) struct TlsArgs {
    /// The certificate and those between it and a root, in PEM; read again on SIGHUP and when it changes
    #[arg(long, value_name = "FILE", env = "CHORALE_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key, in PEM
    #[arg(long, value_name = "FILE", env = "CHORALE_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl TlsArgs {
    pub(in crate::command) fn is_given(&self) -> bool {
        self.tls_cert.is_some()
    }

    pub(in crate::command) fn files(self) -> Option<TlsFiles> {
        let (certificate, key) = self.tls_cert.zip(self.tls_key)?;
        Some(TlsFiles { certificate, key })
    }
}
