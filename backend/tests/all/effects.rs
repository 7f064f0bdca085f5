//! What signing will do, in words and figures.

use crate::rpc::Rpc;
use crate::story::{STAKE, THREAD, confirm, created, hash, initialized, proposed};
use crate::wallet::Keys;
use crate::world::World;
use anchor_lang::Event as _;
use anchor_lang::event::EVENT_IX_TAG_LE;
use anchor_lang::prelude::{Address, PodU32};
use chorale::event::{EVENT_VERSION, ProposalApproved, VoteCast};
use chorale::state::{Approvers, MAX_CO_AUTHORS};
use chorale_backend::Limits;
use chorale_domain::id::{Amount, Wallet};
use chorale_domain::state::{Entity, EntityKey, ProposalStatus};
use chorale_wire::http::{Asset, BalanceChange, Effects, Prepare, Prepared};
use serde_json::{Value, json};

const GUEST: Wallet = Wallet([11; 32]);

/// What a co-author who is alone is told of voting for a guest.
async fn voting(rpc: &Rpc) -> Effects {
    let keys = Keys::new(10);
    let world = World::start(&rpc.url, Limits::default()).await;
    let story = [initialized(), created(THREAD, keys.wallet()), proposed(THREAD, GUEST, "let me in")];
    confirm(&world.writer, story).await;
    let token = world.sign_in(&keys).await;
    let vote = Prepare::Vote { thread: THREAD, hash: hash("let me in"), approve: true };
    let prepared: Prepared = world.post("/v1/transactions/prepare", Some(&token), &vote).await.good().await;
    prepared.effects
}

/// The program's events as an endpoint shows them.
fn shown(events: &[Vec<u8>]) -> Value {
    let instructions = events.iter().map(|event| {
        let data = bs58::encode([EVENT_IX_TAG_LE, event].concat()).into_string();
        json!({ "programId": chorale::ID.to_string(), "accounts": [], "data": data, "stackHeight": 2 })
    });
    json!([{ "index": 0, "instructions": instructions.collect::<Vec<_>>() }])
}

fn cast(voter: Wallet) -> Vec<u8> {
    let (voter, thread, hash) = (Address::from(voter.0), THREAD.0, hash("let me in").0);
    let (member, approve, voted_at) = (0.into(), true.into(), 310.into());
    VoteCast { version: EVENT_VERSION, thread, hash, voter, member, approve, voted_at }.data()
}

fn approved(voter: Wallet) -> Vec<u8> {
    let mut members = [PodU32::from(0); MAX_CO_AUTHORS];
    members[0] = 0.into();
    ProposalApproved {
        version: EVENT_VERSION,
        thread: THREAD.0,
        hash: hash("let me in").0,
        author: Address::from(GUEST.0),
        settled_by: Address::from(voter.0),
        member: 1.into(),
        sequence: 0.into(),
        share: STAKE.0.into(),
        to_treasury: 0.into(),
        approved_at: 310.into(),
        escrow: 0.into(),
        treasury: 0.into(),
        approvers: Approvers { count: 1, members },
    }
    .data()
}

#[tokio::test]
async fn a_deciding_vote_says_what_it_decides_and_what_it_brings() {
    let rpc = Rpc::willing().await;
    let voter = Keys::new(10).wallet();
    rpc.says(|says| {
        says.inner = shown(&[cast(voter), approved(voter)]);
        says.cost = Some(5);
    });
    let effects = voting(&rpc).await;
    let said = effects.sentences.join("\n");
    for part in
        ["Casts your vote for", "is approved", "Credits you 0.000007 tokens", "You pay 0.000000005 SOL"]
    {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
    assert_eq!(effects.unknown, Vec::<String>::new());
    let (account, asset) = (voter, Asset::Lamports);
    let paid = BalanceChange { account, asset, before: Amount(1_000), after: Amount(995) };
    assert_eq!((effects.balances, effects.rent), (vec![paid], Some(Amount(0))));
    let changed: Vec<_> = effects.changes.iter().map(|change| change.key.kind()).collect();
    assert_eq!(changed, ["thread", "member", "member", "proposal", "message"]);
    let proposal = EntityKey::Proposal(THREAD, hash("let me in"));
    let change = effects.changes.iter().find(|change| change.key == proposal).unwrap();
    assert!(matches!(&change.after, Entity::Proposal(after) if after.status == ProposalStatus::Approved));
}

#[tokio::test]
async fn what_the_endpoint_does_not_show_is_named() {
    let rpc = Rpc::willing().await;
    let effects = voting(&rpc).await;
    assert_eq!((effects.events, effects.changes, effects.rent), (vec![], vec![], None));
    let unknown = effects.unknown.join("\n");
    assert!(unknown.contains("balances") && unknown.contains("what the program would say"), "{unknown}");
}

#[tokio::test]
async fn events_that_do_not_fit_the_store_are_told_but_not_worked_out() {
    let rpc = Rpc::willing().await;
    let stranger = Wallet([66; 32]);
    rpc.says(|says| says.inner = shown(&[cast(stranger)]));
    let effects = voting(&rpc).await;
    assert_eq!((effects.events.len(), effects.changes.len()), (1, 0));
    assert!(
        effects.unknown.iter().any(|unknown| unknown.contains("behind the chain")),
        "{:?}",
        effects.unknown
    );
}
