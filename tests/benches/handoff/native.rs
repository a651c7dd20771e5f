//! The limits: data that stays within the process.

use std::cell::{RefCell, RefMut};
use std::hint::black_box;
use std::sync::Arc;

use memmap2::MmapMut;

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

/// As [`Shared`], in fresh memory of huge pages where the kernel has them: the same work in one process, at its best.
#[derive(Debug)]
pub(crate) struct Huge;

pub(crate) const HUGE: &str = "native, fresh huge pages";

impl Arm for Huge {
    type Data = Arc<MmapMut>;

    fn name(&self) -> &'static str {
        HUGE
    }

    fn produce(&self, payload: Payload) -> Self::Data {
        let mut memory = MmapMut::map_anon(self.expected_len(payload)).expect("memory");
        #[cfg(target_os = "linux")]
        if let Err(error) = memory.advise(memmap2::Advice::HugePage) {
            panic!("no huge pages: {error}");
        }
        let (numbers, _) = memory.as_chunks_mut();
        for (index, number) in numbers.iter_mut().enumerate() {
            *number = (index as f64).to_le_bytes();
        }
        Arc::new(memory)
    }

    fn touch(&self, data: &Self::Data) -> f64 {
        let data = black_box(data).clone();
        let (numbers, _) = data.as_chunks();
        numbers.first().zip(numbers.last()).map_or(0.0, |(first, last)| decode(first) + decode(last))
    }

    fn total(&self, data: &Self::Data) -> f64 {
        let data = black_box(data).clone();
        let (numbers, _) = data.as_chunks();
        sum(numbers.as_chunks().0.iter().map(|four: &[_; 4]| four.map(|number| decode(&number))))
            + numbers.as_chunks::<4>().1.iter().map(decode).sum::<f64>()
    }

    fn len(&self, data: &Self::Data) -> usize {
        data.len()
    }
}

fn decode(number: &[u8; 8]) -> f64 {
    f64::from_le_bytes(*number)
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

fn total(numbers: &[f64]) -> f64 {
    let (fours, rest) = numbers.as_chunks();
    sum(fours.iter().copied()) + rest.iter().sum::<f64>()
}

/// The loop of the node.
fn sum(fours: impl Iterator<Item = [f64; 4]>) -> f64 {
    let mut sums = [0.0; 4];
    for four in fours {
        for (sum, number) in sums.iter_mut().zip(four) {
            *sum += number;
        }
    }
    sums.iter().sum()
}
