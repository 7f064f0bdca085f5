use super::site::Site;
use crate::tests::sim::node::Node;
use std::time::Duration;

const A_WHILE: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_secs(200);

/// Bug: how far the chain is is asked of one node and what there is of another one that is behind; what lies between
/// the two counts as seen, and is never read.
#[tokio::test]
async fn a_list_of_a_node_that_is_behind_the_tip_is_not_believed() {
    let mut site = Site::new().await;
    site.world().nodes = vec![Node::default(), Node { lag: 15_000_000, ..Node::default() }];
    for _ in 0..30 {
        site.publish(1);
        site.run(Duration::from_secs(1)).await;
        site.holds_what_it_has_seen().await;
    }
    site.run(LONG).await;
    site.agrees().await;
}

/// Bug: a cursor that is missing is read as zero, or as the oldest transaction that the node happens to know: the
/// history then begins in the middle.
#[tokio::test]
async fn without_a_cursor_it_begins_with_the_first_transaction_or_not_at_all() {
    let mut site = Site::new().await;
    site.publish(12);
    site.finalize();
    site.world().nodes[0].begins = 106;
    site.run(A_WHILE).await;
    assert_eq!(site.events().await, 0, "a history without its beginning is none");
    assert_eq!(site.store().index_cursor().await.unwrap(), None);
    site.world().nodes[0].begins = 0;
    site.run(LONG).await;
    site.agrees().await;
}
