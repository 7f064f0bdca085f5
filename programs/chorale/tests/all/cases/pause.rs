//! The deployment is paused in the middle of everything.

use crate::harness::*;
use chorale::build;
use chorale_domain::id::ThreadId;
use solana_keypair::Keypair;

/// Three co-authors with a balance, a treasury, and open proposals 1 to 4 of four authors; then paused.
fn paused_in_the_middle(chain: &mut Chain) -> (Vec<Keypair>, Vec<Keypair>) {
    let co_authors = chain.thread_of(3, 10_000);
    chain.endow(&co_authors[0], 303);
    chain.enrich_treasury(400);
    let authors: Vec<Keypair> = (1..=4)
        .map(|n| {
            let author = chain.wallet();
            chain.propose(&author, hash(n), 300).unwrap();
            author
        })
        .collect();
    chain.set_paused(true).unwrap();
    (co_authors, authors)
}

#[test]
fn paused_a_deployment_takes_nothing_new_until_it_is_resumed() {
    let mut chain = Chain::new();
    let (co_authors, _) = paused_in_the_middle(&mut chain);
    let (alice, stranger) = (&co_authors[0], chain.wallet());
    let create = build::create_thread(wallet(alice), ThreadId([9; 32]), 10_000);
    let another = create.clone();
    assert_eq!(refused(&mut chain, |chain| chain.send(&[create], alice)), "Paused");
    assert_eq!(refused(&mut chain, |chain| chain.publish(alice, hash(9))), "Paused");
    assert_eq!(refused(&mut chain, |chain| chain.propose(&stranger, hash(9), MIN_STAKE)), "Paused");
    chain.set_paused(false).unwrap();
    chain.send(&[another], alice).unwrap();
    chain.publish(alice, hash(8)).unwrap();
    chain.propose(&stranger, hash(9), MIN_STAKE).unwrap();
}

#[test]
fn paused_a_deployment_goes_on_deciding_what_is_open() {
    let mut chain = Chain::new();
    let (co_authors, authors) = paused_in_the_middle(&mut chain);
    for voter in &co_authors {
        chain.vote(voter, hash(1), &authors[0], true).unwrap();
    }
    assert!(chain.member(&authors[0]).is_some(), "approved");
    chain.vote(&co_authors[0], hash(2), &authors[1], false).unwrap();
    assert!(chain.proposal(hash(2)).is_none(), "rejected");
    chain.cancel(&authors[2], hash(3)).unwrap();
    assert_eq!(chain.tokens(&authors[2]), TOKENS);
    chain.wait(TTL);
    chain.expire(&co_authors[0], hash(4), &authors[3]).unwrap();
    assert_eq!(chain.thread().open_proposals.get(), 0);
}

#[test]
fn paused_a_deployment_still_settles_after_a_departure() {
    let mut chain = Chain::new();
    let (co_authors, authors) = paused_in_the_middle(&mut chain);
    for voter in &co_authors[..2] {
        chain.vote(voter, hash(1), &authors[0], true).unwrap();
    }
    chain.divest(&co_authors[2]).unwrap();
    assert_eq!(chain.settle(&co_authors[2], hash(1), &authors[0]).unwrap().kinds(), ["proposal_approved"]);
}

#[test]
fn paused_a_deployment_pays_out_everything_and_lets_everyone_go() {
    let mut chain = Chain::new();
    let (co_authors, authors) = paused_in_the_middle(&mut chain);
    chain.claim(&co_authors[0]).unwrap();
    for (n, author) in (1..).zip(&authors) {
        chain.cancel(author, hash(n)).unwrap();
    }
    chain.divest(&co_authors[1]).unwrap();
    chain.divest(&co_authors[2]).unwrap();
    chain.archive(&co_authors[0]).unwrap();
    chain.divest(&co_authors[0]).unwrap();
    let treasury = chain.treasury().balance.get();
    chain.withdraw(treasury).unwrap();
    assert_eq!(chain.treasury().held.get(), MIN_THREAD_BALANCE, "what the thread keeps");
}

#[test]
fn paused_a_deployment_is_still_governed() {
    let mut chain = Chain::new();
    paused_in_the_middle(&mut chain);
    let successor = chain.wallet();
    chain.anchor_root(0, [1; 32]).unwrap();
    chain.configure(SETTINGS).unwrap();
    chain.govern(|authority| build::propose_authority(authority, Some(wallet(&successor)))).unwrap();
    chain.send(&[build::accept_authority(wallet(&successor))], &successor).unwrap();
    assert_eq!(chain.config().paused, 1, "none of it resumes the deployment");
    chain.authority = successor;
    chain.set_paused(false).unwrap();
}
