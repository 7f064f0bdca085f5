use super::encoded::{ALICE, created, created_as, event_data, initialized, published};
use super::running::{NEVER, SOON, Site, told};
use super::scripted::Scripted;
use crate::Limits;
use anchor_lang::event::EVENT_IX_TAG_LE;
use chorale::event::{Claimed, EVENT_VERSION};
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Long enough for several polls and retries to do what they must not.
async fn a_while() {
    sleep(Duration::from_millis(300)).await;
}

#[tokio::test]
async fn everything_is_indexed_in_the_order_of_the_chain_over_short_pages() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(60));
    chain.limit_pages(7);
    site.index(&chain, 62).await;
    let events = site.store.events_after(0, 100).await.unwrap();
    let signatures: Vec<_> = events.iter().map(|event| event.record.event().id.signature).collect();
    assert_eq!(signatures, chain.signatures());
    assert_eq!(site.store.verify(&mut |_| {}).await.unwrap(), vec![]);
}

#[tokio::test]
async fn a_transaction_that_the_node_does_not_have_yet_is_waited_for_and_nothing_passes_it() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(2));
    let late = chain.add(&[published([50; 32], 2)]);
    chain.withhold(late);
    chain.add(&[published([51; 32], 3)]);
    let running = site.start(&chain, SOON);
    site.reaches(4).await;
    a_while().await;
    assert_eq!(site.store.last_event().await.unwrap().0, 4);
    chain.give_out_everything();
    site.reaches(6).await;
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_slot_comes_in_as_a_whole_so_that_a_list_in_another_order_loses_nothing_of_it() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(2));
    chain.publish(2);
    let late = chain.add(&[created_as([2; 32])]);
    chain.withhold(late);
    chain.add_failed();
    chain.finalize(0);
    let running = site.start(&chain, SOON);
    site.reaches(4).await;
    a_while().await;
    assert_eq!(site.store.last_event().await.unwrap().0, 4, "half of a slot is in");
    running.stop().await.unwrap();
    chain.swap(4, 5);
    chain.give_out_everything();
    site.index(&chain, 6).await;
}

#[tokio::test]
async fn a_backlog_is_drained_slot_by_slot_so_that_a_list_in_another_order_does_not_stop_it() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(2));
    (2..8).for_each(|n| _ = chain.add(&[created_as([n; 32])]));
    site.index(&chain, 10).await;
    chain.swap(6, 7);
    (8..16).for_each(|n| _ = chain.add(&[created_as([n; 32])]));
    chain.finalize(0);
    let shutdown = CancellationToken::new();
    let limits = Limits { live: 3, batch: 1, scrub: None };
    let running = tokio::spawn(site.indexer(&chain, SOON).with_limits(limits).run(shutdown.clone()));
    site.reaches(18).await;
    shutdown.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(site.store.verify(&mut |_| {}).await.unwrap(), vec![]);
}

#[tokio::test]
async fn a_node_that_limits_comparisons_is_left_alone_and_everything_else_goes_on() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(2));
    chain.limit_accounts();
    let running = site.start(&chain, SOON);
    for n in 2..6 {
        chain.publish(n);
        site.reaches(i64::from(n) + 3).await;
        a_while().await;
    }
    running.stop().await.unwrap();
    assert_eq!(chain.account_questions(), 1, "it asked to be left alone");
    let rendered = site.metrics.render();
    assert!(rendered.contains(r#"comparisons_failed_total{reason="limited"} 1"#), "{rendered}");
}

#[tokio::test]
async fn a_node_that_does_not_answer_is_waited_for() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(3));
    chain.set_down(true);
    let running = site.start(&chain, SOON);
    a_while().await;
    assert_eq!(site.store.last_event().await.unwrap().0, 0);
    chain.set_down(false);
    site.reaches(5).await;
    chain.set_down(true);
    chain.publish(3);
    a_while().await;
    chain.set_down(false);
    site.reaches(6).await;
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_notice_wakes_it_and_many_notices_change_nothing_more() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(0));
    let running = site.start(&chain, NEVER);
    site.reaches(2).await;
    for n in 0..20 {
        chain.publish(n);
        (0..=n % 3).for_each(|_| chain.notify());
        site.reaches(3 + i64::from(n)).await;
    }
    (0..50).for_each(|_| chain.notify());
    a_while().await;
    assert_eq!(site.store.last_event().await.unwrap().0, 22);
    let mut fetched = chain.fetched();
    // But for the first one, which shows that a list goes back to it.
    fetched.retain(|signature| *signature != chain.signatures()[0]);
    assert_eq!(fetched, chain.signatures()[1..], "a transaction was fetched twice");
    running.stop().await.unwrap();
}

#[tokio::test]
async fn without_any_notice_it_looks_by_itself() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(0));
    let running = site.start(&chain, SOON);
    site.reaches(2).await;
    chain.publish(0);
    site.reaches(3).await;
    running.stop().await.unwrap();
}

