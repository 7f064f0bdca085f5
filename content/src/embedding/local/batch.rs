//! Which texts are computed together.

use super::tokens::Text;

/// The most tokens in a batch, padding included: enough for the cores to multiply large matrices, few enough for
/// the intermediate results to stay in the processor's caches and for a query to wait its turn.
const MAX_TOKENS: usize = 2_048;

/// Sorts texts by length, since a batch computes each as if it were as long as its longest, and cuts.
pub(super) fn batches(mut texts: Vec<Text>) -> Vec<Vec<Text>> {
    texts.sort_by_key(|text| text.ids.len());
    let mut batches: Vec<Vec<Text>> = Vec::new();
    for text in texts {
        match batches.last_mut() {
            // Sorted, so that the new one is the longest.
            Some(batch) if (batch.len() + 1) * text.ids.len() <= MAX_TOKENS => batch.push(text),
            _ => batches.push(vec![text]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lengths: &[usize]) -> Vec<Text> {
        let text =
            |(place, length): (usize, &usize)| Text { place, ids: vec![1; *length], types: vec![0; *length] };
        lengths.iter().enumerate().map(text).collect()
    }

    fn places(batches: &[Vec<Text>]) -> Vec<Vec<usize>> {
        batches.iter().map(|batch| batch.iter().map(|text| text.place).collect()).collect()
    }

    #[test]
    fn texts_of_about_the_same_length_are_together() {
        assert_eq!(places(&batches(texts(&[900, 3, 1_000, 4, 5]))), [vec![1, 3, 4], vec![0, 2]]);
    }

    #[test]
    fn no_batch_is_too_large_and_no_text_is_left_out() {
        let batches = batches(texts(&[256; 100]));
        assert_eq!(batches.iter().map(Vec::len).sum::<usize>(), 100);
        assert!(batches.iter().all(|batch| batch.len() * 256 <= MAX_TOKENS));
    }

    #[test]
    fn a_text_that_is_too_large_for_any_batch_has_one_of_its_own() {
        assert_eq!(places(&batches(texts(&[MAX_TOKENS + 1, 2]))), [vec![1], vec![0]]);
    }

    #[test]
    fn no_texts_make_no_batch() {
        assert!(batches(Vec::new()).is_empty());
    }
}
