//! Transactions: prepared for a wallet to sign, relayed once it has. No key is held here.

use super::extract::Body;
use super::proposals::pending;
use super::threads::existing;
use crate::app::App;
use crate::auth::{Caller, scope};
use crate::chain::{decode, encode};
use crate::collector;
use crate::effects;
use crate::error::ApiError;
use crate::rate::{Action, Origin};
use crate::reader;
use axum::Json;
use axum::extract::State;
use chorale::build::{self, Deployment};
use chorale::state::ConfigUpdate;
use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::Proposal;
use chorale_wire::Code;
use chorale_wire::http::{ContentStatus, Prepare, Prepared, Relay, Relayed, Settings};
use solana_address::Address;
use solana_instruction::Instruction;

/// Builds an unsigned transaction, and says what signing it will do
#[utoipa::path(
    post, path = "/v1/transactions/prepare", tag = "transactions", operation_id = "prepare",
    description = "It is tried out without signature, so that what the program would refuse is refused here, before \
        anyone signs or pays.",
    request_body = Prepare,
    responses((status = OK, description = "The transaction, to be compared and signed.", body = Prepared)),
    security(("session" = ["relay"])),
    extensions(("x-problems" = json!([
        Code::UnknownThread, Code::UnknownProposal, Code::BodyMissing, Code::ProgramRefused, Code::ChainUnavailable,
        Code::RateLimited
    ])))
)]
pub(crate) async fn prepare(
    State(app): State<App>,
    caller: Caller<scope::Relay>,
    origin: Origin,
    Body(request): Body<Prepare>,
) -> Result<Json<Prepared>, ApiError> {
    app.rates.count(action(&request), origin, Some(caller.wallet())).await?;
    let instruction = instruction(&app, caller.wallet(), request).await?;
    let unsigned = app.chain.unsigned(caller.wallet(), instruction).await?;
    let simulation = app.chain.simulate(&unsigned.transaction).await?;
    let effects = effects::of(&app, caller.wallet(), &simulation).await?;
    app.prepared.offer(&unsigned.transaction.message, caller.wallet()).await;
    Ok(Json(Prepared {
        transaction: encode(&unsigned.transaction)?,
        last_valid_block_height: unsigned.last_valid_block_height,
        compute_units: simulation.compute_units,
        effects,
    }))
}

/// Sends on what was prepared here for this wallet and signed by it, nothing else
#[utoipa::path(
    post, path = "/v1/transactions", tag = "transactions", operation_id = "relay",
    request_body = Relay,
    responses((status = OK, description = "The chain took it.", body = Relayed)),
    security(("session" = ["relay"])),
    extensions(("x-problems" = json!([
        Code::NotPrepared, Code::UnsignedTransaction, Code::ProgramRefused, Code::ChainUnavailable, Code::RateLimited
    ])))
)]
pub(crate) async fn relay(
    State(app): State<App>,
    caller: Caller<scope::Relay>,
    origin: Origin,
    Body(relay): Body<Relay>,
) -> Result<Json<Relayed>, ApiError> {
    let signed = app.prepared.signed(decode(&relay.transaction)?, caller.wallet()).await?;
    // Asking again what was sent already costs the chain nothing.
    if !app.prepared.was_relayed(&signed) {
        app.rates.count(Action::Send, origin, Some(caller.wallet())).await?;
    }
    let signature = app.prepared.relay(signed, &app.chain).await?;
    Ok(Json(Relayed { signature }))
}

/// Every prepared transaction is tried out at the chain.
fn action(request: &Prepare) -> Action {
    match request {
        Prepare::CreateThread { .. } => Action::Create,
        _ => Action::Submit,
    }
}