#[tokio::test]
async fn stopped_and_started_in_the_middle_it_ends_as_if_it_had_never_stopped() {
    let chain = Scripted::with_messages(5);
    let mut stopping = Site::new().await;
    for n in 5..12 {
        stopping.index(&chain, i64::from(n) + 2).await;
        stopping = stopping.reopened().await;
        chain.add_failed();
        chain.publish(n);
    }
    stopping.index(&chain, 14).await;
    let whole = Site::new().await;
    whole.index(&chain, 14).await;
    assert_eq!(told(&stopping.store).await, told(&whole.store).await);
}

#[tokio::test]
async fn failed_transactions_are_passed_without_being_fetched() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(0));
    (0..3).for_each(|_| chain.add_failed());
    chain.publish(0);
    chain.add_failed();
    let running = site.start(&chain, SOON);
    site.reaches(3).await;
    a_while().await;
    running.stop().await.unwrap();
    let cursor = site.store.index_cursor().await.unwrap().unwrap();
    assert_eq!(Some(&cursor.signature), chain.signatures().last());
    let done = chain.signatures();
    assert!(chain.fetched().iter().all(|signature| [done[0], done[1], done[5]].contains(signature)));
}

#[tokio::test]
async fn data_that_cannot_be_decoded_becomes_a_dead_letter_and_the_rest_goes_on() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(0));
    let unknown = [EVENT_IX_TAG_LE, &[0xee; 40]].concat();
    let dead = chain.add(&[published([1; 32], 0), unknown]);
    chain.publish(1);
    site.index(&chain, 4).await;
    let letters = site.store.dead_letters(None, 10).await.unwrap();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert!(letter.signature == dead && letter.reason.contains("instruction 0/1"), "{letter:?}");
}

#[tokio::test]
async fn a_final_event_that_contradicts_its_thread_stops_that_thread_and_nothing_else() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(2));
    let (thread, wallet) = ([1; 32], ALICE);
    let (version, member, amount, claimed_at) = (EVENT_VERSION, 0.into(), 5.into(), 140.into());
    let impossible = Claimed { version, thread, wallet, member, amount, claimed_at };
    chain.add(&[event_data(&impossible)]);
    chain.publish(2);
    let running = site.start(&chain, SOON);
    site.reaches(4).await;
    a_while().await;
    assert_eq!(site.store.stopped().await.unwrap().len(), 0, "a fork can still drop it");
    assert_eq!(site.store.last_event().await.unwrap().0, 4, "what comes after it waits with it");
    chain.finalize(0);
    site.reaches(6).await;
    running.stop().await.unwrap();
    let stopped = site.store.stopped().await.unwrap();
    let [stopped] = stopped.as_slice() else { panic!("{stopped:?}") };
    assert!(stopped.stopped.reason.contains("claimable"), "{stopped:?}");
    assert_eq!(site.store.messages(stopped.stopped.thread, None, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_event_that_contradicts_the_deployment_stops_the_indexer_with_an_error_that_names_both() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(2));
    chain.finalize(0);
    site.index(&chain, 4).await;
    let before = told(&site.store).await;
    let signature = chain.add(&[initialized()]);
    let error = site.start(&chain, SOON).ends().await.unwrap_err().to_string();
    assert!(error.contains(&format!("{signature}/0/0")), "{error}");
    assert!(error.contains("config exists already"), "{error}");
    assert_eq!(told(&site.store).await, before);
}

#[tokio::test]
async fn a_contradiction_after_something_that_could_not_be_decoded_says_so() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(2));
    chain.add(&[[EVENT_IX_TAG_LE, &[0xee; 40]].concat()]);
    chain.finalize(0);
    site.index(&chain, 4).await;
    chain.add(&[initialized()]);
    let error = site.start(&chain, SOON).ends().await.unwrap_err().to_string();
    assert!(error.contains("config exists already"), "{error}");
    assert!(error.contains("1 transactions could not be decoded (dead letters)"), "{error}");
    assert!(error.contains("`chorale rebuild`"), "{error}");
}

#[tokio::test]
async fn another_chain_behind_the_same_url_changes_nothing() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(4));
    chain.finalize(1);
    site.index(&chain, 6).await;
    let before = told(&site.store).await;
    let other = Scripted::default();
    other.add_failed();
    for data in [initialized(), created()] {
        other.add(&[data]);
    }
    other.forget(1);
    // Same signatures as on the first chain, but the cursor's is not among them.
    let running = site.start(&other, SOON);
    a_while().await;
    running.stop().await.unwrap();
    assert_eq!(told(&site.store).await, before);
}

#[tokio::test]
async fn it_stops_when_asked_even_while_the_node_is_away() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(1));
    chain.set_down(true);
    let running = site.start(&chain, NEVER);
    a_while().await;
    running.stop().await.unwrap();
}
