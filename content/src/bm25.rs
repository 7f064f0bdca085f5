//! Text to sparse vectors for search by words. No model is needed: a word's dimension is its hash, the engine
//! adds how rare it is.

use std::sync::Arc;

use qdrant_edge::StopwordsInterface;
use qdrant_edge::bm25_embed::{EdgeBm25, EdgeBm25Config};
use unicode_normalization::UnicodeNormalization;

use crate::error::ContentError;

/// Weights of the words of a text, by dimension.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct SparseVector {
    pub indices: Vec<u32>,
    pub values: Vec<f32>,
}

impl SparseVector {
    pub(crate) fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }
}

/// Embeds documents and queries. Every engine stores these same vectors: changing anything here means
/// embedding every body again.
#[derive(Clone)]
pub(crate) struct Bm25(Arc<EdgeBm25>);

impl Bm25 {
    pub(crate) fn new() -> Result<Self, ContentError> {
        let config = EdgeBm25Config {
            // "Müller" is found by "muller".
            ascii_folding: Some(true),
            // The frequent words of one language are meant in another ("die", "not"); being frequent already
            // makes them count little.
            stopwords: Some(StopwordsInterface::Set(Default::default())),
            ..EdgeBm25Config::default()
        };
        let model = EdgeBm25::new(config).map_err(ContentError::engine)?;
        Ok(Self(Arc::new(model)))
    }

    /// The vector of a body. On a thread of its own, since a long body takes milliseconds.
    pub(crate) async fn document(&self, body: String) -> Result<SparseVector, ContentError> {
        let model = Arc::clone(&self.0);
        let embed = move || model.embed_document(&spaced(&body)).into();
        tokio::task::spawn_blocking(embed).await.map_err(ContentError::engine)
    }

    /// The vector of a search text.
    pub(crate) fn query(&self, text: &str) -> SparseVector {
        self.0.embed_query(&spaced(text)).into()
    }
}

impl From<qdrant_edge::SparseVector> for SparseVector {
    fn from(vector: qdrant_edge::SparseVector) -> Self {
        Self { indices: vector.indices, values: vector.values }
    }
}

/// One form for letters that have several, and every sign of a script without spaces as a word of its own:
/// the tokenizer takes what stands between two spaces for one word, a whole Chinese sentence too.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    for letter in text.nfkc() {
        if stands_alone(letter) {
            spaced.extend([' ', letter, ' ']);
        } else {
            spaced.push(letter);
        }
    }
    spaced
}

/// Chinese characters and Japanese kana.
fn stands_alone(letter: char) -> bool {
    matches!(letter,
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        let bm25 = Bm25::new().unwrap();
        bm25.query(one) == bm25.query(other)
    }

    #[test]
    fn case_accents_and_endings_do_not_matter() {
        assert!(same("Voting", "vote"));
        assert!(same("MÜLLER", "muller"));
        assert!(same("Gr\u{fc}n", "Gru\u{308}n"));
        assert!(!same("vote", "stake"));
    }

    #[test]
    fn every_chinese_character_is_a_word() {
        let words = |text| Bm25::new().unwrap().query(text).indices.len();
        assert_eq!(words("共同写作"), 4);
        assert_eq!(words("v2 共同 test"), 4);
    }

    #[test]
    fn a_text_without_words_has_an_empty_vector() {
        assert!(Bm25::new().unwrap().query("?! … 👍").is_empty());
    }

    #[tokio::test]
    async fn a_word_that_comes_back_weighs_more() {
        let bm25 = Bm25::new().unwrap();
        let once = bm25.document("stake".into()).await.unwrap();
        let twice = bm25.document("stake, stake".into()).await.unwrap();
        assert_eq!(once.indices, twice.indices);
        assert!(twice.values[0] > once.values[0], "{twice:?} {once:?}");
    }
}
