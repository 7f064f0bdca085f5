//! Transactions: prepared for a wallet to sign, relayed once it has. No key is held here.

use super::extract::Body;
use super::threads::pending;
use crate::app::App;
use crate::auth::SignedIn;
use crate::chain::{decode, encode};
use crate::error::ApiError;
use crate::rate::{Action, Origin};
use crate::reads::Reads;
use axum::Json;
use axum::extract::State;
use chorale::build::{self, Deployment};
use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::Proposal;
use chorale_wire::http::{Prepare, Prepared, Relay, Relayed};
use solana_address::Address;
use solana_instruction::Instruction;

/// `POST /v1/transactions/prepare`: builds the transaction and tries it out without signature, so that what the
/// program would refuse is refused here, before anyone signs or pays.
pub(crate) async fn prepare(
    State(app): State<App>,
    reads: Reads,
    caller: SignedIn,
    origin: Origin,
    Body(request): Body<Prepare>,
) -> Result<Json<Prepared>, ApiError> {
    app.rates.count(action(&request), origin, Some(caller.wallet)).await?;
    let instruction = instruction(&app, &reads, caller.wallet, request).await?;
    let unsigned = app.chain.unsigned(caller.wallet, instruction).await?;
    let compute_units = app.chain.simulate(&unsigned.transaction).await?;
    app.prepared.offer(&unsigned.transaction.message, caller.wallet).await;
    Ok(Json(Prepared {
        transaction: encode(&unsigned.transaction)?,
        last_valid_block_height: unsigned.last_valid_block_height,
        compute_units,
    }))
}

/// `POST /v1/transactions`: sends on what was prepared here for this wallet and signed by it, nothing else.
pub(crate) async fn relay(
    State(app): State<App>,
    caller: SignedIn,
    Body(relay): Body<Relay>,
) -> Result<Json<Relayed>, ApiError> {
    let transaction = decode(&relay.transaction)?;
    let signature = app.prepared.relay(transaction, caller.wallet, &app.chain).await?;
    Ok(Json(Relayed { signature }))
}

/// Every prepared transaction is tried out at the chain, which is asked no more than this for anyone.
fn action(request: &Prepare) -> Action {
    match request {
        Prepare::CreateThread { .. } => Action::Create,
        _ => Action::Submit,
    }
}

async fn instruction(
    app: &App,
    reads: &Reads,
    wallet: Wallet,
    request: Prepare,
) -> Result<Instruction, ApiError> {
    Ok(match request {
        Prepare::CreateThread { thread, approval_bps } => build::create_thread(wallet, thread, approval_bps),
        Prepare::Publish { thread, hash } => {
            own_body(app, reads, wallet, thread, hash).await?;
            build::publish(wallet, thread, hash)
        }
        Prepare::Propose { thread, hash, stake, open_until } => {
            own_body(app, reads, wallet, thread, hash).await?;
            build::propose(&deployment(app).await?, wallet, thread, hash, stake.0, open_until)
        }
        Prepare::Vote { thread, hash, approve } => {
            let Proposal { author, stake, .. } = proposal(app, reads, thread, hash).await?;
            build::vote(wallet, thread, hash, author, stake.0, approve)
        }
        Prepare::Settle { thread, hash } => {
            build::settle(wallet, thread, hash, proposal(app, reads, thread, hash).await?.author)
        }
        Prepare::Expire { thread, hash } => {
            build::expire(wallet, thread, hash, proposal(app, reads, thread, hash).await?.author)
        }
        Prepare::Cancel { thread, hash } => {
            proposal(app, reads, thread, hash).await?;
            build::cancel(&deployment(app).await?, wallet, thread, hash)
        }
        Prepare::Claim { thread } => {
            reads.existing(thread).await?;
            build::claim(&deployment(app).await?, wallet, thread)
        }
        Prepare::Divest { thread, at_least } => {
            reads.existing(thread).await?;
            build::divest(&deployment(app).await?, wallet, thread, at_least.0)
        }
        Prepare::Archive { thread } => {
            reads.existing(thread).await?;
            build::archive(wallet, thread)
        }
    })
}

/// A pending proposal of a thread that there is.
async fn proposal(
    app: &App,
    reads: &Reads,
    thread: ThreadId,
    hash: ContentHash,
) -> Result<Proposal, ApiError> {
    reads.existing(thread).await?;
    pending(app, thread, hash).await
}

/// Body first, then chain: what is voted on can be read. And one's own: another's hash is another's text.
async fn own_body(
    app: &App,
    reads: &Reads,
    wallet: Wallet,
    thread: ThreadId,
    hash: ContentHash,
) -> Result<(), ApiError> {
    reads.existing(thread).await?;
    match app.content.get(thread, hash).await? {
        Some(content) if content.author == wallet => Ok(()),
        Some(_) => Err(ApiError::body_of_another(thread, hash)),
        None => Err(ApiError::body_missing(thread, hash)),
    }
}

/// Mint and token program are what the chain says they are.
async fn deployment(app: &App) -> Result<Deployment, ApiError> {
    let config = app.store.config().await?.ok_or_else(ApiError::not_initialized)?;
    Ok(Deployment {
        mint: Address::from(config.mint.0),
        token_program: Address::from(config.token_program.0),
    })
}
