//! Settings, hand-over, pause.

use super::*;

const STRANGER: u8 = 9;
const SUCCESSOR: u8 = 8;

fn settings(proposal_ttl: i64, divest_cooldown: i64) -> Settings {
    Settings { min_stake: 1, proposal_ttl, divest_cooldown, min_thread_balance: 2 }
}

#[test]
fn a_deployment_begins_with_its_maker_as_both_authorities_and_nobody_invited() {
    let mut config = Config::zeroed();
    config.begin(wallet(1), wallet(2), wallet(3), 9);
    assert_eq!((config.authority, config.anchor_authority), (wallet(1), wallet(1)));
    assert_eq!((config.mint, config.token_program, config.decimals), (wallet(2), wallet(3), 9));
    assert_eq!((config.version, config.pending_authority), (LAYOUT_VERSION, Address::default()));
    assert!(config.running().is_ok(), "it runs from the beginning");
}

#[test]
fn the_times_in_the_settings_have_limits() {
    assert_eq!(Settings::LONGEST, 31_536_000);
    assert_eq!(Settings::DEFAULT_PROPOSAL_TTL, 604_800);
    let sound = [(1, 0), (1, 31_536_000), (31_536_000, 0), (604_800, 86_400)];
    for (ttl, cooldown) in sound {
        assert_eq!(config().set(&settings(ttl, cooldown)), Ok(()), "{ttl} {cooldown}");
    }
    let unsound = [(0, 0), (-1, 0), (31_536_001, 0), (i64::MIN, 0), (1, -1), (1, 31_536_001), (1, i64::MAX)];
    for (ttl, cooldown) in unsound {
        let refused = refusal(config().set(&settings(ttl, cooldown)));
        assert_eq!(refused, ChoraleError::InvalidConfig, "{ttl} {cooldown}");
    }
}

#[test]
fn every_setting_is_kept() {
    let mut config = config();
    let settings =
        Settings { min_stake: 1, proposal_ttl: 2, divest_cooldown: 3, min_thread_balance: u64::MAX };
    config.set(&settings).unwrap();
    assert_eq!((config.min_stake.get(), config.proposal_ttl.get()), (1, 2));
    assert_eq!((config.divest_cooldown.get(), config.min_thread_balance.get()), (3, u64::MAX));
}

#[test]
fn only_the_authority_changes_the_settings() {
    let mut config = config();
    let update = ConfigUpdate { settings: settings(5, 6), anchor_authority: wallet(7) };
    assert_eq!(refusal(config.update(&wallet(STRANGER), &update)), ChoraleError::NotAuthority);
    config.update(&wallet(1), &update).unwrap();
    assert_eq!((config.proposal_ttl.get(), config.divest_cooldown.get()), (5, 6));
    assert_eq!((config.min_stake.get(), config.min_thread_balance.get()), (1, 2));
    assert_eq!((config.authority, config.anchor_authority), (wallet(1), wallet(7)));
}

#[test]
fn an_update_is_held_to_the_same_limits() {
    let update = ConfigUpdate { settings: settings(0, 0), anchor_authority: wallet(7) };
    assert_eq!(refusal(config().update(&wallet(1), &update)), ChoraleError::InvalidConfig);
}

#[test]
fn the_authority_is_handed_over_in_two_steps() {
    let mut config = config();
    config.invite(&wallet(1), wallet(SUCCESSOR)).unwrap();
    config.require_authority(&wallet(1)).expect("the old authority until the new one accepts");
    assert_eq!(refusal(config.require_authority(&wallet(SUCCESSOR))), ChoraleError::NotAuthority);
    assert_eq!(config.accept(&wallet(SUCCESSOR)), Ok(wallet(1)));
    config.require_authority(&wallet(SUCCESSOR)).unwrap();
    assert_eq!(refusal(config.require_authority(&wallet(1))), ChoraleError::NotAuthority);
    assert_eq!(refusal(config.invite(&wallet(1), wallet(1))), ChoraleError::NotAuthority);
}

#[test]
fn an_invitation_is_good_once() {
    let mut config = config();
    config.invite(&wallet(1), wallet(SUCCESSOR)).unwrap();
    config.accept(&wallet(SUCCESSOR)).unwrap();
    assert_eq!(config.pending_authority, Address::default());
    assert_eq!(refusal(config.accept(&wallet(SUCCESSOR))), ChoraleError::NotPendingAuthority);
}

