//! Calls whose target is known at run time only.

use crate::digest::Digest;
use crate::random::Random;
use std::cell::RefCell;
use std::rc::Rc;

trait Shape {
    fn many(&self, a: u64, b: u64, c: u64, d: u64, e: u64) -> (u64, u128);
    fn change(&mut self, a: u128, b: u128, c: &[u8]) -> Option<u64>;
    fn name(&self) -> String {
        String::from("shape")
    }
}

struct Small(u64);
struct Large([u64; 20]);

impl Shape for Small {
    fn many(&self, a: u64, b: u64, c: u64, d: u64, e: u64) -> (u64, u128) {
        (self.0 ^ a ^ b.wrapping_mul(c), u128::from(d) * u128::from(e))
    }

    fn change(&mut self, a: u128, b: u128, c: &[u8]) -> Option<u64> {
        self.0 = self.0.rotate_left(3) ^ (a ^ b) as u64;
        c.first().map(|byte| u64::from(*byte) ^ self.0)
    }
}

impl Shape for Large {
    fn many(&self, a: u64, b: u64, c: u64, d: u64, e: u64) -> (u64, u128) {
        (self.0[(a % 20) as usize].wrapping_add(b ^ c), u128::from(d) + u128::from(e))
    }

    fn change(&mut self, a: u128, b: u128, c: &[u8]) -> Option<u64> {
        self.0[c.len() % 20] ^= (a >> 64) as u64;
        self.0.last().copied().filter(|word| b & 1 == u128::from(word & 1))
    }

    fn name(&self) -> String {
        format!("large {}", self.0.len())
    }
}

fn shapes(random: &mut Random) -> Vec<Box<dyn Shape>> {
    let words = std::array::from_fn(|_| random.next());
    vec![Box::new(Small(random.next())), Box::new(Large(words)), Box::new(Small(1))]
}

pub(crate) fn trait_objects(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    let mut shapes = shapes(&mut random);
    for _ in 0..15 {
        let shape = &mut shapes[random.below(3)];
        let [a, b, c, d, e] = std::array::from_fn(|_| random.word());
        digest.add(shape.many(a, b, c, d, e));
        digest.add(shape.change(random.wide(), random.wide(), &a.to_le_bytes()[..(b % 9) as usize]));
        digest.add(shape.name().as_str());
    }
    digest.finish()
}

type Operation = fn(u64, u64, u64, u64, u64, u64) -> (u64, bool);

#[inline(never)]
fn sum(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64) -> (u64, bool) {
    (a ^ b ^ c ^ d ^ e).overflowing_add(f)
}

#[inline(never)]
fn difference(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64) -> (u64, bool) {
    (f ^ b ^ c ^ d ^ e).overflowing_sub(a)
}

#[inline(never)]
fn product(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64) -> (u64, bool) {
    (a ^ b ^ c).overflowing_mul(d ^ e ^ f)
}

/// Read-only data full of function addresses, and comparisons of such addresses.
pub(crate) fn function_pointers(seed: u64) -> u64 {
    const TABLE: [(Operation, &str); 4] = [(sum, "+"), (difference, "-"), (product, "*"), (sum, "+ again")];
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    for _ in 0..15 {
        let (operation, name) = TABLE[random.below(4)];
        let [a, b, c, d, e, f] = std::array::from_fn(|_| random.word());
        digest.add(operation(a, b, c, d, e, f));
        digest.add(name);
        digest.add(operation as usize == sum as *const () as usize);
    }
    digest.finish()
}

type Step<'a> = Box<dyn FnMut(u64, u64, u128, &str) -> Option<u128> + 'a>;

fn steps(seed: u64, log: &RefCell<Vec<u64>>) -> [Step<'_>; 2] {
    let mut count = seed;
    let counting = move |a: u64, b: u64, c: u128, text: &str| {
        count = count.wrapping_add(a ^ b);
        text.len().is_multiple_of(2).then_some(c ^ u128::from(count))
    };
    let logging = |a: u64, b: u64, c: u128, text: &str| {
        log.borrow_mut().push(a.wrapping_sub(b));
        c.checked_add(u128::from(a) << text.len())
    };
    [Box::new(counting), Box::new(logging)]
}

pub(crate) fn closures(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    let log = RefCell::new(Vec::new());
    let mut steps = steps(seed, &log);
    for text in ["", "a", "bc", "def", "ghij", "klmno"] {
        for step in &mut steps {
            digest.add(step(random.word(), random.word(), random.wide(), text));
        }
    }
    drop(steps);
    log.borrow().iter().for_each(|word| digest.add(*word));
    digest.finish()
}

struct Counted(Rc<RefCell<Vec<u64>>>, u64);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.borrow_mut().push(self.1);
    }
}

/// Reference counts, interior mutability and the order of drops.
pub(crate) fn shared_ownership(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let log = Rc::new(RefCell::new(Vec::new()));
    let mut owners: Vec<Rc<Counted>> =
        random.words(6).into_iter().map(|word| Rc::new(Counted(log.clone(), word))).collect();
    for _ in 0..10 {
        let copy = owners[random.below(owners.len())].clone();
        let at = random.below(owners.len());
        owners[at] = copy;
    }
    let weak: Vec<_> = owners.iter().map(Rc::downgrade).collect();
    owners.truncate(3);
    let mut digest = Digest::new(seed);
    weak.iter().for_each(|owner| digest.add(owner.upgrade().map(|alive| alive.1)));
    drop(owners);
    digest.add(Rc::strong_count(&log));
    log.borrow().iter().for_each(|word| digest.add(*word));
    digest.finish()
}
