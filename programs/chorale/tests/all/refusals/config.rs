//! Refused: setting up with what makes no sense, and governing without the authority.

use crate::harness::*;
use chorale::address;
use chorale::build::{self, Deployment};
use chorale::state::{ConfigUpdate, Settings};
use chorale_domain::id::Wallet;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signer::Signer;

fn settings() -> Settings {
    Settings { min_stake: 1, proposal_ttl: 1, divest_cooldown: 0, min_thread_balance: 0 }
}

fn initialize(chain: &mut Chain, deployment: &Deployment, settings: Settings) -> Result<Sent, Refused> {
    chain.govern(|authority| build::initialize(deployment, authority, settings))
}

#[test]
fn initialize_twice() {
    let mut chain = Chain::new();
    let deployment = chain.deployment;
    let refusal = refused(&mut chain, |chain| initialize(chain, &deployment, settings()));
    assert_eq!(refusal, "Custom(0)", "the system program says the account is in use");
}

#[test]
fn initialize_with_what_is_no_mint_or_of_another_program() {
    let mut chain = Chain::deployed();
    let good = chain.deployment;
    let stranger = Address::new_unique();
    let foreign = Deployment { token_program: stranger, ..good };
    assert_eq!(initialize(&mut chain, &foreign, settings()).unwrap_err(), "UnsupportedTokenProgram");
    chain.svm.set_account(stranger, mint_account(stranger)).unwrap();
    let not_owned = Deployment { mint: stranger, ..good };
    assert_eq!(initialize(&mut chain, &not_owned, settings()).unwrap_err(), "UnsupportedTokenProgram");
    let someone = chain.wallet();
    let token_account = Deployment { mint: chain.token_address(&someone), ..good };
    assert_eq!(initialize(&mut chain, &token_account, settings()).unwrap_err(), "InvalidMint");
}

fn settings_that_make_no_sense() -> [Settings; 6] {
    [
        Settings { proposal_ttl: 0, ..settings() },
        Settings { proposal_ttl: -1, ..settings() },
        Settings { proposal_ttl: Settings::LONGEST + 1, ..settings() },
        Settings { divest_cooldown: -1, ..settings() },
        Settings { divest_cooldown: Settings::LONGEST + 1, ..settings() },
        Settings { divest_cooldown: i64::MAX, ..settings() },
    ]
}

#[test]
fn initialize_with_times_that_make_no_sense() {
    let mut chain = Chain::deployed();
    let deployment = chain.deployment;
    for bad in settings_that_make_no_sense() {
        assert_eq!(initialize(&mut chain, &deployment, bad).unwrap_err(), "InvalidConfig", "{bad:?}");
    }
}

#[test]
fn initialize_by_someone_who_may_not_upgrade_the_program() {
    let mut chain = Chain::deployed();
    let deployment = chain.deployment;
    chain.set_upgrade_authority(Some(Address::new_unique()));
    let refusal = refused(&mut chain, |chain| initialize(chain, &deployment, settings()));
    assert_eq!(refusal, "NotUpgradeAuthority");
}

#[test]
fn initialize_with_another_account_in_the_place_of_the_programs_data() {
    let mut chain = Chain::deployed();
    let (deployment, look_alike) = (chain.deployment, Address::new_unique());
    let mut data = chain.svm.get_account(&address::program_data()).unwrap();
    data.data.truncate(45);
    chain.svm.set_account(look_alike, data).unwrap();
    chain.set_upgrade_authority(Some(Address::new_unique()));
    for other in [look_alike, address::SYSTEM_PROGRAM, chorale::ID] {
        let refusal = refused(&mut chain, |chain| {
            chain.govern(|authority| {
                let mut initialize = build::initialize(&deployment, authority, settings());
                initialize.accounts[7].pubkey = other;
                initialize
            })
        });
        assert_eq!(refusal, "NotUpgradeAuthority");
    }
}

