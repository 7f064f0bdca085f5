//! Maps. The keys of a `HashMap` are fixed on the chain and random on the host, so its order must not matter here.

use crate::digest::Digest;
use crate::random::Random;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

pub(crate) fn tree(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    let mut map = BTreeMap::new();
    for index in 0..70u64 {
        map.insert(random.next() % 256, index);
        digest.add(map.remove(&(random.next() % 256)));
    }
    map.range(40..200).for_each(|(key, value)| digest.add((*key, *value)));
    *map.entry(seed % 256).or_insert(9) += 1;
    let upper = map.split_off(&128);
    map.retain(|key, value| (key ^ *value) % 3 != 0);
    digest.add((map.len(), upper.len()));
    digest.add((map.first_key_value().map(|(key, _)| *key), upper.last_key_value().map(|(key, _)| *key)));
    let names: BTreeSet<String> = map.into_keys().map(|key| key.to_string()).collect();
    names.iter().for_each(|name| digest.add(name.as_str()));
    digest.finish()
}

fn count<S: std::hash::BuildHasher>(map: &mut HashMap<u64, u64, S>, random: &mut Random) -> u64 {
    for _ in 0..80 {
        *map.entry(random.next() % 64).or_default() += random.next() % 1000;
        map.remove(&(random.next() % 64));
    }
    map.iter().fold(map.len() as u64, |sum, (key, value)| sum.wrapping_add(key.wrapping_mul(*value)))
}

pub(crate) fn hash(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    digest.add(count(&mut HashMap::new(), &mut random));
    digest.add(count(&mut HashMap::<_, _, BuildHasherDefault<DefaultHasher>>::default(), &mut random));
    let words: HashSet<String> = random.words(12).iter().map(|word| (word % 20).to_string()).collect();
    digest.add((words.len(), words.contains("7")));
    let mut hasher = DefaultHasher::new();
    ("text", seed, Some(seed as u8), [1u128, 2]).hash(&mut hasher);
    digest.add(hasher.finish());
    digest.finish()
}
