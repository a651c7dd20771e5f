//! What nodes do all day, each as a node of its own: `bench guest` times them natively and in the sandbox.
//!
//! All of them are written as people write them, with the standard library alone, and return a number that tells whether
//! both have done the same.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use wpipe_sdk::node;

mod tables;

pub use tables::{columns, rows, sales, write_columns, write_rows};

wpipe_sdk::export![
    parse,
    hash,
    sort,
    sum,
    group,
    allocate,
    write,
    tables::rows,
    tables::columns,
    tables::write_rows,
    tables::write_columns
];

/// Reads lines of a whole number, a fraction and a word; adds all up.
#[node]
pub fn parse(text: &str) -> u64 {
    let (mut whole, mut fractions, mut letters) = (0_i64, 0.0_f64, 0);
    for line in text.lines() {
        let mut fields = line.split(',');
        let mut next = || fields.next().unwrap_or_default();
        whole += next().parse().unwrap_or(0);
        fractions += next().parse().unwrap_or(0.0);
        letters += next().len() as u64;
    }
    fractions.to_bits() ^ whole as u64 ^ letters
}

/// Hashes each line by the standard library's own hash.
#[node]
pub fn hash(text: &str) -> u64 {
    text.lines().fold(0, |sum: u64, line| {
        let mut hasher = DefaultHasher::new();
        line.hash(&mut hasher);
        sum.wrapping_add(hasher.finish())
    })
}

/// Puts numbers in order.
#[node]
pub fn sort(numbers: &[f64]) -> u64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    (0_u64..).zip(&sorted).fold(0, |sum, (place, number)| sum.wrapping_add(place.wrapping_mul(number.to_bits())))
}

/// The sum, mean and variance of numbers, one after the other.
#[node]
pub fn sum(numbers: &[f64]) -> u64 {
    let count = numbers.len().max(1) as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let variance = numbers.iter().map(|number| (number - mean) * (number - mean)).sum::<f64>() / count;
    mean.to_bits() ^ variance.to_bits()
}

/// Counts and adds up the numbers of each group.
#[node]
pub fn group(numbers: &[f64]) -> u64 {
    let mut groups = HashMap::<u64, (u64, f64)>::new();
    for number in numbers {
        let group = groups.entry((number * 1e4) as u64).or_default();
        *group = (group.0 + 1, group.1 + number);
    }
    // In no order, so that the order must not matter.
    groups.iter().fold(0, |all: u64, (key, (count, sum))| all.wrapping_add(key.wrapping_mul(*count) ^ sum.to_bits()))
}

/// Keeps many small values on the heap, and lets half of them go again and again.
#[node]
pub fn allocate(rounds: u64) -> u64 {
    let mut kept = BTreeMap::<u64, Vec<u64>>::new();
    let mut state = 1_u64;
    for round in 0..rounds {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let key = state >> 50;
        if kept.remove(&key).is_none() {
            kept.insert(key, (0..state >> 59).map(|number| number ^ round).collect());
        }
    }
    kept.iter().fold(0, |sum: u64, (key, values)| sum.wrapping_add(values.iter().sum::<u64>().wrapping_mul(*key)))
}

/// Makes new texts of the words of old ones.
#[node]
pub fn write(text: &str) -> u64 {
    let mut sum = 0_u64;
    for (number, line) in text.lines().enumerate() {
        let words: Vec<String> = line.split(',').map(str::to_uppercase).collect();
        let written = format!("{number}: {}", words.join(" | ")).replace("A", "<a>");
        sum = sum.wrapping_mul(31).wrapping_add(written.bytes().map(u64::from).sum::<u64>());
    }
    sum
}
