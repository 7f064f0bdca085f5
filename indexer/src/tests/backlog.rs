use super::scripted::Scripted;
use crate::backlog::collect;
use crate::source::SourceError;
use chorale_domain::id::Signature;

async fn collected(chain: &Scripted, cursor: Option<Signature>) -> Result<Vec<Signature>, SourceError> {
    let backlog = collect(chain, cursor).await?;
    Ok(backlog.into_iter().map(|info| info.signature).collect())
}

fn chain(transactions: usize) -> Scripted {
    let chain = Scripted::default();
    (0..transactions).for_each(|_| chain.add_failed());
    chain
}

#[tokio::test]
async fn pages_of_any_size_give_the_same_list_oldest_first() {
    let chain = chain(2_500);
    let all = chain.signatures();
    for page in [1_000, 999, 300] {
        chain.limit_pages(page);
        assert_eq!(collected(&chain, None).await.unwrap(), all, "pages of {page}");
    }
}

#[tokio::test]
async fn only_what_is_after_the_cursor_is_collected() {
    let chain = chain(40);
    chain.limit_pages(6);
    let all = chain.signatures();
    for known in [0, 1, 17, 38, 39] {
        let after = collected(&chain, Some(all[known])).await.unwrap();
        assert_eq!(after, all[known + 1..], "after {known}");
    }
}

#[tokio::test]
async fn an_empty_chain_gives_an_empty_list() {
    assert_eq!(collected(&chain(0), None).await.unwrap(), vec![]);
}

#[tokio::test]
async fn a_node_that_forgot_the_cursor_is_an_error_and_not_a_shorter_history() {
    let chain = chain(10);
    let cursor = chain.signatures()[4];
    chain.forget(7);
    let error = collected(&chain, Some(cursor)).await.unwrap_err();
    assert!(matches!(&error, SourceError::Gap { cursor: unknown, .. } if *unknown == cursor), "{error}");
    assert!(error.to_string().contains("scripted://chain"), "{error}");
}
