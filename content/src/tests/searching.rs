use super::*;
use crate::{ContentError, ContentFilter, ContentStatus, SearchMode, Stage};

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
    let found = fixture.store.search(&ann(), search("escrow stake", ALL, 1)).await.unwrap();
    assert_eq!(found.mode, SearchMode::Words, "there is no model");
    assert!(found.hits[0].0 > 0.0, "{found:?}");
    assert_eq!(bodies(found), [rare]);
}

#[tokio::test]
async fn a_blank_text_lists_the_newest_first() {
    let fixture = Fixture::with([new_at("old", 10), new_at("new", 30), new_at("middle", 20)]).await;
    assert_eq!(fixture.find(" ", ALL).await, ["new", "middle", "old"]);
    let newest = fixture.store.search(&ann(), search("", ALL, 2)).await.unwrap();
    assert!(newest.hits.iter().all(|(score, _)| *score == 0.0), "{newest:?}");
    assert_eq!(bodies(newest), ["new", "middle"]);
}

#[tokio::test]
async fn a_decision_moves_a_body_between_filters() {
    let fixture = Fixture::with([new("a proposal")]).await;
    let found =
        async |status| fixture.find("proposal", ContentFilter { status: Some(status), ..ALL }).await.len();
    assert_eq!(found(ContentStatus::Pending).await, 1);
    let hash = new("a proposal").hash;
    fixture.store.duties().set_stage(POLICY, hash, Stage::Approved).await.unwrap();
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
    let ann = ann();
    let search = |text: &str, filter, limit| fixture.store.search(&ann, search(text, filter, limit));
    for limit in [0, 101, usize::MAX] {
        let refused = search("text", ALL, limit).await.unwrap_err();
        assert!(matches!(refused, ContentError::Limit(found) if found == limit), "{refused:?}");
    }
    let refused = search(&"x".repeat(1_001), ALL, 1).await.unwrap_err();
    assert!(matches!(refused, ContentError::QueryTooLong { bytes: 1_001 }), "{refused:?}");
    let backwards = ContentFilter { from: Some(2), until: Some(1), ..ALL };
    let refused = search("", backwards, 1).await.unwrap_err();
    assert!(matches!(refused, ContentError::Period { from: 2, until: 1 }), "{refused:?}");
    let refused = fixture.store.duties().count(backwards).await.unwrap_err();
    assert!(refused.is_bad_input(), "{refused:?}");
}

#[tokio::test]
async fn without_a_model_there_is_no_search_by_meaning() {
    let fixture = Fixture::with([new("text")]).await;
    let query = crate::Search { mode: SearchMode::Meaning, ..search("text", ALL, 1) };
    let refused = fixture.store.search(&ann(), query).await.unwrap_err();
    assert!(matches!(refused, ContentError::NoMeaning), "{refused:?}");
}
