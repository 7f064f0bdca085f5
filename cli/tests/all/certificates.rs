//! `chorale serve` with a certificate that is renewed under it.

use crate::process::until;
use crate::serving::Serving;
use chorale_client::Trust;
use chorale_domain::id::Wallet;
use reqwest::{Certificate, Client};
use solana_keypair::Keypair;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A certificate for this machine, signed by itself, in a folder.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    fn in_folder(folder: &Path) -> Self {
        Self { certificate: folder.join("cert.pem"), key: folder.join("key.pem") }
    }

    /// Makes it, in the place of the one before.
    fn renew(&self) {
        let mut openssl = Command::new("openssl");
        openssl.args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(' '));
        openssl.args("-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1".split(' '));
        openssl.args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"]).arg(&self.key);
        let made = openssl.arg("-out").arg(&self.certificate).output();
        let made = made.expect("openssl is needed: install Debian's package openssl");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    /// Trusts the present certificate and no other.
    fn client(&self) -> Client {
        let root = Certificate::from_pem(&std::fs::read(&self.certificate).unwrap()).unwrap();
        let client = Client::builder().no_proxy().tls_built_in_root_certs(false).add_root_certificate(root);
        client.build().unwrap()
    }
}

/// The SDK reads what it signs, and signs nothing that does not name the URL it came by.
async fn signs_in(url: &str, files: &Files) {
    let trust = Trust::only(&std::fs::read(&files.certificate).unwrap()).unwrap();
    let client = chorale_client::Client::trusting(url, trust).unwrap();
    client.sign_in(&Keypair::new()).await.expect("it signs in");
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_after_sighup() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::in_folder(folder.path());
    files.renew();
    let path = |path: &Path| path.display().to_string();
    let (certificate, key) = (path(&files.certificate), path(&files.key));
    let arguments = ["--tls-cert", &certificate, "--tls-key", &key];
    let serving = Serving::start(Wallet([7; 32]), &arguments).await;
    let health = format!("{}/v1/health", serving.url);
    assert!(health.starts_with("https://"));
    assert_eq!(files.client().get(&health).send().await.expect("it is trusted").status(), 200);
    signs_in(&serving.url, &files).await;
    files.renew();
    let renewed = files.client();
    assert!(renewed.get(&health).send().await.is_err(), "the one before is still shown");
    let hangup = Command::new("kill").args(["-HUP", &serving.id().to_string()]).status();
    assert!(hangup.unwrap().success());
    until("the renewed one is shown", async || renewed.get(&health).send().await.ok()).await;
    let (said, ended) = serving.stop().await;
    assert!(ended.success(), "{said}");
}
