//! The backend over TLS, with a certificate of a throw-away authority, which `openssl` makes.

use crate::world::{PATIENCE, World};
use chorale_backend::{Limits, Tls, TlsError, TlsFiles};
use chorale_client::Trust;
use chorale_wire::socket::ServerFrame;
use futures::StreamExt;
use reqwest::{Certificate, Client};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::client_async;

/// Seconds of two days, for which the certificates are good.
const TWO_DAYS: i64 = 2 * 24 * 60 * 60;

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

fn openssl(folder: &Path, arguments: &str) {
    let made = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output();
    let made = made.expect("openssl is needed: install Debian's package openssl");
    assert!(made.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&made.stderr));
}

/// An authority, and certificates for this machine from it.
pub struct Authority(TempDir);

impl Authority {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").unwrap();
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        openssl(
            folder.path(),
            &format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=Authority -days 2"),
        );
        Self(folder)
    }

    /// Issues a certificate; its files are called by its name.
    fn issue(&self, name: &str) -> TlsFiles {
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        openssl(self.0.path(), &format!("req {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        let by = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names";
        openssl(self.0.path(), &format!("x509 -req -in {name}.csr -out {name}.pem {by}"));
        TlsFiles { certificate: self.path(&format!("{name}.pem")), key: self.path(&format!("{name}.key")) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The SDK's trust in it, and in no other.
    pub fn trust(&self) -> Trust {
        Trust::only(&std::fs::read(self.path("ca.pem")).unwrap()).unwrap()
    }

    fn client(&self) -> Client {
        let root = Certificate::from_pem(&std::fs::read(self.path("ca.pem")).unwrap()).unwrap();
        Client::builder().no_proxy().timeout(PATIENCE).add_root_certificate(root).build().unwrap()
    }

    fn connector(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.path("ca.pem")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }
}

pub async fn secured() -> (World, Authority) {
    let authority = Authority::new();
    let tls = Tls::load(authority.issue("server"), now()).unwrap();
    (World::secured(tls, Limits::default()).await, authority)
}

#[tokio::test]
async fn reads_are_answered_over_tls_and_browsers_are_told_to_stay_there() {
    let (world, authority) = secured().await;
    let answer = authority.client().get(format!("https://{}/v1/health", world.address)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn a_socket_opens_over_tls() {
    let (world, authority) = secured().await;
    let stream = TcpStream::connect(&world.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = authority.connector().connect(name, stream).await.expect("the certificate is good");
    let (mut socket, _) = client_async("wss://localhost/v1/ws", stream).await.expect("the upgrade works");
    let hello = timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
    assert!(matches!(serde_json::from_str(hello.to_text().unwrap()).unwrap(), ServerFrame::Hello { .. }));
}

/// What comes back for these bytes, until the backend hangs up.
async fn answer_to(world: &World, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(&world.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = vec![];
    let end = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    assert!(end.is_ok(), "the backend should hang up");
    answer
}

#[tokio::test]
async fn who_speaks_without_tls_is_hung_up_on_and_nobody_else_notices() {
    let (world, authority) = secured().await;
    let answer = answer_to(&world, b"GET /v1/health HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    let answer = authority.client().get(format!("https://{}/v1/health", world.address)).send().await;
    assert_eq!(answer.unwrap().status(), 200);
}

#[tokio::test]
async fn tls_1_1_is_refused() {
    let (world, _authority) = secured().await;
    // A client's hello for TLS 1.1: version, random, no session, one suite, no compression, signature algorithms.
    let extensions = [0, 8, 0, 13, 0, 4, 0, 2, 4, 3];
    let hello = [&[3, 2][..], &[7; 32], &[0], &[0, 2, 0xc0, 0x13], &[1, 0], &extensions].concat();
    let length = u8::try_from(hello.len()).unwrap();
    let record = [&[22, 3, 1, 0, length + 4][..], &[1, 0, 0, length], &hello].concat();
    let answer = answer_to(&world, &record).await;
    // An alert: fatal, protocol_version.
    assert_eq!((answer.first(), &answer[5..]), (Some(&21), &[2, 70][..]));
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_cut() {
    let authority = Authority::new();
    let tls = Tls::load(authority.issue("server"), now()).unwrap();
    let limits = Limits { head_within: Duration::from_millis(300), ..Limits::default() };
    let world = World::secured(tls, limits).await;
    assert_eq!(answer_to(&world, &[22, 3, 1]).await, [0_u8; 0]);
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_and_a_bad_one_is_not() {
    let authority = Authority::new();
    let files = authority.issue("server");
    let tls = Tls::load(files.clone(), now()).unwrap();
    let world = World::secured(tls.clone(), Limits::default()).await;
    let before = shown(&world, &authority).await;
    let renewed = authority.issue("renewed");
    std::fs::copy(&renewed.certificate, &files.certificate).unwrap();
    assert!(matches!(tls.reload(now()), Err(TlsError::Mismatch(_))), "its key is the old one's");
    assert_eq!(shown(&world, &authority).await, before);
    std::fs::copy(&renewed.key, &files.key).unwrap();
    tls.reload(now()).unwrap();
    assert_ne!(shown(&world, &authority).await, before);
}

async fn shown(world: &World, authority: &Authority) -> CertificateDer<'static> {
    let stream = TcpStream::connect(&world.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = authority.connector().connect(name, stream).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

#[test]
fn a_certificate_that_is_of_no_use_is_named_with_what_to_do() {
    let authority = Authority::new();
    let (good, other) = (authority.issue("server"), authority.issue("other"));
    let nothing = authority.path("nothing.pem");
    let nonsense = authority.path("names");
    let wrong = [
        (TlsFiles { certificate: nothing, ..good.clone() }, now(), "cannot read"),
        (TlsFiles { certificate: nonsense.clone(), ..good.clone() }, now(), "no certificate in PEM"),
        (TlsFiles { key: nonsense, ..good.clone() }, now(), "no private key in PEM"),
        (TlsFiles { key: other.key, ..good.clone() }, now(), "is not that of the certificate"),
        (good.clone(), now() + TWO_DAYS + 60, "expired at"),
        (good, now() - TWO_DAYS, "clock"),
    ];
    for (files, now, words) in wrong {
        let error = Tls::load(files, now).err().expect("it is of no use").to_string();
        assert!(error.contains(words), "{error} should say {words:?}");
    }
}
