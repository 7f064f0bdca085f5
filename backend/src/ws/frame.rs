//! Reading a client's frames, and saying what is wrong with those that cannot be read.

use crate::error::problem;
use axum::http::StatusCode;
use chorale_wire::socket::{ClientFrame, MAX_FRAME_BYTES, Room};
use chorale_wire::{Code, Problem};
use serde_json::Value;

/// The `type`s of [`ClientFrame`].
const TYPES: [&str; 4] = ["authenticate", "subscribe", "unsubscribe", "ping"];

/// Reads a text frame.
pub(crate) fn parse(text: &str) -> Result<ClientFrame, Problem> {
    if text.len() > MAX_FRAME_BYTES {
        return Err(too_large(text.len()));
    }
    serde_json::from_str(text).map_err(|error| diagnose(text, &error))
}

/// A binary frame came.
pub(crate) fn binary() -> Problem {
    malformed("binary frames mean nothing here: send JSON in text frames")
}

fn too_large(bytes: usize) -> Problem {
    let detail = format!("the frame has {bytes} bytes, at most {MAX_FRAME_BYTES} are taken");
    problem(StatusCode::PAYLOAD_TOO_LARGE, Code::TooLarge, detail)
}

fn malformed(detail: impl Into<String>) -> Problem {
    problem(StatusCode::BAD_REQUEST, Code::MalformedFrame, detail)
}

/// Finds out what is wrong with a frame that could not be read.
fn diagnose(text: &str, error: &serde_json::Error) -> Problem {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let field = |name| value.get(name).and_then(Value::as_str);
    if let Some(kind) = field("type").filter(|kind| !TYPES.contains(kind)) {
        let detail = format!("the type {kind:?} is unknown: expected one of {}", TYPES.join(", "));
        return problem(StatusCode::BAD_REQUEST, Code::UnknownMessageType, detail);
    }
    match field("room").map(str::parse::<Room>) {
        Some(Err(error)) => problem(StatusCode::NOT_FOUND, Code::UnknownRoom, error.to_string()),
        _ => malformed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        parse(text).expect_err(text).code
    }

    #[test]
    fn every_frame_of_the_protocol_is_read() {
        let room = Room::Lobby;
        let frames = [
            ClientFrame::Authenticate { token: "secret".into() },
            ClientFrame::Subscribe { room, after: None },
            ClientFrame::Unsubscribe { room },
            ClientFrame::Ping,
        ];
        for (frame, kind) in frames.into_iter().zip(TYPES) {
            let text = serde_json::to_string(&frame).unwrap();
            assert!(text.contains(kind), "{text} is not of type {kind}");
            assert_eq!(parse(&text), Ok(frame));
        }
    }

    #[test]
    fn every_bad_frame_gets_the_code_of_what_is_wrong() {
        assert_eq!(code("{"), Code::MalformedFrame);
        assert_eq!(code("[]"), Code::MalformedFrame);
        assert_eq!(code("{}"), Code::MalformedFrame);
        assert_eq!(code(r#"{"type":"subscribe"}"#), Code::MalformedFrame);
        assert_eq!(code(r#"{"type":7}"#), Code::MalformedFrame);
        assert_eq!(code(r#"{"type":"own_everything"}"#), Code::UnknownMessageType);
        assert_eq!(code(r#"{"type":"subscribe","room":"kitchen"}"#), Code::UnknownRoom);
        assert_eq!(code(&" ".repeat(MAX_FRAME_BYTES + 1)), Code::TooLarge);
    }

    #[test]
    fn a_malformed_frame_is_told_where() {
        let problem = parse(r#"{"type":"ping""#).unwrap_err();
        assert!(problem.detail.contains("column 14"), "{}", problem.detail);
    }
}
