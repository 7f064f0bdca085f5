//! Reading from a backend, which needs no wallet; and signing in, which does.

use crate::challenge;
use crate::error::ClientError;
use crate::http::Http;
use crate::signed_in::{SignedIn, wallet_of};
use chorale::build::Deployment;
use chorale_domain::content::ContentHash;
use chorale_domain::id::{Signature, ThreadId, Wallet};
use chorale_wire::http::{
    Challenge, Content, Fund, Funded, Health, Hits, Info, NonceRequest, Proposals, SearchQuery, Session,
    SignIn, ThreadView, Threads,
};
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// A backend, seen without a wallet.
#[derive(Clone, Debug)]
pub struct Client {
    http: Http,
}

impl Client {
    /// A client for the backend at `url`, such as `http://127.0.0.1:8787`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::BadUrl`].
    pub fn new(url: &str) -> Result<Self, ClientError> {
        Http::new(url).map(|http| Self { http })
    }

    /// Where the backend's WebSocket is.
    #[must_use]
    pub fn socket_url(&self) -> String {
        self.http.socket_url()
    }

    /// Where the backend gets its truth.
    ///
    /// # Errors
    /// [`ClientError::OtherProgram`] if it follows a program this client does not know; else as any call.
    pub async fn info(&self) -> Result<Info, ClientError> {
        let info: Info = self.http.get("/v1/info", &()).await?;
        let ours = Wallet(chorale::ID.to_bytes());
        if info.program != ours {
            let theirs = info.program;
            return Err(ClientError::OtherProgram { theirs, ours });
        }
        Ok(info)
    }

    /// Whether all parts of the backend answer.
    ///
    /// # Errors
    /// As any call.
    pub async fn health(&self) -> Result<Health, ClientError> {
        self.http.get("/v1/health", &()).await
    }

    /// One page of at most `limit` threads, in the order of their ids, after the one given.
    ///
    /// # Errors
    /// As any call.
    pub async fn threads(&self, after: Option<ThreadId>, limit: usize) -> Result<Threads, ClientError> {
        self.http.get("/v1/threads", &(page("after", after), page("limit", Some(limit)))).await
    }

    /// A thread, its members, and at most `limit` of its messages after the given sequence number. Bodies come
    /// as the server sends them: [`content`](Self::content) holds one against its hash.
    ///
    /// # Errors
    /// `unknown_thread`; else as any call.
    pub async fn thread(
        &self,
        thread: ThreadId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<ThreadView, ClientError> {
        let path = format!("/v1/threads/{thread}");
        self.http.get(&path, &(page("after", after), page("limit", Some(limit)))).await
    }

    /// One page of at most `limit` of a thread's pending proposals, oldest first, after the one given.
    ///
    /// # Errors
    /// `unknown_thread`; else as any call.
    pub async fn proposals(
        &self,
        thread: ThreadId,
        after: Option<ContentHash>,
        limit: usize,
    ) -> Result<Proposals, ClientError> {
        let path = format!("/v1/threads/{thread}/proposals");
        self.http.get(&path, &(page("after", after), page("limit", Some(limit)))).await
    }

    /// A body with its salt, or without both where it is premium and whoever asks is no co-author. Its hash is checked
    /// here, so a body that comes back is the one the hash stands for.
    ///
    /// # Errors
    /// `unknown_content`, `content_erased`; [`ClientError::Body`] if it is another one; else as any call.
    pub async fn content(&self, thread: ThreadId, hash: ContentHash) -> Result<Content, ClientError> {
        content(&self.http, thread, hash).await
    }

    /// Searches the bodies, best first.
    ///
    /// # Errors
    /// As any call.
    pub async fn search(&self, query: &SearchQuery) -> Result<Hits, ClientError> {
        self.http.get("/v1/search", query).await
    }

    /// Has the faucet of a development backend fund `wallet`.
    ///
    /// # Errors
    /// `no_faucet` where there is none; else as any call.
    pub async fn fund(&self, wallet: Wallet) -> Result<Funded, ClientError> {
        self.http.post("/v1/faucet", &Fund { wallet }).await
    }

    /// Signs `keypair`'s wallet in, after reading what it is asked to sign.
    ///
    /// # Errors
    /// [`ClientError::Challenge`] if that is anything but a sign-in of this wallet at this server;
    /// [`ClientError::NotInitialized`] while the backend does not know its deployment; else as any call.
    pub async fn sign_in(&self, keypair: &Keypair) -> Result<SignedIn, ClientError> {
        let info = self.info().await?;
        let config = info.config.ok_or(ClientError::NotInitialized)?;
        let deployment = Deployment {
            mint: Address::from(config.mint.0),
            token_program: Address::from(config.token_program.0),
        };
        let session = self.open_session(keypair).await?;
        let http = self.http.with_token(&session.token);
        Ok(SignedIn::new(http, session, keypair.insecure_clone(), deployment))
    }

    async fn open_session(&self, keypair: &Keypair) -> Result<Session, ClientError> {
        let wallet = wallet_of(keypair);
        let challenge: Challenge = self.http.post("/v1/auth/nonce", &NonceRequest { wallet }).await?;
        challenge::check(&challenge.message, wallet, self.http.authority())?;
        let signature = keypair.sign_message(challenge.message.as_bytes());
        let sign_in = SignIn { wallet, message: challenge.message, signature: Signature(signature.into()) };
        self.http.post("/v1/auth/session", &sign_in).await
    }
}

/// One optional query parameter.
fn page<T: ToString>(name: &'static str, value: Option<T>) -> Option<(&'static str, String)> {
    value.map(|value| (name, value.to_string()))
}

/// A body, checked.
pub(crate) async fn content(
    http: &Http,
    thread: ThreadId,
    hash: ContentHash,
) -> Result<Content, ClientError> {
    let content: Content = http.get(&content_path(thread, hash), &()).await?;
    if let (Some(salt), Some(body)) = (&content.salt, &content.body) {
        chorale_domain::content::check_body(hash, salt, body)?;
    }
    Ok(content)
}

pub(crate) fn content_path(thread: ThreadId, hash: ContentHash) -> String {
    format!("/v1/threads/{thread}/contents/{hash}")
}
