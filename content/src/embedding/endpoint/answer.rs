//! What an endpoint answers. Pure.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;

use crate::embedding::error::EmbeddingError;

/// How long to leave an endpoint alone that has too much to do and does not say for how long.
const BUSY: Duration = Duration::from_secs(10);

/// Letters of an endpoint's words that go into an error.
const MAX_WORDS: usize = 300;

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: usize,
    embedding: Vec<f32>,
}

/// The vectors of an answer in the order of the texts, which services need not keep.
pub(super) fn vectors(body: &[u8], texts: usize) -> Result<Vec<Vec<f32>>, EmbeddingError> {
    let answer: Answer =
        serde_json::from_slice(body).map_err(|error| EmbeddingError::Answer(error.to_string()))?;
    let mut vectors = vec![None; texts];
    for Item { index, embedding } in answer.data {
        let places = vectors.len();
        let place = vectors.get_mut(index).ok_or_else(|| {
            EmbeddingError::Answer(format!("a vector for text {index} of {places}, counted from 0"))
        })?;
        if place.replace(embedding).is_some() {
            return Err(EmbeddingError::Answer(format!("two vectors for text {index}")));
        }
    }
    let missing = || EmbeddingError::Answer("fewer vectors than texts".into());
    vectors.into_iter().collect::<Option<_>>().ok_or_else(missing)
}

/// What a status other than success means.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> EmbeddingError {
    let words = words(body);
    let waits = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    if status.is_server_error() || waits.contains(&status) {
        let reason = format!("status {}: {words}", status.as_u16());
        let busy = (status == StatusCode::TOO_MANY_REQUESTS).then_some(BUSY);
        return EmbeddingError::Unavailable { reason, retry_after: retry_after(headers).or(busy) };
    }
    EmbeddingError::Refused { status: status.as_u16(), words }
}

/// Only seconds. The other form, a date, would need a clock: without an answer the caller keeps its own pace.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The `error.message` of OpenAI, else the text itself, on one line.
fn words(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: Message,
    }
    #[derive(Deserialize)]
    struct Message {
        message: String,
    }
    let text = serde_json::from_slice(body)
        .map_or_else(|_| String::from_utf8_lossy(body).into_owned(), |Refusal { error }| error.message);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { "no words".into() } else { line.chars().take(MAX_WORDS).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(body: &str, texts: usize) -> String {
        vectors(body.as_bytes(), texts).unwrap_err().to_string()
    }

    #[test]
    fn vectors_are_in_the_order_of_the_texts() {
        let body = r#"{"object":"list","data":[{"object":"embedding","index":1,"embedding":[2]},
            {"object":"embedding","index":0,"embedding":[1]}],"model":"m","usage":{"prompt_tokens":2}}"#;
        assert_eq!(vectors(body.as_bytes(), 2).unwrap(), [[1.0], [2.0]]);
    }

    #[test]
    fn every_text_has_one_vector_or_there_is_no_answer() {
        let one = r#"{"data":[{"index":0,"embedding":[1]}]}"#;
        let twice = r#"{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}"#;
        assert!(reason(one, 2).contains("fewer vectors than texts"));
        assert!(reason(one, 0).contains("text 0 of 0"));
        assert!(reason(twice, 2).contains("two vectors for text 0"));
    }

    #[test]
    fn what_is_no_list_of_numbers_is_no_answer() {
        for body in [
            "",
            "<html>",
            r#"{"data":[{"index":0,"embedding":"AACAPw=="}]}"#,
            r#"{"data":[{"index":0,"embedding":[null]}]}"#,
        ] {
            assert!(matches!(vectors(body.as_bytes(), 1), Err(EmbeddingError::Answer(_))), "{body}");
        }
    }

    #[test]
    fn a_refusal_has_the_words_of_the_service_on_one_line() {
        assert_eq!(words(br#"{"error":{"message":"no such\nmodel","type":"x"}}"#), "no such model");
        assert_eq!(words(b" <h1>Bad\n gateway</h1> "), "<h1>Bad gateway</h1>");
        assert_eq!(words(b""), "no words");
        assert_eq!(words("é".repeat(1_000).as_bytes()).chars().count(), MAX_WORDS);
    }

    #[test]
    fn who_has_too_much_to_do_is_left_alone_for_as_long_as_it_says_or_ten_seconds() {
        let mut says = HeaderMap::new();
        says.insert(RETRY_AFTER, "7".parse().unwrap());
        for (status, headers, seconds) in
            [(429, &says, Some(7)), (429, &HeaderMap::new(), Some(10)), (500, &HeaderMap::new(), None)]
        {
            let refusal = refusal(StatusCode::from_u16(status).unwrap(), headers, b"");
            assert_eq!(refusal.retry_after(), seconds.map(Duration::from_secs), "{status}");
        }
    }

    #[test]
    fn what_may_pass_is_told_from_what_will_not() {
        for (status, temporary) in [
            (400, false),
            (401, false),
            (404, false),
            (413, false),
            (408, true),
            (429, true),
            (500, true),
            (503, true),
            (302, false),
        ] {
            let refusal = refusal(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), b"");
            assert_eq!(refusal.is_temporary(), temporary, "{status}");
        }
    }
}
