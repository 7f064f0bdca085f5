//! Messages in threads and what is looked for, the same every time.
//!
//! Vectors of independent random numbers are all equally far from one another, which no text is and no index can
//! search. Here a thread is about something, a message about something of it, and few directions hold most of the
//! differences, as many as in 6,000 paragraphs of manual pages that `all-MiniLM-L6-v2` embedded: of their variance the
//! first 8, 32 and 128 directions hold 0.31, 0.57 and 0.87 (here 0.33, 0.60 and 0.90), the cosine of any two deviates
//! by 0.156 (0.153), and that with the nearest is 0.87 in the middle (0.82).

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use crate::truth::dot;

/// As many as all-MiniLM-L6-v2 gives.
pub const DIMENSIONS: usize = 384;

/// How many threads there are of which size in 100,000 messages: a few large ones, many small ones.
const SIZES: [(usize, usize); 6] = [(1, 20_000), (2, 10_000), (4, 5_000), (8, 2_000), (60, 200), (1_200, 10)];

/// For so many messages there is one query, which is none of them.
const A_QUERY: usize = 100;

/// Directions in which meanings differ, and by how much less each than the one before it.
const DIRECTIONS: usize = DIMENSIONS;
const DECAY: f32 = 0.45;

/// Subjects that messages have, each in any number of threads.
const SUBJECTS: usize = 4_000;

/// Subjects of a thread for each so many of its messages.
const A_SUBJECT: usize = 8;

/// How much of a meaning is the thread's, how much the subject's, and how much its own.
const SHARES: [f32; 3] = [0.45, 0.8, 0.5];

const SEED: u64 = 7;

pub struct Message {
    pub thread: usize,
    pub vector: Arc<[f32]>,
}

impl Message {
    /// Half of them are for the public, the others for the thread's co-authors.
    pub fn is_public(place: usize) -> bool {
        place.is_multiple_of(2)
    }
}

pub struct Messages {
    pub all: Vec<Message>,
    pub queries: Vec<Message>,
}

impl Messages {
    pub fn new(count: usize) -> Self {
        let mut random = StdRng::seed_from_u64(SEED);
        let space = Space::new(&mut random);
        let subjects: Vec<_> = (0..SUBJECTS).map(|_| meaning(&mut random)).collect();
        let (mut all, mut queries) = (vec![], vec![]);
        for (thread, size) in sizes(count, &mut random).into_iter().enumerate() {
            let topic = Topic::new(size, &subjects, &mut random);
            let mut write = || Message { thread, vector: space.vector(&topic.meaning(&mut random)) };
            all.extend((0..size).map(|_| write()));
            // As many as there are in the messages so far: large threads are asked more.
            queries.extend((queries.len()..all.len() / A_QUERY).map(|_| write()));
        }
        Self { all, queries }
    }

    pub fn threads(&self) -> usize {
        self.all.last().map_or(0, |last| last.thread + 1)
    }
}

/// Sizes of the threads, in any order, that come to `count`.
fn sizes(count: usize, random: &mut StdRng) -> Vec<usize> {
    let mut sizes: Vec<_> = SIZES.iter().flat_map(|(threads, size)| vec![*size; *threads]).collect();
    sizes.shuffle(random);
    let mut left = count;
    let fitting = sizes.into_iter().cycle().map_while(|size| {
        let size = size.min(left);
        left -= size;
        (size > 0).then_some(size)
    });
    fitting.collect()
}

/// What a thread is about.
struct Topic<'a> {
    general: Vec<f32>,
    subjects: Vec<&'a [f32]>,
}

impl<'a> Topic<'a> {
    fn new(messages: usize, subjects: &'a [Vec<f32>], random: &mut StdRng) -> Self {
        let count = messages.div_ceil(A_SUBJECT);
        let subjects = (0..count).map(|_| subjects[random.random_range(0..SUBJECTS)].as_slice()).collect();
        Self { general: meaning(random), subjects }
    }

    fn meaning(&self, random: &mut StdRng) -> Vec<f32> {
        let subject = self.subjects[random.random_range(0..self.subjects.len())];
        let [general, special, own] = SHARES;
        let parts = self.general.iter().zip(subject).zip(meaning(random));
        parts.map(|((a, b), c)| general * a + special * b + own * c).collect()
    }
}

/// Any meaning there may be.
fn meaning(random: &mut StdRng) -> Vec<f32> {
    (1..=DIRECTIONS).map(|direction| normal(random) * (direction as f32).powf(-DECAY)).collect()
}

/// Normally distributed, by Box and Muller.
fn normal(random: &mut StdRng) -> f32 {
    let (radius, angle): (f32, f32) = (random.random(), random.random());
    (-2.0 * (1.0 - radius).ln()).sqrt() * (angle * std::f32::consts::TAU).cos()
}

/// Where the directions point to.
struct Space(Vec<Vec<f32>>);

impl Space {
    fn new(random: &mut StdRng) -> Self {
        Self((0..DIMENSIONS).map(|_| (0..DIRECTIONS).map(|_| normal(random)).collect()).collect())
    }

    /// Of length 1.
    fn vector(&self, meaning: &[f32]) -> Arc<[f32]> {
        let vector: Vec<_> = self.0.iter().map(|row| dot(row, meaning)).collect();
        let length = dot(&vector, &vector).sqrt();
        vector.into_iter().map(|number| number / length).collect()
    }
}