#[test]
fn changing_the_configuration_to_times_that_make_no_sense() {
    let mut chain = Chain::new();
    for bad in settings_that_make_no_sense() {
        assert_eq!(refused(&mut chain, |chain| chain.configure(bad)), "InvalidConfig", "{bad:?}");
    }
}

/// Everything that only the authority may do, as `signer` would send it.
fn acts_of_authority(deployment: &Deployment, signer: Wallet) -> [Instruction; 4] {
    let update = ConfigUpdate { settings: settings(), anchor_authority: Address::default() };
    [
        build::update_config(signer, update),
        build::propose_authority(signer, Some(signer)),
        build::set_paused(signer, true),
        build::withdraw_treasury(deployment, signer, 1),
    ]
}

#[test]
fn governing_without_the_authority() {
    let mut chain = Chain::new();
    let (_, mallory) = alice_and_bob(&mut chain);
    chain.enrich_treasury(500);
    for act in acts_of_authority(&chain.deployment, wallet(&mallory)) {
        assert_eq!(refused(&mut chain, |chain| chain.send(&[act], &mallory)), "NotAuthority");
    }
}

#[test]
fn governing_with_an_invitation_only_or_after_handing_over() {
    let mut chain = Chain::new();
    let (_, successor) = alice_and_bob(&mut chain);
    chain.enrich_treasury(500);
    let deployment = chain.deployment;
    chain.govern(|authority| build::propose_authority(authority, Some(wallet(&successor)))).unwrap();
    for act in acts_of_authority(&deployment, wallet(&successor)) {
        assert_eq!(refused(&mut chain, |chain| chain.send(&[act], &successor)), "NotAuthority");
    }
    chain.send(&[build::accept_authority(wallet(&successor))], &successor).unwrap();
    for act in acts_of_authority(&deployment, wallet(&chain.authority)) {
        assert_eq!(refused(&mut chain, |chain| chain.govern(|_| act)), "NotAuthority");
    }
}

#[test]
fn governing_without_the_authoritys_signature() {
    let mut chain = Chain::new();
    let (_, mallory) = alice_and_bob(&mut chain);
    for mut act in acts_of_authority(&chain.deployment, wallet(&chain.authority)) {
        act.accounts[0].is_signer = false;
        let refusal = refused(&mut chain, |chain| chain.send(&[act], &mallory));
        assert_eq!(refusal, "MissingRequiredSignature");
    }
}

#[test]
fn accepting_an_authority_that_was_offered_to_nobody_or_to_another_or_taken_back() {
    let mut chain = Chain::new();
    let (invited, mallory) = alice_and_bob(&mut chain);
    let accept = |who: &_| build::accept_authority(wallet(who));
    assert_eq!(refused(&mut chain, |chain| chain.send(&[accept(&mallory)], &mallory)), "NotPendingAuthority");
    chain.govern(|authority| build::propose_authority(authority, Some(wallet(&invited)))).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.send(&[accept(&mallory)], &mallory)), "NotPendingAuthority");
    let authority = chain.authority.insecure_clone();
    let refusal = refused(&mut chain, |chain| chain.send(&[accept(&authority)], &authority));
    assert_eq!(refusal, "NotPendingAuthority");
    chain.govern(|authority| build::propose_authority(authority, None)).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.send(&[accept(&invited)], &invited)), "NotPendingAuthority");
}

#[test]
fn accepting_an_authority_twice() {
    let mut chain = Chain::new();
    let (invited, _) = alice_and_bob(&mut chain);
    chain.govern(|authority| build::propose_authority(authority, Some(wallet(&invited)))).unwrap();
    let accept = || [build::accept_authority(wallet(&invited))];
    chain.send(&accept(), &invited).unwrap();
    assert_eq!(refused(&mut chain, |chain| chain.send(&accept(), &invited)), "NotPendingAuthority");
    assert_eq!(chain.config().authority, invited.pubkey());
}
