//! What the hand-over benchmark measures: one node that makes bytes, and those that look at few or all of them.

use wpipe_sdk::{Output, OutputError, node};

/// The numbers from 0 to `n`, built in place.
#[node]
pub(crate) fn produce(n: u64, numbers: Output<Vec<f64>>) -> Result<(), OutputError> {
    numbers.fill(n as usize, |numbers| {
        for (index, number) in numbers.iter_mut().enumerate() {
            *number = index as f64;
        }
    })
}

/// The first number and the last one, added.
#[node]
pub(crate) fn touch(numbers: &[f64]) -> f64 {
    numbers.first().zip(numbers.last()).map_or(0.0, |(first, last)| first + last)
}

/// The sum of all numbers.
#[node]
pub(crate) fn total(numbers: &[f64]) -> f64 {
    sum(numbers)
}

/// Four sums at a time, in vectors, so that memory is what is measured and not the latency of an addition.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn sum(numbers: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (fours, rest) = numbers.as_chunks::<4>();
    for four in fours {
        for (sum, number) in sums.iter_mut().zip(four) {
            *sum += number;
        }
    }
    sums.iter().chain(rest).sum()
}

/// The sum of all numbers, and some arithmetic with each, as a node that has real work to do.
#[node]
pub(crate) fn busy_total(numbers: &[f64]) -> f64 {
    let mut sum = 0.0;
    for number in numbers {
        core::hint::black_box(works(core::hint::black_box(64)));
        sum += number;
    }
    sum
}

/// Four outputs: the numbers from 0 to `n`, and the same with 1, 2 and 3 added.
#[node(outputs("zero", "one", "two", "three"))]
pub(crate) fn fan4(n: u64) -> (Vec<f64>, Vec<f64>, Vec<f64>, Vec<f64>) {
    let from = |first: u64| (first..first + n).map(|number| number as f64).collect();
    (from(0), from(1), from(2), from(3))
}

/// Works for as many rounds, each of which depends on the one before.
#[node]
pub(crate) fn works(rounds: u64) -> u64 {
    (0..rounds).fold(1, |state: u64, round| state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(round | 1))
}

/// Every number, doubled in place.
#[node]
pub(crate) fn doubled(numbers: &[f64], doubled: Output<Vec<f64>>) -> Result<(), OutputError> {
    doubled.fill(numbers.len(), |doubled| {
        for (doubled, number) in doubled.iter_mut().zip(numbers) {
            *doubled = number * 2.0;
        }
    })
}
