//! Which model tells meanings. Each model has a dense vector of its own on the points, so that another can be
//! prepared while the first is in use.

use std::sync::{Arc, PoisonError, RwLock};

use chorale_domain::id::sha256;

use crate::embedding::{Embedder, EmbeddingError, Kind};
use crate::engine::Nearest;
use crate::error::ContentError;

/// What the names of all dense vectors begin with.
pub(crate) const PREFIX: &str = "dense-";

const DOMAIN: &[u8] = b"chorale:vector:v1";

/// A model with the vector that it fills.
#[derive(Clone)]
pub(crate) struct Meaning {
    embedder: Arc<dyn Embedder>,
    vector: String,
}

impl Meaning {
    pub(crate) fn of(embedder: Arc<dyn Embedder>) -> Self {
        let model = embedder.model();
        let dimensions = model.dimensions.to_be_bytes();
        let digest = sha256(&[DOMAIN, model.name.as_bytes(), &dimensions]);
        let vector = format!("{PREFIX}{}", hex::encode(&digest[..8]));
        Self { embedder, vector }
    }

    /// Name of the vector, the same for the same model whenever it is used.
    pub(crate) fn vector(&self) -> &str {
        &self.vector
    }

    pub(crate) fn model(&self) -> &str {
        &self.embedder.model().name
    }

    pub(crate) fn dimensions(&self) -> usize {
        self.embedder.model().dimensions
    }

    pub(crate) async fn documents(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        self.embedder.embed(texts, Kind::Document).await
    }

    /// What to be near to for meaning the same as this text.
    pub(crate) async fn query(&self, text: &str) -> Result<Nearest, ContentError> {
        let vectors = self.embedder.embed(&[text.to_owned()], Kind::Query).await?;
        let vector = vectors.into_iter().next().ok_or(ContentError::NoMeaning)?;
        Ok(Nearest { name: self.vector.clone(), vector })
    }
}

/// Which models are in use.
#[derive(Clone)]
enum State {
    /// None: search is by words.
    None,
    /// One.
    Settled(Meaning),
    /// The first answers searches until everything is embedded by the second.
    Changing { from: Meaning, to: Meaning },
}

impl State {
    fn settled(self) -> Self {
        match self {
            Self::Changing { to, .. } => Self::Settled(to),
            other => other,
        }
    }
}

/// The models that a store uses.
pub(crate) struct Meanings(RwLock<State>);

impl Meanings {
    /// With `until_then` answering until everything is embedded by `model`.
    pub(crate) fn new(model: Option<Meaning>, until_then: Option<Meaning>) -> Self {
        Self(RwLock::new(match (model, until_then) {
            (None, _) => State::None,
            (Some(to), Some(from)) if from.vector != to.vector => State::Changing { from, to },
            (Some(model), _) => State::Settled(model),
        }))
    }

    fn state(&self) -> State {
        // A panic elsewhere cannot leave it half written.
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The one that answers searches.
    pub(crate) fn answering(&self) -> Option<Meaning> {
        match self.state() {
            State::None => None,
            State::Settled(meaning) | State::Changing { from: meaning, .. } => Some(meaning),
        }
    }

    /// The one that everything is to be embedded by.
    pub(crate) fn wanted(&self) -> Option<Meaning> {
        match self.state() {
            State::None => None,
            State::Settled(meaning) | State::Changing { to: meaning, .. } => Some(meaning),
        }
    }

    /// Those that new bodies are embedded by, the one that answers first.
    pub(crate) fn all(&self) -> Vec<Meaning> {
        match self.state() {
            State::None => vec![],
            State::Settled(meaning) => vec![meaning],
            State::Changing { from, to } => vec![from, to],
        }
    }

    /// The dense vectors of those, by name, with their dimensions.
    pub(crate) fn vectors(&self) -> Vec<(String, usize)> {
        self.all().into_iter().map(|meaning| (meaning.vector().to_owned(), meaning.dimensions())).collect()
    }

    /// Everything is embedded by the one that is wanted: from now on it answers.
    pub(crate) fn settle(&self) {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *state = std::mem::replace(&mut *state, State::None).settled();
    }
}
