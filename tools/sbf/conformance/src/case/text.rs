//! Formatting, parsing and Unicode. No floats: the build refuses them.

use crate::digest::Digest;
use crate::random::Random;
use std::fmt::Write;

pub(crate) fn integers(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    let mut text = String::new();
    let (a, wide) = (random.word(), random.wide());
    let _ = write!(text, "{a}|{a:>24}|{:<12}|{:^9}|{:+}|{:#x}", a as i32, a as i8, a as i64, a);
    let _ = write!(text, "|{:08b}|{:#o}|{:X}|{:#010x}", a as u8, a as u16, wide, a as u32);
    let _ = write!(text, "|{wide}|{:?}|{:*^45}", wide as i128, a as i128 - wide as i64 as i128);
    digest.add(text.as_str());
    digest.finish()
}

#[derive(Debug)]
struct Record<'a> {
    #[expect(dead_code, reason = "read by Debug")]
    name: &'a str,
    #[expect(dead_code, reason = "read by Debug")]
    values: Vec<Option<i16>>,
    #[expect(dead_code, reason = "read by Debug")]
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Plain,
    Pair(
        #[expect(dead_code, reason = "read by Debug")] u8,
        #[expect(dead_code, reason = "read by Debug")] char,
    ),
    Named {
        #[expect(dead_code, reason = "read by Debug")]
        wide: u128,
    },
}

pub(crate) fn structures(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    for (index, name) in ["plain", "with \"quotes\"\n", "grüße ✓\u{200b}"].into_iter().enumerate() {
        let kind = match index {
            0 => Kind::Plain,
            1 => Kind::Pair(random.next() as u8, 'é'),
            _ => Kind::Named { wide: random.wide() },
        };
        let values = vec![Some(random.next() as i16), None];
        let record = Record { name, values, kind };
        digest.add(format!("{record:?}").as_str());
        digest.add(format!("{record:#?}").as_str());
    }
    digest.finish()
}

pub(crate) fn parsing(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    for text in
        [random.word().to_string(), (random.wide() as i128).to_string(), String::from("-12x"), String::new()]
    {
        digest.add((text.parse::<u64>().ok(), text.parse::<i64>().ok()));
        digest.add((text.parse::<u128>().ok(), text.parse::<i128>().ok()));
        digest.add((u64::from_str_radix(&text, 16).ok(), text.parse::<u8>().is_err()));
        digest.add(text.parse::<u16>().map_or_else(|error| error.to_string(), |_| String::new()).as_str());
    }
    digest.finish()
}

pub(crate) fn unicode(seed: u64) -> u64 {
    const TEXT: &str = "Größe, ÉCOLE; ΣΊΣΥΦΟΣ, 漢字, ok: ﬁne ✓ a\tb  c";
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    let cut = TEXT.char_indices().map(|(at, _)| at).nth(random.below(20)).unwrap_or(0);
    let (head, tail) = TEXT.split_at(cut);
    let text = format!("{tail}{head}");
    digest.add((text.to_uppercase().as_str(), text.to_lowercase().as_str()));
    digest.add((text.trim(), text.replace("ok", "OK").as_str()));
    text.split_whitespace().for_each(|word| digest.add(word));
    digest.add((text.find("漢字"), text.chars().rev().collect::<String>().as_str()));
    let mut bytes = text.into_bytes();
    let changed = random.below(bytes.len());
    bytes[changed] = random.next() as u8;
    digest.add((std::str::from_utf8(&bytes).is_ok(), String::from_utf8_lossy(&bytes).as_ref()));
    digest.finish()
}
