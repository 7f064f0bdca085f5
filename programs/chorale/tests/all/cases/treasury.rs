//! The treasury is drained to zero and fills again.

use crate::harness::*;

#[test]
fn the_treasury_is_drained_to_zero_and_back_again_and_again() {
    let mut chain = Chain::new();
    let (alice, bob) = alice_and_bob(&mut chain);
    chain.propose(&bob, hash(1), 777).unwrap();
    for (round, amount) in [(1, 250), (2, 100), (3, 999)] {
        chain.enrich_treasury(amount);
        assert_eq!(chain.treasury().balance.get(), amount, "round {round}");
        chain.withdraw(amount).unwrap();
        assert_eq!(chain.treasury().balance.get(), 0, "round {round}");
        assert_eq!(refused(&mut chain, |chain| chain.withdraw(1)), "TreasuryTooLow", "round {round}");
        assert_eq!(refused(&mut chain, |chain| chain.withdraw(0)), "NothingToWithdraw", "round {round}");
    }
    let authority = chain.authority.insecure_clone();
    assert_eq!(chain.tokens(&authority), 250 + 100 + 999);
    chain.expire(&alice, hash(1), &bob).expect("stakes of open proposals were untouched");
    assert_eq!(chain.treasury().balance.get(), 777);
}

#[test]
fn an_empty_treasury_stops_nobody_from_taking_out_what_is_theirs() {
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 10_000);
    let dave = chain.wallet();
    chain.endow(&co_authors[0], 303);
    chain.propose(&dave, hash(1), 500).unwrap();
    chain.enrich_treasury(400);
    let all = chain.treasury().balance.get();
    chain.withdraw(all).unwrap();
    chain.claim(&co_authors[0]).unwrap();
    chain.divest(&co_authors[1]).unwrap();
    chain.cancel(&dave, hash(1)).unwrap();
    assert_eq!(chain.tokens(&dave), TOKENS);
}
