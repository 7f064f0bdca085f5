//! Messages of a thread: in order, and each with what it takes to check it alone.

use super::extract::{Asked, Named};
use super::page::{Number, Page, cut};
use super::threads::{existing, with_text};
use crate::app::App;
use crate::auth::{Caller, scope};
use crate::error::ApiError;
use crate::reads::Reads;
use axum::Json;
use axum::extract::State;
use chorale_domain::content::ContentHash;
use chorale_domain::content_log::leaf_hash;
use chorale_domain::id::{Hash32, ThreadId, Wallet};
use chorale_domain::proof::TreeHead;
use chorale_domain::state::{Entity, EntityKey, Message};
use chorale_wire::Code;
use chorale_wire::http::{MessageProof, MessageView, Messages, Order};
use serde::{Deserialize, Deserializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// Of a sequence number: a log holds fewer than 2^20 messages.
const MAX_DIGITS: usize = 7;

/// `?order=&before=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Ordered {
    /// Which end comes first; the oldest where not said.
    #[serde(default)]
    #[param(inline, required = false)]
    order: Order,
    /// Only those below this sequence number.
    #[param(inline)]
    before: Option<Number>,
}

/// A message by its sequence number or by its content hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum MessageName {
    Sequence(u64),
    Hash(ContentHash),
}

impl<'de> Deserialize<'de> for MessageName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text.len() <= MAX_DIGITS && text.bytes().all(|digit| digit.is_ascii_digit());
        let name =
            if number { text.parse().ok().map(Self::Sequence) } else { text.parse().ok().map(Self::Hash) };
        let wrong = "give a message's sequence number or its hash, 64 hex digits";
        name.ok_or_else(|| serde::de::Error::custom(wrong))
    }
}

impl utoipa::PartialSchema for MessageName {
    fn schema() -> RefOr<Schema> {
        let name = ObjectBuilder::new().schema_type(Type::String);
        name.pattern(Some("^([0-9a-fA-F]{64}|[0-9]{1,7})$")).examples(["0"]).into()
    }
}

impl utoipa::ToSchema for MessageName {}

/// The messages of a thread with their texts
#[utoipa::path(
    get, path = "/v1/threads/{thread}/messages", tag = "threads", operation_id = "list_messages",
    description = "Those between `after` and `before`, both exclusive, from the end of the content log that `order` names. \
        The next page goes on with `next` as `after`, or as `before` with the latest first.",
    params(("thread" = ThreadId, Path, description = "The thread."), Page<Number>, Ordered),
    responses((status = OK, description = "One page.", body = Messages)),
    security((), ("session" = ["read"])),
    extensions(("x-problems" = json!([Code::UnknownThread])))
)]
pub(crate) async fn list(
    State(app): State<App>,
    reads: Reads,
    reader: Option<Caller<scope::Read>>,
    Named(thread): Named<ThreadId>,
    Asked(page): Asked<Page<Number>>,
    Asked(Ordered { order, before }): Asked<Ordered>,
) -> Result<Json<Messages>, ApiError> {
    let limit = page.limit()?;
    let (after, before) = (page.after.map(Number::unsigned), before.map(Number::unsigned));
    reads.existing(thread).await?;
    let mut messages = match order {
        Order::Oldest => reads.messages(thread, after, limit + 1).await?.clone(),
        Order::Latest => app.store.latest_messages(thread, before, limit + 1).await?,
    };
    let sequence = |message: &Message| message.sequence;
    messages.retain(|message| after.is_none_or(|after| sequence(message) > after));
    messages.retain(|message| before.is_none_or(|before| sequence(message) < before));
    let next = cut(&mut messages, limit, sequence);
    Ok(Json(Messages {
        messages: with_text(&reads, reader.map(Wallet::from), thread, messages).await?,
        next,
    }))
}

/// A message with the proof that it is in the thread's content log
#[utoipa::path(
    get, path = "/v1/threads/{thread}/messages/{message}", tag = "threads", operation_id = "show_message",
    description = "Leaf, path, root and size are RFC 6962's: whoever has size and root from the thread's account on \
        the chain checks the rest alone.",
    params(
        ("thread" = ThreadId, Path, description = "The thread."),
        ("message" = inline(MessageName), Path, description = "Its sequence number or its content hash."),
    ),
    responses((status = OK, description = "The message.", body = MessageProof)),
    security((), ("session" = ["read"])),
    extensions(("x-problems" = json!([Code::UnknownThread, Code::UnknownMessage])))
)]
pub(crate) async fn show(
    State(app): State<App>,
    reads: Reads,
    reader: Option<Caller<scope::Read>>,
    Named((thread, name)): Named<(ThreadId, MessageName)>,
) -> Result<Json<MessageProof>, ApiError> {
    let state = existing(&app, thread).await?;
    let unknown = || ApiError::unknown_message(thread);
    let message = find(&app, thread, name).await?.ok_or_else(unknown)?;
    let tree = app.logs.tree(&app.store, &state).await?;
    // The message may be newer than the thread's state, which was read before it.
    let proof = tree.prove_inclusion(message.sequence, tree.size()).map_err(|_| unknown())?;
    let leaf = Hash32(leaf_hash(&message.hash.0, &message.author.0));
    let head = TreeHead { size: tree.size(), root: tree.root() };
    let message = viewed(&reads, reader.map(Wallet::from), thread, message).await?.ok_or_else(unknown)?;
    Ok(Json(MessageProof { message, leaf, proof, head }))
}

async fn find(app: &App, thread: ThreadId, name: MessageName) -> Result<Option<Message>, ApiError> {
    match name {
        MessageName::Sequence(sequence) => {
            let after = sequence.checked_sub(1);
            let found = app.store.messages(thread, after, 1).await?.pop();
            Ok(found.filter(|message| message.sequence == sequence))
        }
        MessageName::Hash(hash) => {
            let found = app.store.entity(&EntityKey::Message(thread, hash)).await?;
            Ok(found.and_then(|found| match found.entity {
                Entity::Message(message) => Some(message),
                _ => None,
            }))
        }
    }
}

async fn viewed(
    reads: &Reads,
    who: Option<Wallet>,
    thread: ThreadId,
    message: Message,
) -> Result<Option<MessageView>, ApiError> {
    Ok(with_text(reads, who, thread, vec![message]).await?.pop())
}
