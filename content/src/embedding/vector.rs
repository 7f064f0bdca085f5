//! What every vector must be: engines accept any in silence, and then find nothing or everything.

use super::error::EmbeddingError;

/// The vector at length 1, if it has the dimensions and a direction.
pub(super) fn normalised(mut vector: Vec<f32>, dimensions: usize) -> Result<Vec<f32>, EmbeddingError> {
    if vector.len() != dimensions {
        return Err(EmbeddingError::Dimensions { expected: dimensions, found: vector.len() });
    }
    // In f64, so that no square of a finite f32 overflows.
    let length = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    if !length.is_finite() {
        return Err(EmbeddingError::Vector("that is not finite"));
    }
    if length == 0.0 {
        return Err(EmbeddingError::Vector("of zeros"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "a share of the length is at most 1")]
    vector.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
    Ok(vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_gets_length_one_however_large_or_small_it_is() {
        assert_eq!(normalised(vec![3.0, 4.0], 2).unwrap(), [0.6, 0.8]);
        assert_eq!(normalised(vec![f32::MAX, 0.0], 2).unwrap(), [1.0, 0.0]);
        assert_eq!(normalised(vec![0.0, -1e-40], 2).unwrap(), [0.0, -1.0]);
    }

    #[test]
    fn a_vector_without_direction_is_refused() {
        for useless in [vec![0.0, 0.0], vec![f32::NAN, 1.0], vec![f32::INFINITY, 1.0]] {
            let error = normalised(useless.clone(), 2).unwrap_err();
            assert!(matches!(error, EmbeddingError::Vector(_)), "{useless:?}: {error}");
        }
    }

    #[test]
    fn a_vector_of_other_dimensions_is_refused() {
        let error = normalised(vec![1.0; 3], 2).unwrap_err();
        assert!(matches!(error, EmbeddingError::Dimensions { expected: 2, found: 3 }), "{error}");
    }
}
