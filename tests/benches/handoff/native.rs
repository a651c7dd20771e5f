//! The limits: data that stays within the process.

use std::cell::{RefCell, RefMut};
use std::hint::black_box;
use std::sync::Arc;

use crate::arm::Arm;
use crate::payload::Payload;

/// One allocation, and handles to it: nothing is handed over at all.
#[derive(Debug)]
pub(crate) struct Shared;

impl Arm for Shared {
    type Data = Arc<Vec<f64>>;

    fn name(&self) -> &'static str {
        "native, Arc<Vec<f64>>"
    }

    fn produce(&self, payload: Payload) -> Self::Data {
        Arc::new(fresh(payload))
    }

    fn touch(&self, data: &Self::Data) -> f64 {
        touch(&black_box(data).clone())
    }

    fn total(&self, data: &Self::Data) -> f64 {
        total(&black_box(data).clone())
    }

    fn len(&self, data: &Self::Data) -> usize {
        size_of_val(data.as_slice())
    }
}

/// One copy into memory that is there already: the least that any way can cost which copies.
#[derive(Debug)]
pub(crate) struct OneCopy;

/// Numbers, and where they are copied to. The warm-up round of each figure makes that memory warm.
#[derive(Debug)]
pub(crate) struct Copied {
    numbers: Vec<f64>,
    copy: RefCell<Vec<f64>>,
}

impl Arm for OneCopy {
    type Data = Copied;

    fn name(&self) -> &'static str {
        "native, one warm copy"
    }

    fn produce(&self, payload: Payload) -> Copied {
        Copied { numbers: fresh(payload), copy: RefCell::default() }
    }

    fn touch(&self, data: &Copied) -> f64 {
        touch(&data.copied())
    }

    fn total(&self, data: &Copied) -> f64 {
        total(&data.copied())
    }

    fn len(&self, data: &Copied) -> usize {
        size_of_val(data.numbers.as_slice())
    }
}

impl Copied {
    fn copied(&self) -> RefMut<'_, Vec<f64>> {
        let mut copy = self.copy.borrow_mut();
        copy.clear();
        copy.extend_from_slice(&self.numbers);
        black_box(copy)
    }
}

fn fresh(payload: Payload) -> Vec<f64> {
    (0..payload.numbers()).map(|number| number as f64).collect()
}

fn touch(numbers: &[f64]) -> f64 {
    numbers.first().zip(numbers.last()).map_or(0.0, |(first, last)| first + last)
}

/// The loop of the node.
fn total(numbers: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (fours, rest) = numbers.as_chunks::<4>();
    for four in fours {
        for (sum, number) in sums.iter_mut().zip(four) {
            *sum += number;
        }
    }
    sums.iter().chain(rest).sum()
}
