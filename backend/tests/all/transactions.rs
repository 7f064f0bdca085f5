//! Preparing and relaying transactions.

use crate::rpc::Rpc;
use crate::story::{MINT, SALT, STAKE, THREAD, confirm, created, hash, initialized, proposed};
use crate::wallet::Keys;
use crate::world::{Answer, NO_CHAIN, World};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chorale::build::Deployment;
use chorale::state::ConfigUpdate;
use chorale_backend::Limits;
use chorale_domain::id::{Amount, ThreadId, Wallet};
use chorale_wire::Code;
use chorale_wire::http::{
    Health, HealthStatus, Prepare, Prepared, Relay, Relayed, Settings, Upload, Visibility,
};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_message::{Message, VersionedMessage};
use solana_transaction::versioned::VersionedTransaction;
use std::collections::BTreeSet;
use std::time::Duration;

/// A signed-in author in a world with a thread.
struct Author {
    world: World,
    keys: Keys,
    token: String,
}

impl Author {
    async fn at(rpc_url: &str) -> Self {
        let keys = Keys::new(10);
        let world = World::start(rpc_url, Limits::default()).await;
        confirm(&world.writer, [initialized(), created(THREAD, keys.wallet())]).await;
        let token = world.sign_in(&keys).await;
        Self { world, keys, token }
    }

    async fn upload(&self, body: &str) {
        let upload = Upload {
            thread: THREAD,
            hash: hash(body),
            salt: SALT,
            body: body.into(),
            visibility: Visibility::Public,
        };
        self.world.post("/v1/contents", Some(&self.token), &upload).await.good::<serde_json::Value>().await;
    }

    async fn prepare(&self, request: &Prepare) -> Answer {
        self.world.post("/v1/transactions/prepare", Some(&self.token), request).await
    }

    async fn prepared(&self, request: &Prepare) -> VersionedTransaction {
        let prepared: Prepared = self.prepare(request).await.good().await;
        assert_eq!((prepared.last_valid_block_height, prepared.compute_units), (155, 4321));
        wincode::deserialize(&STANDARD.decode(prepared.transaction).unwrap()).unwrap()
    }

    async fn relay(&self, transaction: &VersionedTransaction) -> Answer {
        let transaction = STANDARD.encode(wincode::serialize(transaction).unwrap());
        self.world.post("/v1/transactions", Some(&self.token), &Relay { transaction }).await
    }
}

fn sign(transaction: &mut VersionedTransaction, keys: &Keys) {
    transaction.signatures[0] = keys.sign(&transaction.message.serialize()).0.into();
}

fn new_thread() -> Prepare {
    Prepare::CreateThread { thread: ThreadId([5; 32]), approval_bps: 10_000 }
}

#[tokio::test]
async fn every_instruction_is_prepared_as_the_program_wants_it() {
    let rpc = Rpc::willing().await;
    let author = Author::at(&rpc.url).await;
    author.upload("hello").await;
    let guest = Keys::new(11).wallet();
    confirm(&author.world.writer, [proposed(THREAD, guest, "guest")]).await;

    let (wallet, thread, hello, bid) = (author.keys.wallet(), THREAD, hash("hello"), hash("guest"));
    let deployment =
        Deployment { mint: Address::from(MINT.0), token_program: chorale::address::TOKEN_PROGRAM };
    let expected = [
        (new_thread(), chorale::build::create_thread(wallet, ThreadId([5; 32]), 10_000)),
        (Prepare::Publish { thread, hash: hello }, chorale::build::publish(wallet, thread, hello)),
        (
            Prepare::Propose { thread, hash: hello, stake: Amount(9), open_until: 77 },
            chorale::build::propose(&deployment, wallet, thread, hello, 9, 77),
        ),
        (
            Prepare::Vote { thread, hash: bid, approve: true },
            chorale::build::vote(wallet, thread, bid, guest, STAKE.0, true),
        ),
        (Prepare::Settle { thread, hash: bid }, chorale::build::settle(wallet, thread, bid, guest)),
        (Prepare::Expire { thread, hash: bid }, chorale::build::expire(wallet, thread, bid, guest)),
        (Prepare::Cancel { thread, hash: bid }, chorale::build::cancel(&deployment, wallet, thread, bid)),
        (Prepare::Claim { thread }, chorale::build::claim(&deployment, wallet, thread)),
        (
            Prepare::Divest { thread, at_least: Amount(5) },
            chorale::build::divest(&deployment, wallet, thread, 5),
        ),
        (Prepare::Archive { thread }, chorale::build::archive(wallet, thread)),
    ];
    let expected = expected.into_iter().chain(governing(wallet, &deployment));
    let mut prepared = BTreeSet::new();
    for (request, instruction) in expected {
        prepared.insert(serde_json::to_value(&request).unwrap()["instruction"].as_str().unwrap().to_owned());
        let transaction = author.prepared(&request).await;
        let message = message(&instruction, &author.keys);
        assert_eq!(transaction.message, message, "{request:?}");
        assert_eq!(transaction.signatures, [Default::default()], "{request:?}: nothing is signed here");
    }
    assert_eq!(prepared, instructions_of_the_program(), "each has its request, which is tried here");
}

