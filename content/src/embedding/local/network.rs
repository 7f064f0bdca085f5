//! The neural network: tokens to one vector for each text.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::BertModel;

use super::folder::{Folder, WEIGHTS};
use super::tokens::Text;
use crate::embedding::error::EmbeddingError;

/// BERT, and the mean over what it says of each token.
pub(super) struct Network {
    bert: BertModel,
    dimensions: usize,
    /// Fills a text up to the length of its batch; masked, so that it counts for nothing.
    padding: u32,
}

impl Network {
    pub(super) fn load(folder: &Folder) -> Result<Self, EmbeddingError> {
        let misfit = |error: candle_core::Error| folder.damaged(WEIGHTS, error.to_string());
        let weights =
            VarBuilder::from_slice_safetensors(&folder.weights, DType::F32, &Device::Cpu).map_err(misfit)?;
        let padding = u32::try_from(folder.network.pad_token_id)
            .map_err(|error| folder.damaged("config.json", format!("pad_token_id: {error}")))?;
        let bert = BertModel::load(weights, &folder.network).map_err(misfit)?;
        Ok(Self { bert, dimensions: folder.network.hidden_size, padding })
    }

    pub(super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// One vector for each text, in their order, of any length.
    pub(super) fn vectors(&self, batch: &[Text]) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        let means = self.means(batch).and_then(|means| means.to_vec2());
        means.map_err(EmbeddingError::failed)
    }

    fn means(&self, batch: &[Text]) -> candle_core::Result<Tensor> {
        let ids = padded(batch, self.padding, |text| text.ids.clone())?;
        let types = padded(batch, 0, |text| text.types.clone())?;
        let mask = padded(batch, 0, |text| vec![1; text.ids.len()])?.to_dtype(DType::F32)?;
        let states = self.bert.forward(&ids, &types, Some(&mask))?;
        let sums = mask.unsqueeze(1)?.matmul(&states)?.squeeze(1)?;
        sums.broadcast_div(&mask.sum_keepdim(1)?)
    }
}

/// A row for each text, filled up to the longest.
fn padded(batch: &[Text], filler: u32, of: impl Fn(&Text) -> Vec<u32>) -> candle_core::Result<Tensor> {
    let longest = batch.iter().map(|text| text.ids.len()).max().unwrap_or(0);
    let row = |text| {
        let mut row = of(text);
        row.resize(longest, filler);
        row
    };
    let rows: Vec<u32> = batch.iter().flat_map(row).collect();
    Tensor::from_vec(rows, (batch.len(), longest), &Device::Cpu)
}
