//! The long part: whole documents, one thread each, one message a section; and finding them again.

use super::corpus::{Document, Section};
use super::output::Output;
use super::stage::{Sent, Stage};
use anyhow::{Result, ensure};
use chorale_client::Action;
use chorale_domain::content::ContentHash;
use chorale_domain::id::ThreadId;
use chorale_wire::http::{ContentStatus, Hits, SearchMode, SearchQuery};
use std::time::Duration;

/// The content's status follows the chain a moment after the events do.
const ATTEMPTS: u32 = 100;
const BETWEEN: Duration = Duration::from_millis(100);

/// A section to publish: by whom, where, which text.
pub struct Entry<'a> {
    player: usize,
    thread: ThreadId,
    section: &'a Section,
}

/// A published section.
#[derive(Clone, Debug)]
pub struct Published {
    thread: ThreadId,
    hash: ContentHash,
    words: String,
    sent: Sent,
}

/// Publishes up to `limit` sections, without waiting between them, then waits for every event.
///
/// # Errors
/// If a step fails.
pub async fn publish(
    stage: &mut Stage,
    documents: &[Document],
    limit: usize,
    out: &mut impl Output,
) -> Result<Vec<Published>> {
    out.heading("The corpus, one message a section");
    let entries = begin(stage, documents, limit, out).await?;
    let published = send(stage, &entries, out).await?;
    arrive(stage, &published).await?;
    out.line(&format!("{} messages are in every client's state.", published.len()));
    Ok(published)
}

/// Begins a thread for every document that has sections within the limit, by the players in turn.
///
/// # Errors
/// If a thread cannot be begun.
pub async fn begin<'a>(
    stage: &mut Stage,
    documents: &'a [Document],
    limit: usize,
    out: &mut impl Output,
) -> Result<Vec<Entry<'a>>> {
    let mut entries = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        let left = limit - entries.len();
        if left == 0 {
            break;
        }
        let player = index % stage.players.len();
        let thread = stage.begin_thread(out, player, &document.name).await?;
        let sections = document.sections.iter().take(left);
        entries.extend(sections.map(|section| Entry { player, thread, section }));
    }
    Ok(entries)
}

/// Sends every section's transaction, without waiting for its event: nothing here needs an indexer.
///
/// # Errors
/// If backend or chain refuse one.
pub async fn send(stage: &mut Stage, entries: &[Entry<'_>], out: &mut impl Output) -> Result<Vec<Published>> {
    let mut published = Vec::new();
    out.progress(0, entries.len());
    for entry in entries {
        published.push(publish_one(stage, entry).await?);
        out.progress(published.len(), entries.len());
    }
    Ok(published)
}

/// Waits until every section's event is in every client's state, and measures.
///
/// # Errors
/// If one does not come.
pub async fn arrive(stage: &mut Stage, published: &[Published]) -> Result<()> {
    for section in published {
        stage.arrival(&section.sent).await?;
    }
    Ok(())
}

async fn publish_one(stage: &mut Stage, entry: &Entry<'_>) -> Result<Published> {
    let &Entry { player, thread, section } = entry;
    let hash = stage.upload(player, thread, &section.body).await?;
    let action = Action::Publish { thread, hash };
    let sent = stage.send(player, &action, "message_published").await?;
    let words = first_words(&section.body);
    Ok(Published { thread, hash, words, sent })
}

/// Something to search for: the first words of a text.
fn first_words(body: &str) -> String {
    let words = body.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2);
    words.take(8).collect::<Vec<_>>().join(" ")
}

/// Searches for the last published section, everywhere and in its thread, until it is found.
///
/// # Errors
/// If it is not found.
pub async fn search(stage: &Stage, published: &[Published], out: &mut impl Output) -> Result<()> {
    out.heading("Search");
    let Some(target) = published.last() else {
        return Ok(());
    };
    let query = SearchQuery {
        q: target.words.clone(),
        thread: Some(target.thread),
        status: Some(ContentStatus::Approved),
        limit: Some(5),
        ..SearchQuery::default()
    };
    let hits = find(stage, &query, target.hash).await?;
    out.line(&format!("{:?} among the approved messages of its thread:", target.words));
    for hit in hits.hits {
        let mark = if hit.content.hash == target.hash { "*" } else { " " };
        out.line(&format!(
            " {mark} {:>6.2}  {}",
            hit.score,
            first_line(hit.content.body.as_deref().unwrap_or_default())
        ));
    }
    Ok(())
}

async fn find(stage: &Stage, query: &SearchQuery, hash: ContentHash) -> Result<Hits> {
    let mut hits = Hits { hits: vec![], mode: SearchMode::default() };
    for _ in 0..ATTEMPTS {
        hits = stage.client.search(query).await?;
        if hits.hits.iter().any(|hit| hit.content.hash == hash) {
            return Ok(hits);
        }
        tokio::time::sleep(BETWEEN).await;
    }
    ensure!(
        false,
        "searching for {:?} does not find message {hash}; it finds {} others",
        query.q,
        hits.hits.len()
    );
    Ok(hits)
}

fn first_line(body: &str) -> String {
    body.lines().next().unwrap_or_default().chars().take(70).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_for_the_first_words_of_a_text() {
        let body = "## The flow, of one change\n\n    wallet ── POST /v1 ► backend";
        assert_eq!(first_words(body), "The flow one change wallet POST backend");
        assert_eq!(first_line(body), "## The flow, of one change");
    }
}