/// What a deployment's authorities do.
fn governing(wallet: Wallet, deployment: &Deployment) -> Vec<(Prepare, Instruction)> {
    use chorale::build;
    let settings =
        Settings { min_stake: Amount(1), proposal_ttl: 2, divest_cooldown: 3, min_thread_balance: Amount(4) };
    let chosen =
        chorale::state::Settings { min_stake: 1, proposal_ttl: 2, divest_cooldown: 3, min_thread_balance: 4 };
    let (token_program, other) = (Wallet(deployment.token_program.to_bytes()), Keys::new(12).wallet());
    let update = ConfigUpdate { settings: chosen, anchor_authority: Address::from(other.0) };
    vec![
        (
            Prepare::Initialize { mint: MINT, token_program, settings },
            build::initialize(deployment, wallet, chosen),
        ),
        (Prepare::UpdateConfig { settings, anchor_authority: other }, build::update_config(wallet, update)),
        (Prepare::ProposeAuthority { pending: Some(other) }, build::propose_authority(wallet, Some(other))),
        (Prepare::ProposeAuthority { pending: None }, build::propose_authority(wallet, None)),
        (Prepare::AcceptAuthority {}, build::accept_authority(wallet)),
        (Prepare::SetPaused { paused: true }, build::set_paused(wallet, true)),
        (Prepare::AnchorRoot { slot: 9, root: hash("root") }, build::anchor_root(wallet, 9, hash("root").0)),
        (Prepare::WithdrawTreasury { amount: Amount(8) }, build::withdraw_treasury(deployment, wallet, 8)),
    ]
}

/// As the program's interface names them.
fn instructions_of_the_program() -> BTreeSet<String> {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo test says which folder this is");
    let idl = std::fs::read(std::path::PathBuf::from(folder).join("../idl/chorale.json")).unwrap();
    let idl: serde_json::Value = serde_json::from_slice(&idl).unwrap();
    let instructions = idl["instructions"].as_array().unwrap().iter();
    instructions.map(|instruction| instruction["name"].as_str().unwrap().to_owned()).collect()
}

fn message(instruction: &Instruction, payer: &Keys) -> VersionedMessage {
    let (payer, blockhash) = (Address::from(payer.wallet().0), [8; 32].into());
    VersionedMessage::Legacy(Message::new_with_blockhash(
        std::slice::from_ref(instruction),
        Some(&payer),
        &blockhash,
    ))
}

#[tokio::test]
async fn nothing_is_prepared_about_what_is_not_there() {
    let author = Author::at(NO_CHAIN).await;
    author.upload("hello").await;
    let (nowhere, thread) = (ThreadId([7; 32]), THREAD);
    let propose = |thread, hash| Prepare::Propose { thread, hash, stake: Amount(9), open_until: 0 };
    let unknown_thread = [
        Prepare::Publish { thread: nowhere, hash: hash("hello") },
        propose(nowhere, hash("hello")),
        Prepare::Vote { thread: nowhere, hash: hash("hello"), approve: true },
        Prepare::Settle { thread: nowhere, hash: hash("hello") },
        Prepare::Expire { thread: nowhere, hash: hash("hello") },
        Prepare::Cancel { thread: nowhere, hash: hash("hello") },
        Prepare::Claim { thread: nowhere },
        Prepare::Divest { thread: nowhere, at_least: Amount(0) },
        Prepare::Archive { thread: nowhere },
    ];
    for request in unknown_thread {
        let refusal = author.prepare(&request).await.refusal().await;
        assert_eq!(refusal, (404, Code::UnknownThread), "{request:?}");
    }
    for request in [Prepare::Publish { thread, hash: hash("x") }, propose(thread, hash("x"))] {
        let refusal = author.prepare(&request).await.refusal().await;
        assert_eq!(refusal, (409, Code::BodyMissing), "{request:?}");
    }
    let hash = hash("hello");
    for request in [
        Prepare::Vote { thread, hash, approve: true },
        Prepare::Settle { thread, hash },
        Prepare::Expire { thread, hash },
        Prepare::Cancel { thread, hash },
    ] {
        let refusal = author.prepare(&request).await.refusal().await;
        assert_eq!(refusal, (404, Code::UnknownProposal), "{request:?}");
    }
    let unknown = serde_json::json!({"instruction": "own_everything"});
    let unknown = author.world.post("/v1/transactions/prepare", Some(&author.token), &unknown).await;
    assert_eq!(unknown.refusal().await, (400, Code::MalformedRequest));
}

#[tokio::test]
async fn what_the_program_would_refuse_is_refused_before_anyone_signs() {
    let refused = serde_json::json!({"InstructionError": [0, {"Custom": 6006}]});
    let rpc = Rpc::refusing(refused, &chorale::ID.to_string()).await;
    let author = Author::at(&rpc.url).await;
    let problem = author.prepare(&new_thread()).await.problem().await;
    assert_eq!((problem.status, problem.code), (422, Code::ProgramRefused));
    let expected = chorale::error::ChoraleError::from_code(6006).unwrap();
    assert_eq!(
        (problem.program_error.as_deref(), problem.detail),
        (Some(expected.name()), expected.to_string())
    );
}

