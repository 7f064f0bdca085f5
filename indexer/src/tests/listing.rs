use super::scripted::Scripted;
use crate::chain::Chain;
use crate::error::Trouble;
use crate::listing::{Listing, Wanted, read};
use crate::source::SourceError;
use chorale_domain::id::Signature;
use chorale_store::IndexCursor;
use chorale_wire::socket::Commitment;
use std::collections::HashSet;
use tokio_util::sync::CancellationToken;

fn chain(transactions: usize) -> Scripted {
    let chain = Scripted::default();
    (0..transactions).for_each(|_| chain.add_failed());
    chain
}

/// Transaction `n` of a chain as the newest that is in and final.
fn base(chain: &Scripted, n: usize) -> IndexCursor {
    IndexCursor { signature: chain.signatures()[n], slot: 100 + n as u64 / 2 }
}

async fn listed(chain: &Scripted, base: Option<IndexCursor>) -> Result<Listing, Trouble> {
    let shutdown = CancellationToken::new();
    let wanted = Wanted { base, known: HashSet::new(), min_slot: 0, limit: 1_000 };
    read(Chain { source: chain, shutdown: &shutdown }, &wanted).await
}

async fn whole(chain: &Scripted, base: Option<IndexCursor>) -> Vec<Signature> {
    match listed(chain, base).await.unwrap() {
        Listing::Whole(list) => list.into_iter().map(|info| info.signature).collect(),
        Listing::Long(newest) => panic!("{} of the list is too much", newest.len()),
    }
}

async fn refused(chain: &Scripted, base: Option<IndexCursor>) -> Trouble {
    match listed(chain, base).await {
        Err(trouble) => trouble,
        Ok(list) => panic!("it was believed: {list:?}"),
    }
}

#[tokio::test]
async fn pages_of_any_size_give_the_same_list_oldest_first() {
    let chain = chain(400);
    let all = chain.signatures();
    for page in [1_000, 300, 63, 7, 1] {
        chain.limit_pages(page);
        assert_eq!(whole(&chain, None).await, all, "pages of {page}");
        for known in [0, 1, 17, 398, 399] {
            let base = base(&chain, known);
            assert_eq!(whole(&chain, Some(base)).await, all[known + 1..], "after {known}, pages of {page}");
        }
    }
}

#[tokio::test]
async fn an_empty_chain_gives_an_empty_list() {
    assert_eq!(whole(&chain(0), None).await, vec![]);
}

#[tokio::test]
async fn where_little_is_new_one_page_is_enough() {
    let chain = chain(400);
    assert_eq!(whole(&chain, Some(base(&chain, 390))).await.len(), 9);
    assert_eq!(chain.pages(), 1);
}

#[tokio::test]
async fn a_node_that_forgot_the_base_is_an_error_and_not_a_shorter_history() {
    let chain = chain(100);
    let base = base(&chain, 40);
    chain.forget(70);
    for page in [1_000, 7] {
        chain.limit_pages(page);
        let error = refused(&chain, Some(base)).await;
        let Trouble::Source(SourceError::Gap { url, cursor }) = &error else { panic!("{error}") };
        assert_eq!((url.as_str(), *cursor), ("scripted://chain", base.signature));
    }
}

#[tokio::test]
async fn an_unknown_base_is_noticed_as_soon_as_the_list_goes_past_its_slot() {
    let chain = chain(3_000);
    chain.limit_pages(100);
    let unknown = IndexCursor { signature: Signature([1; 64]), slot: base(&chain, 2_900).slot };
    let error = refused(&chain, Some(unknown)).await;
    assert!(matches!(error, Trouble::Source(SourceError::Gap { .. })), "{error}");
    assert!(chain.pages() <= 3, "{} pages of the list were read", chain.pages());
}

#[tokio::test]
async fn a_base_in_another_slot_is_another_transaction() {
    let chain = chain(100);
    let moved = IndexCursor { slot: 101, ..base(&chain, 60) };
    let error = refused(&chain, Some(moved)).await;
    assert!(matches!(error, Trouble::Source(SourceError::Gap { .. })), "{error}");
}

#[tokio::test]
async fn what_stands_before_a_final_transaction_is_final() {
    let chain = chain(10);
    chain.finalize(2);
    let Listing::Whole(list) = listed(&chain, None).await.unwrap() else { panic!("it is short") };
    let finals = list.iter().take_while(|info| info.commitment == Commitment::Finalized).count();
    assert_eq!((finals, list.len()), (6, 10));
}

#[tokio::test]
async fn of_a_list_that_is_too_long_only_the_newest_final_part_is_read() {
    let chain = chain(5_000);
    chain.finalize(10);
    chain.limit_pages(400);
    let Listing::Long(newest) = listed(&chain, None).await.unwrap() else { panic!("5,000 are too many") };
    assert!((1_001..1_500).contains(&newest.len()), "{}", newest.len());
    let all = chain.signatures();
    let first = all.len() - 20;
    let expected: Vec<_> = all[..first].iter().rev().take(newest.len()).copied().collect();
    assert_eq!(newest.iter().map(|info| info.signature).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn transactions_that_come_while_a_list_is_read_do_not_shift_it() {
    let chain = chain(50);
    chain.limit_pages(9);
    let all = chain.signatures();
    for page in 1..6 {
        chain.after_pages(page, |chain| (0..5).for_each(|_| chain.add_failed()));
    }
    assert_eq!(whole(&chain, Some(base(&chain, 9))).await, all[10..]);
}

#[tokio::test]
async fn a_fork_between_two_pages_makes_the_list_no_list() {
    let chain = chain(50);
    chain.limit_pages(9);
    chain.after_pages(1, |chain| {
        let dropped = chain.drop_newest(12);
        // The last of the first page, on which the second hangs, lands again; what was before it does not.
        dropped[3..].iter().for_each(|dropped| chain.land_again(*dropped));
    });
    let error = refused(&chain, Some(base(&chain, 9))).await;
    assert!(matches!(error, Trouble::Moved(_)), "{error}");
    assert_eq!(whole(&chain, Some(base(&chain, 9))).await, chain.signatures()[10..]);
}

#[tokio::test]
async fn a_fork_that_drops_where_a_page_ends_is_no_end_of_the_list() {
    for base in [None, Some(9)] {
        let chain = chain(50);
        let base = base.map(|n| self::base(&chain, n));
        chain.limit_pages(9);
        chain.after_pages(1, |chain| {
            chain.drop_newest(12);
            chain.add_failed();
        });
        let error = refused(&chain, base).await;
        assert!(matches!(error, Trouble::Moved(_)), "{error}");
    }
}

#[tokio::test]
async fn a_node_that_does_not_know_where_to_go_on_from_has_not_come_to_the_beginning() {
    let chain = chain(50);
    chain.finalize(0);
    chain.limit_pages(9);
    // Another node answers from the third page on. It knows nothing of what the second ended with.
    chain.after_pages(2, |chain| chain.forget(45));
    let error = refused(&chain, None).await;
    assert!(matches!(error, Trouble::Source(SourceError::NoAnswer { .. })), "{error}");
}