#[test]
fn nobody_but_the_invited_wallet_accepts() {
    let mut config = config();
    for uninvited in [1, STRANGER, SUCCESSOR] {
        assert_eq!(refusal(config.accept(&wallet(uninvited))), ChoraleError::NotPendingAuthority);
    }
    config.invite(&wallet(1), wallet(SUCCESSOR)).unwrap();
    for uninvited in [1, STRANGER] {
        assert_eq!(refusal(config.accept(&wallet(uninvited))), ChoraleError::NotPendingAuthority);
    }
}

#[test]
fn an_invitation_is_taken_back_by_none_or_another() {
    for instead in [Address::default(), wallet(STRANGER)] {
        let mut config = config();
        config.invite(&wallet(1), wallet(SUCCESSOR)).unwrap();
        config.invite(&wallet(1), instead).unwrap();
        assert_eq!(refusal(config.accept(&wallet(SUCCESSOR))), ChoraleError::NotPendingAuthority);
        assert_eq!(config.pending_authority, instead);
    }
}

#[test]
fn only_the_authority_invites() {
    let mut config = config();
    let invitation = config.invite(&wallet(STRANGER), wallet(STRANGER));
    assert_eq!(refusal(invitation), ChoraleError::NotAuthority);
    assert_eq!(config.pending_authority, Address::default());
}

#[test]
fn only_the_authority_pauses_and_resumes() {
    let mut config = config();
    assert_eq!(refusal(config.pause(&wallet(STRANGER), true)), ChoraleError::NotAuthority);
    assert!(matches!(config.operation(), Operation::Running(_)));
    config.pause(&wallet(1), true).unwrap();
    assert!(matches!(config.operation(), Operation::Paused));
    assert_eq!(refusal(config.running()), ChoraleError::Paused);
    assert_eq!(refusal(config.pause(&wallet(STRANGER), false)), ChoraleError::NotAuthority);
    config.pause(&wallet(1), false).unwrap();
    assert!(config.running().is_ok());
}

#[test]
fn any_mark_but_zero_is_a_pause() {
    for paused in [1, 2, u8::MAX] {
        let config = Config { paused, ..config() };
        assert_eq!(refusal(config.running()), ChoraleError::Paused, "{paused}");
    }
}

#[test]
fn roots_are_the_anchor_authoritys_alone() {
    let mut config = config();
    config.require_anchor_authority(&wallet(1)).unwrap();
    config.anchor_authority = wallet(SUCCESSOR);
    config.require_anchor_authority(&wallet(SUCCESSOR)).unwrap();
    let refused = refusal(config.require_anchor_authority(&wallet(1)));
    assert_eq!(refused, ChoraleError::NotAnchorAuthority, "not even the authority");
}

#[test]
fn the_cooldown_ends_at_its_very_second() {
    let cases = [(0, COOLDOWN), (START, START + COOLDOWN), (i64::MAX - 10, i64::MAX), (-9, COOLDOWN - 9)];
    for (joined_at, free_at) in cases {
        let config = config();
        assert_eq!(config.require_cooled_down(joined_at, free_at), Ok(()), "joined at {joined_at}");
        let early = refusal(config.require_cooled_down(joined_at, free_at - 1));
        assert_eq!(early, ChoraleError::CooldownRunning, "joined at {joined_at}");
    }
}

#[test]
fn a_stake_is_at_least_the_minimum() {
    let config = config();
    let running = config.running().unwrap();
    for stake in [MIN_STAKE, MIN_STAKE + 1, u64::MAX] {
        assert_eq!(running.require_stake(stake), Ok(()));
    }
    for stake in [0, MIN_STAKE - 1] {
        assert_eq!(refusal(running.require_stake(stake)), ChoraleError::StakeTooLow);
    }
}

#[test]
fn a_proposal_lives_for_the_set_time_as_far_as_time_goes() {
    let config = config();
    let running = config.running().unwrap();
    assert_eq!(running.expiry(START), Ok(START + PROPOSAL_TTL));
    assert_eq!(running.expiry(i64::MAX - PROPOSAL_TTL), Ok(i64::MAX));
    assert_eq!(refusal(running.expiry(i64::MAX - PROPOSAL_TTL + 1)), ChoraleError::Overflow);
}
