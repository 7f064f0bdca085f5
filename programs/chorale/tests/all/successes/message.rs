//! Co-authors add messages.

use crate::harness::*;
use chorale_domain::ContentLog;
use chorale_domain::content_log::MAX_PEAKS;
use chorale_domain::event::Event;
use chorale_domain::proof::log_root;

#[test]
fn published_messages_enter_the_content_log_in_order() {
    let mut chain = Chain::new();
    let alice = chain.thread_of(1, 10_000).remove(0);
    let mut messages = vec![];
    for n in 1..=5 {
        let sent = chain.publish(&alice, hash(n)).unwrap();
        let published = Event::MessagePublished {
            thread: THREAD,
            hash: hash(n),
            author: wallet(&alice),
            sequence: u64::from(n) - 1,
            published_at: chain.time(),
        };
        assert_eq!(sent.events, [published]);
        assert_eq!(chain.message(hash(n)).unwrap().sequence.get(), u64::from(n) - 1);
        messages.push((hash(n), wallet(&alice)));
        let thread = chain.thread();
        let log = ContentLog::from_parts(thread.log_count.get(), thread.log_peaks);
        assert_eq!(log.root(), log_root(&messages), "after {n} messages");
    }
    let thread = chain.thread();
    assert_eq!(
        thread.log_peaks[2..],
        [[0; 32]; MAX_PEAKS - 2],
        "five leaves have two peaks, nothing stale behind"
    );
}
