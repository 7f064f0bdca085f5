//! A deployment whose token is Token-2022's, with accounts as wallets have them there.

use crate::harness::*;
use chorale::{address, build};
use solana_account::Account;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_2022_interface::error::TokenError;
use spl_token_2022_interface::extension::metadata_pointer::MetadataPointer;
use spl_token_2022_interface::extension::{ExtensionType, cpi_guard, memo_transfer};
use spl_token_2022_interface::instruction::reallocate;

fn chain() -> Chain {
    Chain::of_mint(mint_with::<MetadataPointer>())
}

/// A wallet whose account the associated token program made: with an immutable owner, and so longer.
fn newcomer(chain: &mut Chain) -> Keypair {
    let keypair = chain.wallet();
    let account = chain.token_address(&keypair);
    chain.svm.set_account(account, Account::default()).unwrap();
    chain.send(&[create_token_account(chain, &keypair)], &keypair).unwrap();
    let mut opened = chain.svm.get_account(&account).unwrap();
    assert!(opened.data.len() > 165, "an account with an extension");
    opened.data[64..72].copy_from_slice(&TOKENS.to_le_bytes());
    chain.svm.set_account(account, opened).unwrap();
    keypair
}

fn create_token_account(chain: &Chain, owner: &Keypair) -> Instruction {
    let accounts = vec![
        AccountMeta::new(owner.pubkey(), true),
        AccountMeta::new(chain.token_address(owner), false),
        AccountMeta::new_readonly(owner.pubkey(), false),
        AccountMeta::new_readonly(chain.deployment.mint, false),
        AccountMeta::new_readonly(address::SYSTEM_PROGRAM, false),
        AccountMeta::new_readonly(chain.deployment.token_program, false),
    ];
    Instruction { program_id: address::ASSOCIATED_TOKEN_PROGRAM, accounts, data: vec![0] }
}

/// Makes room for an extension in the owner's account.
fn room_for(chain: &Chain, owner: &Keypair, extension: ExtensionType) -> Instruction {
    let (program, account) = (chain.deployment.token_program, chain.token_address(owner));
    reallocate(&program, &account, &owner.pubkey(), &owner.pubkey(), &[], &[extension]).unwrap()
}

/// The owner takes payments only with a memo from now on.
fn require_memos(chain: &mut Chain, owner: &Keypair) {
    let (program, account) = (chain.deployment.token_program, chain.token_address(owner));
    let room = room_for(chain, owner, ExtensionType::MemoTransfer);
    let enable =
        memo_transfer::instruction::enable_required_transfer_memos(&program, &account, &owner.pubkey(), &[]);
    chain.send(&[room, enable.unwrap()], owner).unwrap();
}

#[test]
fn a_whole_life_with_a_token_2022_mint() {
    let mut chain = chain();
    assert_eq!(chain.config().token_program, address::TOKEN_2022_PROGRAM);
    let [alice, bob, carol, dave] = std::array::from_fn(|_| newcomer(&mut chain));
    chain.create_thread(&alice, 10_000).unwrap();
    chain.publish(&alice, hash(9)).unwrap();
    chain.propose(&bob, hash(1), 1_000).unwrap();
    chain.vote(&alice, hash(1), &bob, true).unwrap();
    chain.propose(&carol, hash(2), 601).unwrap();
    chain.vote(&alice, hash(2), &carol, true).unwrap();
    chain.vote(&bob, hash(2), &carol, false).unwrap();
    chain.propose(&dave, hash(3), 500).unwrap();
    chain.cancel(&dave, hash(3)).unwrap();
    chain.claim(&alice).unwrap();
    chain.wait(COOLDOWN);
    chain.divest(&bob).unwrap();
    chain.withdraw(300).unwrap();
    chain.archive(&alice).unwrap();
    chain.divest(&alice).unwrap();
    let left = [&alice, &bob, &carol, &dave].map(|who| chain.tokens(who));
    assert_eq!(left, [TOKENS + 1_000 + 141, TOKENS - 1_000 + 150, TOKENS - 601, TOKENS]);
    assert_eq!(chain.treasury().held.get(), MIN_THREAD_BALANCE);
}

#[test]
fn an_account_that_takes_payments_with_a_memo_only_stops_payments_to_itself_alone() {
    let mut chain = chain();
    let co_authors = chain.thread_of(3, 10_000);
    let [alice, bob, _] = &co_authors[..] else { panic!("three") };
    chain.claim(alice).unwrap();
    let careful = newcomer(&mut chain);
    require_memos(&mut chain, &careful);
    chain.propose(&careful, hash(1), 300).expect("paying in needs no memo");
    for voter in &co_authors {
        chain.vote(voter, hash(1), &careful, true).unwrap();
    }
    let late = chain.wallet();
    chain.propose(&late, hash(2), 400).unwrap();
    for voter in co_authors.iter().chain([&careful]) {
        chain.vote(voter, hash(2), &late, true).unwrap();
    }
    let no_memo = format!("Custom({})", TokenError::NoMemo as u32);
    assert_eq!(refused(&mut chain, |chain| chain.claim(&careful)), no_memo);
    chain.claim(bob).expect("others are paid");
    let mut elsewhere = build::claim(&chain.deployment, wallet(&careful), THREAD);
    elsewhere.accounts[5].pubkey = chain.token_address(bob);
    chain.send(&[elsewhere], &careful).expect("another account takes it");
}

#[test]
fn an_account_with_a_cpi_guard_stakes_nothing_and_hurts_nobody_else() {
    let mut chain = chain();
    chain.thread_of(1, 10_000);
    let guarded = newcomer(&mut chain);
    let (program, account) = (chain.deployment.token_program, chain.token_address(&guarded));
    let room = room_for(&chain, &guarded, ExtensionType::CpiGuard);
    let enable =
        cpi_guard::instruction::enable_cpi_guard(&program, &account, &guarded.pubkey(), &[]).unwrap();
    chain.send(&[room, enable], &guarded).unwrap();
    let blocked = format!("Custom({})", TokenError::CpiGuardTransferBlocked as u32);
    assert_eq!(refused(&mut chain, |chain| chain.propose(&guarded, hash(1), 300)), blocked);
    let other = chain.wallet();
    chain.propose(&other, hash(1), 300).unwrap();
}
