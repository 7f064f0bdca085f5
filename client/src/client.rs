//! Reading from a backend, which needs no wallet; and signing in, which does.

use crate::challenge;
use crate::error::ClientError;
use crate::http::Http;
use crate::signed_in::{SignedIn, wallet_of};
use crate::socket::SocketOptions;
use crate::trust::Trust;
use chorale::build::Deployment;
use chorale_domain::content::ContentHash;
use chorale_domain::id::{Signature, ThreadId, Wallet};
use chorale_domain::state::EntityKey;
use chorale_wire::http::{
    Challenge, Content, Events, Fund, Funded, Health, Hits, Info, Members, MessageProof, Messages,
    NonceRequest, ProposalFilter, ProposalView, Proposals, SearchQuery, Session, SignIn, ThreadView, Threads,
    Versions, WalletView,
};
use chorale_wire::socket::{Room, VersionedEntity};
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// A backend, seen without a wallet.
#[derive(Clone, Debug)]
pub struct Client {
    http: Http,
}

impl Client {
    /// A client for the backend at `url`, such as `https://chorale.example`, which [`Trust::public`] has to know, or
    /// `http://127.0.0.1:8787`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::BadUrl`].
    pub fn new(url: &str) -> Result<Self, ClientError> {
        Self::trusting(url, Trust::public())
    }

    /// As [`new`](Self::new), for a server that these authorities know.
    ///
    /// # Errors
    /// [`ClientError::BadUrl`].
    pub fn trusting(url: &str, trust: Trust) -> Result<Self, ClientError> {
        Http::new(url, trust).map(|http| Self { http })
    }

    /// Where the backend's WebSocket is.
    #[must_use]
    pub fn socket_url(&self) -> String {
        self.http.socket_url()
    }

    /// Options for a [`Socket`](crate::Socket) that follows `rooms` by this session's or agent's token. What it is told,
    /// later reads of this client are never older than, at whichever backend of the same store.
    #[must_use]
    pub fn socket(&self, token: &str, rooms: impl IntoIterator<Item = Room>) -> SocketOptions {
        self.http.socket(token, rooms)
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
        self.proposals_with(thread, ProposalFilter::Pending, after, limit).await
    }

    /// As [`proposals`](Self::proposals), of those that `filter` lets through.
    ///
    /// # Errors
    /// `unknown_thread`; else as any call.
    pub async fn proposals_with(
        &self,
        thread: ThreadId,
        filter: ProposalFilter,
        after: Option<ContentHash>,
        limit: usize,
    ) -> Result<Proposals, ClientError> {
        let path = format!("/v1/threads/{thread}/proposals");
        self.http.get(&path, &(("status", filter), page("after", after), page("limit", Some(limit)))).await
    }

    /// One proposal, decided or not.
    ///
    /// # Errors
    /// `unknown_thread`, `unknown_proposal`; else as any call.
    pub async fn proposal(&self, thread: ThreadId, hash: ContentHash) -> Result<ProposalView, ClientError> {
        self.http.get(&format!("/v1/threads/{thread}/proposals/{hash}"), &()).await
    }

    /// One page of at most `limit` of those who are or were co-authors of a thread, after the number given.
    ///
    /// # Errors
    /// `unknown_thread`; else as any call.
    pub async fn members(
        &self,
        thread: ThreadId,
        after: Option<u32>,
        limit: usize,
    ) -> Result<Members, ClientError> {
        let path = format!("/v1/threads/{thread}/members");
        self.http.get(&path, &(page("after", after), page("limit", Some(limit)))).await
    }

    /// The last messages of a thread, newest first: at most `limit` whose sequence number is below `before`.
    ///
    /// # Errors
    /// `unknown_thread`; else as any call.
    pub async fn latest_messages(
        &self,
        thread: ThreadId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Messages, ClientError> {
        let path = format!("/v1/threads/{thread}/messages");
        self.http.get(&path, &(("order", "latest"), page("before", before), page("limit", Some(limit)))).await
    }

    /// A message with the proof that it is in the thread's log. The proof is checked here against the head that came
    /// with it; that head is the server's word until it is compared with the thread's account on the chain.
    ///
    /// # Errors
    /// `unknown_thread`, `unknown_message`; [`ClientError::Proof`] if the proof does not hold, or is about another
    /// message; else as any call.
    pub async fn message(&self, thread: ThreadId, hash: ContentHash) -> Result<MessageProof, ClientError> {
        let path = format!("/v1/threads/{thread}/messages/{hash}");
        let found: MessageProof = self.http.get(&path, &()).await?;
        found.proof.verify(&hash, &found.message.message.author, &found.head)?;
        Ok(found)
    }

    /// One page of at most `limit` events after the cursor given, of one thread or of all.
    ///
    /// # Errors
    /// As any call.
    pub async fn events(
        &self,
        thread: Option<ThreadId>,
        after: i64,
        limit: usize,
    ) -> Result<Events, ClientError> {
        let query = (("after", after), page("thread", thread), page("limit", Some(limit)));
        self.http.get("/v1/events", &query).await
    }

    /// An entity as it is, or as it was at the end of `slot`.
    ///
    /// # Errors
    /// `unknown_entity`; else as any call.
    pub async fn entity(&self, key: &EntityKey, slot: Option<u64>) -> Result<VersionedEntity, ClientError> {
        self.http.get(&entity_path(key), &[page("slot", slot)]).await
    }

    /// One page of at most `limit` versions of an entity, oldest first, after the version given.
    ///
    /// # Errors
    /// `unknown_entity`; else as any call.
    pub async fn versions(
        &self,
        key: &EntityKey,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Versions, ClientError> {
        let path = format!("{}/versions", entity_path(key));
        self.http.get(&path, &(page("after", after), page("limit", Some(limit)))).await
    }

    /// One page of at most `limit` of a wallet's seats and proposals, after the entity given.
    ///
    /// # Errors
    /// As any call.
    pub async fn wallet(
        &self,
        wallet: Wallet,
        after: Option<EntityKey>,
        limit: usize,
    ) -> Result<WalletView, ClientError> {
        let path = format!("/v1/wallets/{wallet}");
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
        let (authority, origin) = (self.http.authority(), &self.http.origin());
        challenge::check(&challenge.message, wallet, challenge::Server { authority, origin })?;
        let signature = keypair.sign_message(challenge.message.as_bytes());
        let sign_in = SignIn { wallet, message: challenge.message, signature: Signature(signature.into()) };
        self.http.post("/v1/auth/session", &sign_in).await
    }
}

/// A key is one part of the path: its slashes are not the path's.
fn entity_path(key: &EntityKey) -> String {
    format!("/v1/entities/{}", key.to_string().replace('/', "%2F"))
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