#[tokio::test]
async fn an_empty_wallet_is_told_so_in_words() {
    let rpc = Rpc::refusing(serde_json::json!("AccountNotFound"), "nobody").await;
    let author = Author::at(&rpc.url).await;
    let problem = author.prepare(&new_thread()).await.problem().await;
    assert_eq!(problem.program_error.as_deref(), Some("InsufficientFunds"));
    assert!(problem.detail.contains("SOL"), "{}", problem.detail);
}

#[tokio::test]
async fn a_prepared_and_signed_transaction_is_sent_once_however_often_it_is_relayed() {
    let rpc = Rpc::willing().await;
    let author = Author::at(&rpc.url).await;
    let mut transaction = author.prepared(&new_thread()).await;
    sign(&mut transaction, &author.keys);
    let (first, second) = tokio::join!(author.relay(&transaction), author.relay(&transaction));
    let (first, second): (Relayed, Relayed) = (first.good().await, second.good().await);
    assert_eq!(first.signature.0, <[u8; 64]>::from(transaction.signatures[0]));
    assert_eq!(first, second);
    assert_eq!(author.relay(&transaction).await.good::<Relayed>().await, first);
    assert_eq!(rpc.sent(), 1);
}

#[tokio::test]
async fn only_what_was_prepared_for_this_wallet_and_signed_by_it_is_relayed() {
    let rpc = Rpc::willing().await;
    let author = Author::at(&rpc.url).await;
    let prepared = author.prepared(&new_thread()).await;
    assert_eq!(author.relay(&prepared).await.refusal().await, (422, Code::UnsignedTransaction));
    let mut forged = prepared.clone();
    sign(&mut forged, &Keys::new(66));
    assert_eq!(author.relay(&forged).await.refusal().await, (422, Code::UnsignedTransaction));

    let mut altered = prepared.clone();
    let VersionedMessage::Legacy(message) = &mut altered.message else { panic!("legacy was asked for") };
    *message.instructions[0].data.last_mut().unwrap() ^= 1;
    sign(&mut altered, &author.keys);
    assert_eq!(author.relay(&altered).await.refusal().await, (422, Code::NotPrepared));

    let mut signed = prepared;
    sign(&mut signed, &author.keys);
    let other = author.world.sign_in(&Keys::new(66)).await;
    let transaction = STANDARD.encode(wincode::serialize(&signed).unwrap());
    let stolen = author.world.post("/v1/transactions", Some(&other), &Relay { transaction }).await;
    assert_eq!(stolen.refusal().await, (422, Code::NotPrepared));
    assert_eq!(rpc.sent(), 0, "nothing of this may have reached the chain");
}

#[tokio::test]
async fn a_transaction_for_another_program_is_called_that() {
    let rpc = Rpc::willing().await;
    let author = Author::at(&rpc.url).await;
    let transfer = Instruction::new_with_bytes(chorale::address::SYSTEM_PROGRAM, &[2; 12], vec![]);
    let message = message(&transfer, &author.keys);
    let mut transaction = VersionedTransaction { signatures: vec![Default::default()], message };
    sign(&mut transaction, &author.keys);
    let problem = author.relay(&transaction).await.problem().await;
    assert_eq!((problem.status, problem.code), (422, Code::NotPrepared));
    assert!(problem.detail.contains("program other than"), "{}", problem.detail);
}

#[tokio::test]
async fn what_is_no_transaction_is_refused() {
    let author = Author::at(NO_CHAIN).await;
    for text in ["", "???", "AAAA", &"A".repeat(4000)] {
        let relay = Relay { transaction: text.into() };
        let answer = author.world.post("/v1/transactions", Some(&author.token), &relay).await;
        assert_eq!(answer.refusal().await, (400, Code::MalformedRequest), "{text:?}");
    }
}

#[tokio::test]
async fn a_chain_that_is_away_is_named_and_noticed_when_it_is_back() {
    let rpc = Rpc::willing().await;
    let (url, address) = (rpc.url.clone(), rpc.url.replace("http://", ""));
    drop(rpc);
    let author = Author::at(&url).await;
    let problem = author.prepare(&new_thread()).await.problem().await;
    assert_eq!((problem.status, problem.code), (503, Code::ChainUnavailable));
    assert!(problem.detail.contains(&url), "{}", problem.detail);
    let health: Health = author.world.get("/v1/health").await.good().await;
    assert_eq!(health.status, HealthStatus::Degraded);

    let _back = Rpc::start(&address, serde_json::Value::Null, vec![]).await;
    let recovered = async {
        while author.world.get("/v1/health").await.good::<Health>().await.status == HealthStatus::Degraded {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let patience = crate::world::PATIENCE;
    tokio::time::timeout(patience, recovered)
        .await
        .expect("the backend did not notice that the chain is back");
    author.prepared(&new_thread()).await;
}
