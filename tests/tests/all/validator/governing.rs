//! What concerns the whole deployment.

use super::scene::Scene;
use super::stage::{HASTY, MIN_STAKE, Stage, TOKENS, wallet};
use chorale::build;
use chorale::state::{Config, ConfigUpdate, Roots, Settings};
use chorale_domain::event::Event;
use solana_keypair::Keypair;
use solana_signer::Signer;

pub async fn only_the_upgrade_authority_sets_the_deployment_up(stage: &Stage) {
    let [stranger] = stage.wallets().await;
    let by = |signer: &Keypair| build::initialize(&stage.deployment, wallet(signer), HASTY);
    assert_eq!(stage.send(by(&stranger), &stranger).await.unwrap_err(), "NotUpgradeAuthority");
    assert_eq!(stage.node.fail(by(&stranger), &stranger).await, "NotUpgradeAuthority");
    let sent = stage.send(by(&stage.authority), &stage.authority).await.unwrap();
    assert_eq!(sent.kinds(), ["config_initialized"]);
    stage.costs.note_unlisted("initialize by the upgrade authority", sent.units);
    let again = stage.send(by(&stage.authority), &stage.authority).await.unwrap_err();
    assert_eq!(again, "Custom(0)", "the system program says the account is in use");
}

pub async fn only_the_authority_changes_the_settings(stage: &Stage, settings: Settings) {
    let [stranger] = stage.wallets().await;
    let update = ConfigUpdate { settings, anchor_authority: stage.authority.pubkey() };
    let by = |signer: &Keypair| build::update_config(wallet(signer), update);
    assert_eq!(stage.send(by(&stranger), &stranger).await.unwrap_err(), "NotAuthority");
    let sent = stage.send(by(&stage.authority), &stage.authority).await.unwrap();
    assert_eq!(sent.kinds(), ["config_updated"]);
    stage.costs.note("update_config", 1, sent.units);
    assert_eq!(config(stage).await.proposal_ttl.get(), settings.proposal_ttl);
}

async fn config(stage: &Stage) -> Config {
    stage.node.read(&chorale::address::config()).await.expect("the configuration")
}

pub async fn a_pause_stops_what_is_new_and_nothing_else(stage: &Stage) {
    let (scene, other) = (Scene::new(stage, 10), Scene::new(stage, 11));
    let [alice, bob, stranger] = stage.wallets().await;
    scene.create(&alice, 10_000).await.unwrap();
    scene.propose(&bob, scene.hash(1), MIN_STAKE).await.unwrap();
    let set = |signer: &Keypair, paused| build::set_paused(wallet(signer), paused);
    assert_eq!(stage.send(set(&stranger, true), &stranger).await.unwrap_err(), "NotAuthority");
    assert_eq!(
        stage.send(set(&stage.authority, true), &stage.authority).await.unwrap().kinds(),
        ["paused_set"]
    );
    assert_eq!(other.create(&alice, 10_000).await.unwrap_err(), "Paused");
    assert_eq!(scene.publish(&alice, scene.hash(2)).await.unwrap_err(), "Paused");
    assert_eq!(scene.propose(&stranger, scene.hash(2), MIN_STAKE).await.unwrap_err(), "Paused");
    scene.vote(&alice, scene.hash(1), &bob, true).await.expect("votes go on");
    scene.claim(&alice).await.expect("what is claimable stays claimable");
    let resumed = stage.send(set(&stage.authority, false), &stage.authority).await.unwrap();
    stage.costs.note("set_paused", 1, resumed.units);
    scene.publish(&alice, scene.hash(2)).await.expect("and everything goes on again");
}

pub async fn a_state_root_is_anchored_once_for_each_slot(stage: &Stage) {
    let [stranger] = stage.wallets().await;
    let anchor = |signer: &Keypair, slot, root| build::anchor_root(wallet(signer), slot, root);
    let (authority, slot, root) = (&stage.authority, stage.node.slot().await, [9; 32]);
    let refused = stage.send(anchor(&stranger, slot, root), &stranger).await.unwrap_err();
    assert_eq!(refused, "NotAnchorAuthority");
    let ahead = stage.send(anchor(authority, u64::MAX, root), authority).await.unwrap_err();
    assert_eq!(ahead, "SlotInFuture");
    assert_eq!(stage.send(anchor(authority, slot, [0; 32]), authority).await.unwrap_err(), "ZeroHash");
    let sent = stage.send(anchor(authority, slot, root), authority).await.unwrap();
    assert_eq!(sent.kinds(), ["root_anchored"]);
    stage.costs.note("anchor_root", 1, sent.units);
    assert_eq!(stage.send(anchor(authority, slot, root), authority).await.unwrap_err(), "SlotNotGrowing");
    let roots: Roots = stage.node.read(&chorale::address::roots()).await.expect("the roots");
    assert_eq!(roots.last().map(|last| (last.slot.get(), last.root)), Some((slot, root)));
}

/// Returns who has it then.
pub async fn the_authority_is_handed_over(stage: &Stage) -> Keypair {
    let [heir, stranger] = stage.wallets().await;
    let old = &stage.authority;
    let invite = |whom| build::propose_authority(wallet(old), whom);
    let accept = |signer: &Keypair| build::accept_authority(wallet(signer));
    let sent = stage.send(invite(Some(wallet(&heir))), old).await.unwrap();
    stage.costs.note("propose_authority", 1, sent.units);
    assert_eq!(stage.send(accept(&stranger), &stranger).await.unwrap_err(), "NotPendingAuthority");
    stage.send(invite(None), old).await.expect("an invitation can be taken back");
    assert_eq!(stage.send(accept(&heir), &heir).await.unwrap_err(), "NotPendingAuthority");
    stage.send(invite(Some(wallet(&heir))), old).await.unwrap();
    let sent = stage.send(accept(&heir), &heir).await.unwrap();
    assert_eq!(sent.kinds(), ["authority_accepted"]);
    stage.costs.note("accept_authority", 1, sent.units);
    let late = stage.send(build::set_paused(wallet(old), true), old).await.unwrap_err();
    assert_eq!(late, "NotAuthority");
    assert_eq!(config(stage).await.authority, heir.pubkey());
    heir
}

pub async fn the_authority_withdraws_the_treasury(stage: &Stage, authority: &Keypair) {
    let balance = stage.treasury().await.balance.get();
    let withdraw = |amount| build::withdraw_treasury(&stage.deployment, wallet(authority), amount);
    assert_eq!(stage.send(withdraw(0), authority).await.unwrap_err(), "NothingToWithdraw");
    assert_eq!(stage.send(withdraw(balance + 1), authority).await.unwrap_err(), "TreasuryTooLow");
    let before = build::withdraw_treasury(&stage.deployment, wallet(&stage.authority), 1);
    assert_eq!(stage.send(before, &stage.authority).await.unwrap_err(), "NotAuthority");
    let sent = stage.send(withdraw(balance), authority).await.unwrap();
    assert!(matches!(sent.events[..], [Event::TreasuryWithdrawn { treasury, .. }] if treasury.0 == 0));
    stage.costs.note("withdraw_treasury", 1, sent.units);
    assert_eq!(stage.tokens(authority).await, TOKENS + balance);
    assert_eq!(stage.treasury().await.balance.get(), 0);
}
