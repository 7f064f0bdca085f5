//! A backend, seen with a wallet: writing, and acting on the chain.

use crate::action::Action;
use crate::client;
use crate::error::ClientError;
use crate::http::Http;
use crate::socket::SocketOptions;
use crate::transaction::review;
use chorale::build::Deployment;
use chorale_domain::content::{ContentHash, SALT_BYTES, Salt, check_body, content_hash};
use chorale_domain::id::{Hash32, Signature, ThreadId, Wallet};
use chorale_wire::http::{
    Content, Effects, Prepared, Relay, Session, SessionEntry, Sessions, Token, TokenRequest, TransactionView,
    Upload, Visibility,
};
use chorale_wire::socket::Room;
use rand::CryptoRng;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// The wallet a keypair signs for.
#[must_use]
pub fn wallet_of(keypair: &Keypair) -> Wallet {
    Wallet(keypair.pubkey().to_bytes())
}

/// A signed-in wallet.
pub struct SignedIn {
    http: Http,
    session: Session,
    keypair: Keypair,
    deployment: Deployment,
}

/// A reviewed and signed transaction, not sent yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedAction {
    /// Names the transaction, from the moment it is signed.
    pub signature: Signature,
    transaction: String,
}

impl SignedIn {
    pub(crate) fn new(http: Http, session: Session, keypair: Keypair, deployment: Deployment) -> Self {
        Self { http, session, keypair, deployment }
    }

    /// Whose session it is.
    #[must_use]
    pub fn wallet(&self) -> Wallet {
        wallet_of(&self.keypair)
    }

    /// Options for a [`Socket`](crate::Socket) of this session, as [`Client::socket`](crate::Client::socket).
    #[must_use]
    pub fn socket(&self, rooms: impl IntoIterator<Item = Room>) -> SocketOptions {
        self.http.socket(self.token(), rooms)
    }

    /// The session's token, for sockets and for other clients.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.session.token
    }

    /// Uploads a text for `thread` that everyone may read, with a salt drawn from `random`, and returns the hash that
    /// stands for it.
    ///
    /// # Errors
    /// [`ClientError::Body`] before anything is sent, if it is empty or too large; else as any call.
    pub async fn upload(
        &self,
        thread: ThreadId,
        body: &str,
        random: &mut impl CryptoRng,
    ) -> Result<ContentHash, ClientError> {
        self.upload_for(thread, body, Visibility::Public, random).await
    }

    /// Uploads a text that not everyone may read.
    ///
    /// # Errors
    /// As [`upload`](Self::upload).
    pub async fn upload_for(
        &self,
        thread: ThreadId,
        body: &str,
        visibility: Visibility,
        random: &mut impl CryptoRng,
    ) -> Result<ContentHash, ClientError> {
        let mut salt: Salt = [0; SALT_BYTES];
        random.fill_bytes(&mut salt);
        let hash = content_hash(&salt, body);
        check_body(hash, &salt, body)?;
        let body = body.into();
        let upload = Upload { thread, hash, salt, body, visibility };
        self.http.post_only("/v1/contents", &upload).await?;
        Ok(hash)
    }

    /// Asks the backend what the action would do, without signing anything. It is the server's word.
    ///
    /// # Errors
    /// `program_refused` where the program would refuse it; else as any call.
    pub async fn effects(&self, action: &Action) -> Result<Effects, ClientError> {
        Ok(self.prepare(action).await?.effects)
    }

    async fn prepare(&self, action: &Action) -> Result<Prepared, ClientError> {
        self.http.post("/v1/transactions/prepare", &action.request()).await
    }

    /// As [`Client::content`](crate::Client::content), with the rights of this wallet.
    ///
    /// # Errors
    /// Its.
    pub async fn content(&self, thread: ThreadId, hash: ContentHash) -> Result<Content, ClientError> {
        client::content(&self.http, thread, hash).await
    }

    /// Erases a text of one's own for good, with its salt. Its hash stays on the chain.
    ///
    /// # Errors
    /// `not_the_author`, `unknown_content`; else as any call.
    pub async fn erase(&self, thread: ThreadId, hash: ContentHash) -> Result<(), ClientError> {
        self.http.delete(&client::content_path(thread, hash)).await
    }

    /// Has the backend prepare the action, reviews the transaction, and signs it.
    ///
    /// # Errors
    /// [`ClientError::Altered`] if it is anything but the action; `program_refused` where the program
    /// would refuse it; else as any call. Nothing was sent to the chain.
    pub async fn sign(&self, action: &Action) -> Result<SignedAction, ClientError> {
        let prepared = self.prepare(action).await?;
        let instruction = action.instruction(self.wallet(), &self.deployment);
        let reviewed = review(&prepared.transaction, &instruction, self.wallet())?;
        let (transaction, signature) = reviewed.sign(&self.keypair);
        Ok(SignedAction { signature, transaction })
    }

    /// Sends a signed transaction. Its events come over the socket once the chain has confirmed it.
    ///
    /// # Errors
    /// As any call; after [`ClientError::Unreachable`] it may have been sent all the same.
    pub async fn relay(&self, signed: &SignedAction) -> Result<(), ClientError> {
        let transaction = signed.transaction.clone();
        self.http.post_only("/v1/transactions", &Relay { transaction }).await
    }

    /// [`sign`](Self::sign), then [`relay`](Self::relay); returns the signature that names the transaction.
    ///
    /// # Errors
    /// Theirs.
    pub async fn act(&self, action: &Action) -> Result<Signature, ClientError> {
        let signed = self.sign(action).await?;
        self.relay(&signed).await?;
        Ok(signed.signature)
    }

    /// All sessions of the wallet and all API tokens of its agents, oldest first.
    ///
    /// # Errors
    /// As any call.
    pub async fn sessions(&self) -> Result<Vec<SessionEntry>, ClientError> {
        let Sessions { sessions } = self.http.get("/v1/auth/sessions", &()).await?;
        Ok(sessions)
    }

    /// Ends one of them.
    ///
    /// # Errors
    /// `unknown_session` if it ended before; else as any call.
    pub async fn end_session(&self, id: Hash32) -> Result<(), ClientError> {
        self.http.delete(&format!("/v1/auth/sessions/{id}")).await
    }

    /// Makes an API token for an agent, which acts for this wallet within its scopes and never signs.
    ///
    /// # Errors
    /// `malformed_request`, which says what is wrong with it; `rate_limited` if there are too many; else as any call.
    pub async fn make_token(&self, request: &TokenRequest) -> Result<Token, ClientError> {
        self.http.post("/v1/auth/tokens", request).await
    }

    /// Ends all sessions of the wallet and all API tokens of its agents, this session too.
    ///
    /// # Errors
    /// As any call.
    pub async fn sign_out_everywhere(self) -> Result<(), ClientError> {
        self.http.delete("/v1/auth/sessions").await
    }

    /// How far a transaction is.
    ///
    /// # Errors
    /// As any call.
    pub async fn transaction(&self, signature: Signature) -> Result<TransactionView, ClientError> {
        self.http.get(&format!("/v1/transactions/{signature}"), &()).await
    }

    /// Ends the session.
    ///
    /// # Errors
    /// As any call.
    pub async fn sign_out(self) -> Result<(), ClientError> {
        self.http.delete("/v1/auth/session").await
    }
}
