//! Texts to the numbers that a model reads.

use tokenizers::{Encoding, Tokenizer, TruncationParams};

use super::folder::Folder;
use crate::embedding::error::EmbeddingError;

/// A text as the model reads it.
pub(super) struct Text {
    /// Its place among those asked for.
    pub place: usize,
    /// Its tokens, those that mark beginning and end included, so never none.
    pub ids: Vec<u32>,
    /// For each token, which of two sentences it is in.
    pub types: Vec<u32>,
}

impl Text {
    fn new((place, encoding): (usize, Encoding)) -> Self {
        Self { place, ids: encoding.get_ids().to_vec(), types: encoding.get_type_ids().to_vec() }
    }
}

/// The model's tokenizer, which cuts a text after the most tokens that the model reads.
pub(super) struct Tokens(Tokenizer);

impl Tokens {
    pub(super) fn load(folder: &Folder) -> Result<Self, EmbeddingError> {
        let damaged = |error: tokenizers::Error| folder.damaged("tokenizer.json", error.to_string());
        let mut tokenizer = Tokenizer::from_bytes(&folder.tokenizer).map_err(damaged)?;
        let (known, read) = (tokenizer.get_vocab_size(true), folder.network.vocab_size);
        if known > read {
            let reason = format!("it knows {known} tokens, the model only {read}");
            return Err(folder.damaged("tokenizer.json", reason));
        }
        // The file says how to cut and to pad too, for whoever trained it.
        let cut = TruncationParams { max_length: folder.max_tokens, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(cut)).map_err(damaged)?;
        tokenizer.with_padding(None);
        Ok(Self(tokenizer))
    }

    /// Each text's tokens, in the order of the texts.
    pub(super) fn of(&self, texts: Vec<String>) -> Result<Vec<Text>, EmbeddingError> {
        let encodings = self.0.encode_batch_fast(texts, true).map_err(EmbeddingError::failed)?;
        Ok(encodings.into_iter().enumerate().map(Text::new).collect())
    }
}
