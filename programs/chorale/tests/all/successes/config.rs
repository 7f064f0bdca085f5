//! Setting a deployment up, and changing how it runs and who governs it.

use crate::harness::*;
use chorale::build;
use chorale::state::{ConfigUpdate, Settings};
use chorale::{address, seeds};
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, Wallet};
use solana_account::Account;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;

const CHANGED: Settings =
    Settings { min_stake: 7, proposal_ttl: 77, divest_cooldown: 777, min_thread_balance: 7_777 };

fn initialize(chain: &mut Chain) -> Result<Sent, Refused> {
    let deployment = chain.deployment;
    chain.govern(|authority| build::initialize(&deployment, authority, SETTINGS))
}

#[test]
fn initialize_fixes_token_and_settings_and_makes_the_signer_the_authority() {
    let mut chain = Chain::deployed();
    let sent = initialize(&mut chain).unwrap();
    let authority = wallet(&chain.authority);
    let initialized = Event::ConfigInitialized {
        authority,
        anchor_authority: authority,
        mint: Wallet(chain.deployment.mint.to_bytes()),
        token_program: Wallet(address::TOKEN_PROGRAM.to_bytes()),
        decimals: 6,
        min_stake: Amount(MIN_STAKE),
        proposal_ttl: TTL,
        divest_cooldown: COOLDOWN,
        min_thread_balance: Amount(MIN_THREAD_BALANCE),
    };
    assert_eq!(sent.events, [initialized]);
    let config = chain.config();
    assert_eq!((config.authority, config.anchor_authority), (chain.authority.pubkey(), config.authority));
    assert_eq!((config.pending_authority, config.paused), (Address::default(), 0));
    assert_eq!((config.mint, config.token_program), (chain.deployment.mint, address::TOKEN_PROGRAM));
    assert_eq!((config.min_stake.get(), config.proposal_ttl.get(), config.decimals), (MIN_STAKE, TTL, 6));
    assert_eq!(chain.token_amount(&address::vault()), 0);
    assert_eq!((chain.treasury().balance.get(), chain.roots().count), (0, 0));
}

#[test]
fn initialize_makes_the_vault_a_token_account_that_only_the_program_can_spend_from() {
    let chain = Chain::new();
    let vault = chain.svm.get_account(&address::vault()).unwrap();
    assert_eq!((vault.owner, vault.data.len()), (address::TOKEN_PROGRAM, 165));
    assert_eq!(&vault.data[..32], chain.deployment.mint.as_ref());
    let owner = Address::find_program_address(&[seeds::CONFIG], &chorale::ID).0;
    assert_eq!(&vault.data[32..64], owner.as_ref());
}

#[test]
fn the_upgrade_authority_sets_the_deployment_up() {
    let mut chain = Chain::deployed();
    chain.set_upgrade_authority(Some(chain.authority.pubkey()));
    initialize(&mut chain).expect("whoever may upgrade the program sets it up");
}

#[test]
fn a_program_that_nobody_can_upgrade_is_set_up_by_anyone() {
    for authority in [None, Some(Address::default())] {
        let mut chain = Chain::deployed();
        chain.set_upgrade_authority(authority);
        initialize(&mut chain).expect("there is no upgrade authority to ask");
    }
    let mut chain = Chain::deployed();
    let loaders = chain.svm.get_account(&address::program_data()).unwrap();
    let moved = Account { owner: Address::new_unique(), ..loaders };
    chain.svm.set_account(address::program_data(), moved).unwrap();
    initialize(&mut chain).expect("a program of another loader has no upgrade authority");
}

#[test]
fn the_authority_changes_every_setting() {
    let mut chain = Chain::new();
    let anchor_authority = Address::new_unique();
    let update = ConfigUpdate { settings: CHANGED, anchor_authority };
    let sent = chain.govern(|authority| build::update_config(authority, update)).unwrap();
    let updated = Event::ConfigUpdated {
        authority: wallet(&chain.authority),
        anchor_authority: Wallet(anchor_authority.to_bytes()),
        min_stake: Amount(7),
        proposal_ttl: 77,
        divest_cooldown: 777,
        min_thread_balance: Amount(7_777),
        updated_at: chain.time(),
    };
    assert_eq!(sent.events, [updated]);
    let config = chain.config();
    assert_eq!((config.min_stake.get(), config.proposal_ttl.get()), (7, 77));
    assert_eq!((config.divest_cooldown.get(), config.min_thread_balance.get()), (777, 7_777));
    assert_eq!((config.authority, config.anchor_authority), (chain.authority.pubkey(), anchor_authority));
}

#[test]
fn the_longest_and_the_shortest_times_can_be_set() {
    let mut chain = Chain::new();
    let longest = Settings { proposal_ttl: Settings::LONGEST, divest_cooldown: Settings::LONGEST, ..CHANGED };
    chain.configure(longest).expect("a year is the most");
    chain
        .configure(Settings { proposal_ttl: 1, divest_cooldown: 0, ..CHANGED })
        .expect("a second is the least");
}

/// Invites a wallet, or takes the invitation back.
fn invite(chain: &mut Chain, pending: Option<&Keypair>) -> Sent {
    chain.govern(|authority| build::propose_authority(authority, pending.map(wallet))).unwrap()
}

#[test]
fn the_authority_is_handed_over_in_two_steps() {
    let mut chain = Chain::new();
    let (successor, previous) = (chain.wallet(), wallet(&chain.authority));
    let proposed_at = chain.time();
    let sent = invite(&mut chain, Some(&successor));
    let pending = Some(wallet(&successor));
    assert_eq!(sent.events, [Event::AuthorityProposed { authority: previous, pending, proposed_at }]);
    assert_eq!(chain.config().pending_authority, successor.pubkey());
    assert_eq!(chain.config().authority, chain.authority.pubkey(), "an invitation changes nothing yet");

    let sent = chain.send(&[build::accept_authority(wallet(&successor))], &successor).unwrap();
    let (authority, accepted_at) = (wallet(&successor), chain.time());
    assert_eq!(sent.events, [Event::AuthorityAccepted { previous, authority, accepted_at }]);
    let config = chain.config();
    assert_eq!((config.authority, config.pending_authority), (successor.pubkey(), Address::default()));
    chain.authority = successor;
    chain.set_paused(true).expect("the successor governs");
}

#[test]
fn an_invitation_is_taken_back_or_given_to_another() {
    let mut chain = Chain::new();
    let (first, second) = (chain.wallet(), chain.wallet());
    invite(&mut chain, Some(&first));
    invite(&mut chain, Some(&second));
    assert_eq!(chain.config().pending_authority, second.pubkey());
    let sent = invite(&mut chain, None);
    let (authority, proposed_at) = (wallet(&chain.authority), chain.time());
    assert_eq!(sent.events, [Event::AuthorityProposed { authority, pending: None, proposed_at }]);
    assert_eq!(chain.config().pending_authority, Address::default());
}

#[test]
fn the_authority_stops_and_resumes_the_deployment() {
    let mut chain = Chain::new();
    let alice = chain.wallet();
    for paused in [true, true, false] {
        let sent = chain.set_paused(paused).unwrap();
        let (authority, set_at) = (wallet(&chain.authority), chain.time());
        assert_eq!(sent.events, [Event::PausedSet { authority, paused, set_at }]);
        assert_eq!(chain.config().paused, u8::from(paused));
    }
    chain.create_thread(&alice, 10_000).expect("resumed, it takes threads again");
}
