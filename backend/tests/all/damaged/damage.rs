//! Damaging what is in order: fields that are missing, doubled or of another type, numbers at their ends, texts that
//! nobody writes, bytes flipped, cut and repeated.

use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use serde_json::{Value, json};

/// Values that code tends not to think of.
fn odd(rng: &mut StdRng) -> Value {
    let numbers = [0, -1, 1, i64::MAX, i64::MIN, 1 << 53, u32::MAX.into()];
    match rng.random_range(0..10) {
        0 => Value::Null,
        1 => json!(rng.random::<bool>()),
        2 => json!(numbers.choose(rng)),
        3 => json!(u64::MAX),
        4 => json!(rng.random::<f64>() * 1e300),
        5 => json!([]),
        6 => json!({}),
        7 => (0..rng.random_range(1..200)).fold(json!(0), |inner, _| json!([inner])),
        8 => json!(text(rng)),
        _ => json!(numbers.choose(rng).map(ToString::to_string)),
    }
}

fn text(rng: &mut StdRng) -> String {
    let pieces = [
        "", "\u{0}", "../", "%00", "'; --", "\u{202e}", "👍", "a", "1", "\"", "\\", "\r\n", "{}", " ", "ÿ",
        "\u{feff}",
    ];
    let length = if rng.random_ratio(1, 50) { 5000 } else { rng.random_range(0..12) };
    (0..length).filter_map(|_| pieces.choose(rng).copied()).collect()
}

/// Damages one to three places of a value.
pub fn value(mut value: Value, rng: &mut StdRng) -> Value {
    for _ in 0..rng.random_range(1..=3) {
        place(&mut value, rng);
    }
    value
}

/// Goes down to some place, and damages that.
fn place(value: &mut Value, rng: &mut StdRng) {
    let stop = rng.random_ratio(1, 4);
    match value {
        Value::Object(fields) if !stop && !fields.is_empty() => {
            let keys: Vec<String> = fields.keys().cloned().collect();
            let Some(key) = keys.choose(rng) else { return };
            match rng.random_range(0..8) {
                0 => _ = fields.remove(key),
                1 => _ = fields.insert(text(rng), odd(rng)),
                _ => fields.get_mut(key).map_or((), |field| place(field, rng)),
            }
        }
        Value::Array(items) if !stop && !items.is_empty() => {
            let index = rng.random_range(0..items.len());
            place(&mut items[index], rng);
        }
        Value::String(words) if rng.random() => {
            *words = String::from_utf8_lossy(&bytes(words.clone().into(), rng)).into();
        }
        other => *other = odd(rng),
    }
}

/// Flips, cuts, repeats or inserts bytes.
pub fn bytes(mut bytes: Vec<u8>, rng: &mut StdRng) -> Vec<u8> {
    for _ in 0..rng.random_range(1..=4) {
        let at = rng.random_range(0..=bytes.len());
        match rng.random_range(0..5) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, rng.random()),
            2 if !bytes.is_empty() => {
                let at = at.min(bytes.len() - 1);
                bytes[at] ^= 1 << rng.random_range(0..8);
            }
            3 => {
                let piece: Vec<u8> = bytes[at..].iter().copied().take(64).collect();
                bytes.splice(at..at, piece);
            }
            _ => bytes.extend((0..rng.random_range(0..8)).map(|_| 0xff)),
        }
    }
    bytes
}

/// A value as damaged JSON: mostly JSON still, of another shape.
pub fn json_of(good: &Value, rng: &mut StdRng) -> Vec<u8> {
    let damaged = if rng.random_ratio(1, 10) { good.clone() } else { value(good.clone(), rng) };
    let written = damaged.to_string().into_bytes();
    if rng.random_ratio(1, 4) { bytes(written, rng) } else { written }
}

/// A path or query with damaged parts, which is a URI still.
pub fn uri(good: &str, rng: &mut StdRng) -> String {
    let damaged = bytes(good.as_bytes().to_vec(), rng);
    let escaped = damaged.iter().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'?' | b'&' | b'=' | b'-' | b'_' | b'.' => {
            char::from(*byte).to_string()
        }
        _ => format!("%{byte:02x}"),
    });
    format!("/{}", escaped.collect::<String>().trim_start_matches('/'))
}
