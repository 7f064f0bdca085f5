//! How much goes into one request.

/// The most texts in a request: what the strictest of the usual servers take by default.
const MAX_TEXTS: usize = 32;

/// The most bytes of text in a request. It takes a large model some seconds, and a lost one costs no more.
const MAX_BYTES: usize = 64 * 1024;

/// The most bytes of one text. Services refuse a text of more tokens than they read, OpenAI's more than 8,191; no
/// token is shorter than a byte.
const MAX_TEXT_BYTES: usize = 8_000;

/// The beginnings of the texts, in their order, in requests.
pub(super) fn batches(texts: &[String]) -> Vec<Vec<&str>> {
    let mut batches: Vec<Vec<&str>> = Vec::new();
    let mut bytes = 0;
    for text in texts.iter().map(|text| beginning(text)) {
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_TEXTS && bytes + text.len() <= MAX_BYTES => batch.push(text),
            _ => {
                bytes = 0;
                batches.push(vec![text]);
            }
        }
        bytes += text.len();
    }
    batches
}

fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(texts: &[String]) -> Vec<usize> {
        batches(texts).iter().map(Vec::len).collect()
    }

    #[test]
    fn requests_are_bounded_by_count_and_by_bytes() {
        assert_eq!(lengths(&vec!["short".into(); 70]), [32, 32, 6]);
        assert_eq!(lengths(&vec!["x".repeat(7_000); 20]), [9, 9, 2]);
        assert!(lengths(&[]).is_empty());
    }

    #[test]
    fn a_long_text_is_cut_between_two_letters() {
        let texts = ["é".repeat(5_000), format!("x{}", "é".repeat(5_000))];
        let batches = batches(&texts);
        assert_eq!(batches[0].iter().map(|text| text.len()).collect::<Vec<_>>(), [8_000, 7_999]);
    }

    #[test]
    fn the_order_stays() {
        let texts: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        assert_eq!(batches(&texts).concat(), texts);
    }
}
