//! What is kept of an answer.

use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Goes with an answer that holds a secret: what is kept in its place, the JSON without the secret. Whoever asks again
/// gets that.
#[derive(Clone, Debug)]
pub(crate) struct KeepInstead(pub(crate) Bytes);

impl KeepInstead {
    /// In the place of an answer: `answer` without its secret.
    pub(crate) fn json(answer: &impl Serialize) -> Self {
        // Fails only for maps with keys that are no texts, which no answer has.
        Self(serde_json::to_vec(answer).unwrap_or_default().into())
    }
}

/// An answer without what it repeats of its request: bodies and their salts belong to the content module alone, and
/// whoever asks again sends them along.
#[derive(PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    answer: Value,
    /// What the answer and its request both have, by name.
    repeated: Vec<String>,
    /// What the answer has in small letters and the request in others: salts may be sent so.
    #[serde(default)]
    lowered: Vec<String>,
}

impl Kept {
    /// What is kept of the answer `told` to the request `asked`.
    pub(super) fn of(told: &[u8], asked: &[u8]) -> Self {
        let (mut answer, asked) = (json(told), json(asked));
        let (mut repeated, mut lowered) = (vec![], vec![]);
        if let Some(members) = answer.as_object_mut() {
            members.retain(|name, told| {
                let names = match asked.get(name) {
                    Some(asked) if asked == told => &mut repeated,
                    Some(asked) if lower(asked) == *told && !told.is_null() => &mut lowered,
                    _ => return true,
                };
                names.push(name.clone());
                false
            });
        }
        Self { answer, repeated, lowered }
    }

    /// The whole answer, again to the request `asked`.
    pub(super) fn told(mut self, asked: &[u8]) -> String {
        let mut asked = json(asked);
        let Some(answer) = self.answer.as_object_mut() else { return self.answer.to_string() };
        for name in self.repeated {
            answer.extend(asked.get_mut(&name).map(|value| (name, value.take())));
        }
        for name in self.lowered {
            answer.extend(asked.get(&name).map(|value| (name, lower(value))));
        }
        self.answer.to_string()
    }

    pub(super) fn text(&self) -> String {
        // As above.
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn read(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }
}

/// A text in small letters.
fn lower(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |text| text.to_ascii_lowercase().into())
}

/// Nothing where it is none: then it repeats nothing.
fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_an_answer_repeats_of_its_request_is_not_kept_and_told_all_the_same() {
        let asked = json!({"body": "a secret", "salt": "00", "status": "mine"}).to_string();
        let told = json!({"body": "a secret", "salt": "00", "status": "pending", "n": 1});
        let kept = Kept::of(told.to_string().as_bytes(), asked.as_bytes());
        let text = kept.text();
        assert!(!text.contains("secret") && !text.contains("00"), "{text}");
        assert_eq!(Kept::read(&text).unwrap(), kept);
        let again: Value = serde_json::from_str(&kept.told(asked.as_bytes())).unwrap();
        assert_eq!(again, told);
    }

    #[test]
    fn a_salt_that_came_in_capital_letters_is_not_kept_either() {
        let asked = json!({"body": "ABC", "salt": "00ABCDEF"}).to_string();
        let told = json!({"body": "ABC", "salt": "00abcdef", "n": 1});
        let kept = Kept::of(told.to_string().as_bytes(), asked.as_bytes());
        let text = kept.text().to_ascii_lowercase();
        assert!(!text.contains("abc"), "{text}");
        let again: Value = serde_json::from_str(&kept.told(asked.as_bytes())).unwrap();
        assert_eq!(again, told, "whoever asks again is told the same, letter by letter");
    }

    #[test]
    fn what_is_no_object_is_kept_whole() {
        let kept = Kept::of(b"[1, 2]", b"not json");
        assert_eq!(kept.told(b"not json"), "[1,2]");
    }
}