async fn instruction(app: &App, wallet: Wallet, request: Prepare) -> Result<Instruction, ApiError> {
    Ok(match request {
        Prepare::CreateThread { thread, approval_bps } => build::create_thread(wallet, thread, approval_bps),
        Prepare::Publish { thread, hash } => {
            own_body(app, wallet, thread, hash).await?;
            build::publish(wallet, thread, hash)
        }
        Prepare::Propose { thread, hash, stake, open_until } => {
            own_body(app, wallet, thread, hash).await?;
            build::propose(&deployment(app).await?, wallet, thread, hash, stake.0, open_until)
        }
        Prepare::Vote { thread, hash, approve } => {
            let Proposal { author, stake, .. } = proposal(app, thread, hash).await?;
            build::vote(wallet, thread, hash, author, stake.0, approve)
        }
        Prepare::Settle { thread, hash } => {
            build::settle(wallet, thread, hash, proposal(app, thread, hash).await?.author)
        }
        Prepare::Expire { thread, hash } => {
            build::expire(wallet, thread, hash, proposal(app, thread, hash).await?.author)
        }
        Prepare::Cancel { thread, hash } => {
            proposal(app, thread, hash).await?;
            build::cancel(&deployment(app).await?, wallet, thread, hash)
        }
        Prepare::Claim { thread } => {
            existing(app, thread).await?;
            build::claim(&deployment(app).await?, wallet, thread)
        }
        Prepare::Divest { thread, at_least } => {
            existing(app, thread).await?;
            build::divest(&deployment(app).await?, wallet, thread, at_least.0)
        }
        Prepare::Archive { thread } => {
            existing(app, thread).await?;
            build::archive(wallet, thread)
        }
        Prepare::Initialize { mint, token_program, settings } => {
            build::initialize(&token(mint, token_program), wallet, chosen(settings))
        }
        Prepare::UpdateConfig { settings, anchor_authority } => {
            let anchor_authority = Address::from(anchor_authority.0);
            build::update_config(wallet, ConfigUpdate { settings: chosen(settings), anchor_authority })
        }
        Prepare::ProposeAuthority { pending } => build::propose_authority(wallet, pending),
        Prepare::AcceptAuthority {} => build::accept_authority(wallet),
        Prepare::SetPaused { paused } => build::set_paused(wallet, paused),
        Prepare::AnchorRoot { slot, root } => build::anchor_root(wallet, slot, root.0),
        Prepare::WithdrawTreasury { amount } => {
            build::withdraw_treasury(&deployment(app).await?, wallet, amount.0)
        }
    })
}

/// The settings as the program takes them.
fn chosen(settings: Settings) -> chorale::state::Settings {
    chorale::state::Settings {
        min_stake: settings.min_stake.0,
        proposal_ttl: settings.proposal_ttl,
        divest_cooldown: settings.divest_cooldown,
        min_thread_balance: settings.min_thread_balance.0,
    }
}

/// A pending proposal of a thread that there is.
async fn proposal(app: &App, thread: ThreadId, hash: ContentHash) -> Result<Proposal, ApiError> {
    existing(app, thread).await?;
    pending(app, thread, hash).await
}

/// Body first, then chain: what is voted on can be read. And one's own: another's hash is another's text. Whoever may not
/// know of a body is told what they would be told if it were not there.
async fn own_body(app: &App, wallet: Wallet, thread: ThreadId, hash: ContentHash) -> Result<(), ApiError> {
    existing(app, thread).await?;
    let reader = reader::within(app, Some(wallet), thread).await?;
    match app.content.get(&reader, thread, hash).await? {
        Some(content) if content.status == ContentStatus::Erased => Err(ApiError::erased(thread, hash)),
        Some(content) if content.author != wallet => Err(ApiError::body_of_another(thread, hash)),
        Some(content) if collector::is_due(&app.store, &content, (app.clock)()).await? => {
            Err(ApiError::body_due(thread, hash))
        }
        Some(_) => Ok(()),
        None => Err(ApiError::body_missing(thread, hash)),
    }
}

/// Mint and token program are what the chain says they are.
async fn deployment(app: &App) -> Result<Deployment, ApiError> {
    let config = app.store.config().await?.ok_or_else(ApiError::not_initialized)?;
    Ok(token(config.mint, config.token_program))
}

fn token(mint: Wallet, token_program: Wallet) -> Deployment {
    Deployment { mint: Address::from(mint.0), token_program: Address::from(token_program.0) }
}
