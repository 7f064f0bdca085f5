use super::*;
use crate::{ContentError, ContentFilter, ContentStatus, Search};

const ALL: ContentFilter =
    ContentFilter { thread: None, author: None, from: None, until: None, status: None };

#[tokio::test]
async fn a_word_finds_the_bodies_it_is_in() {
    let fixture =
        Fixture::with(["The treasury holds the stakes.", "Co-authors vote.", "Grüße!"].map(new)).await;
    assert_eq!(fixture.find("treasury", ALL).await, ["The treasury holds the stakes."]);
    assert_eq!(fixture.find("voting", ALL).await, ["Co-authors vote."]);
    assert_eq!(fixture.find("grusse GRÜSSE grüße", ALL).await, ["Grüße!"]);
    assert!(fixture.find("unicorn", ALL).await.is_empty());
    assert!(fixture.find("?!", ALL).await.is_empty());
}

#[tokio::test]
async fn a_chinese_word_is_found_within_a_sentence() {
    let fixture = Fixture::with(["我们共同写作并证明。", "天气很好。"].map(new)).await;
    assert_eq!(fixture.find("写作", ALL).await, ["我们共同写作并证明。"]);
}

#[tokio::test]
async fn the_better_match_comes_first() {
    let rare = "Escrow belongs to the stake.";
    let common = "The stake belongs to the author.";
    let unlike = "Rivers run to the sea.";
    let fixture = Fixture::with([unlike, common, rare].map(new)).await;
    assert_eq!(fixture.find("escrow stake", ALL).await, [rare, common]);
    let query = Search { text: "escrow stake".into(), filter: ALL, limit: 1 };
    let hits = fixture.store.search(query).await.unwrap();
    assert!(matches!(&hits[..], [(score, record)] if *score > 0.0 && record.body == rare), "{hits:?}");
}

#[tokio::test]
async fn a_blank_text_lists_the_newest_first() {
    let fixture = Fixture::with([new_at("old", 10), new_at("new", 30), new_at("middle", 20)]).await;
    assert_eq!(fixture.find(" ", ALL).await, ["new", "middle", "old"]);
    let query = Search { text: String::new(), filter: ALL, limit: 2 };
    let newest = fixture.store.search(query).await.unwrap();
    let shown: Vec<_> = newest.iter().map(|(score, record)| (*score, record.body.as_str())).collect();
    assert_eq!(shown, [(0.0, "new"), (0.0, "middle")]);
}

#[tokio::test]
async fn a_decision_moves_a_body_between_filters() {
    let fixture = Fixture::with([new("a proposal")]).await;
    let found =
        async |status| fixture.find("proposal", ContentFilter { status: Some(status), ..ALL }).await.len();
    assert_eq!(found(ContentStatus::Pending).await, 1);
    let hash = new("a proposal").hash;
    fixture.store.set_status(POLICY, hash, ContentStatus::Approved).await.unwrap();
    assert_eq!((found(ContentStatus::Pending).await, found(ContentStatus::Approved).await), (0, 1));
}

#[tokio::test]
async fn a_period_contains_its_begin_and_not_its_end() {
    let fixture = Fixture::with([new_at("ten", 10), new_at("eleven", 11), new_at("twelve", 12)]).await;
    let period = |from, until| ContentFilter { from: Some(from), until: Some(until), ..ALL };
    assert_eq!(fixture.find("", period(10, 12)).await, ["eleven", "ten"]);
    assert!(fixture.find("", period(10, 10)).await.is_empty());
    assert_eq!(fixture.find("", period(i64::MIN, i64::MAX)).await.len(), 3);
}

#[tokio::test]
async fn searches_that_make_no_sense_are_refused() {
    let fixture = Fixture::new().await;
    let search =
        |text: &str, filter, limit| fixture.store.search(Search { text: text.into(), filter, limit });
    for limit in [0, 101, usize::MAX] {
        let refused = search("text", ALL, limit).await.unwrap_err();
        assert!(matches!(refused, ContentError::Limit(found) if found == limit), "{refused:?}");
    }
    let refused = search(&"x".repeat(1_001), ALL, 1).await.unwrap_err();
    assert!(matches!(refused, ContentError::QueryTooLong { bytes: 1_001 }), "{refused:?}");
    let backwards = ContentFilter { from: Some(2), until: Some(1), ..ALL };
    let refused = search("", backwards, 1).await.unwrap_err();
    assert!(matches!(refused, ContentError::Period { from: 2, until: 1 }), "{refused:?}");
    let refused = fixture.store.count(backwards).await.unwrap_err();
    assert!(refused.is_bad_input(), "{refused:?}");
}
