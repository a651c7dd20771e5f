//! The nodes of the hand-over benchmark as a component without wpipe: the data is a `list<u8>`, which the canonical
//! ABI copies in and out. Nothing is copied beyond that.

#![cfg(target_arch = "wasm32")]

use std::mem::MaybeUninit;

wit_bindgen::generate!({ world: "lists", path: "wit" });

struct Lists;

impl Guest for Lists {
    fn produce(n: u64) -> Vec<u8> {
        let len = n as usize * size_of::<f64>();
        let mut data = Vec::with_capacity(len);
        // Neither zeroed first nor appended piece by piece.
        let (places, _) = data.spare_capacity_mut()[..len].as_chunks_mut();
        for (index, place) in places.iter_mut().enumerate() {
            *place = (index as f64).to_le_bytes().map(MaybeUninit::new);
        }
        // SAFETY: the vector has room for `len` bytes, a multiple of 8, all of which the loop has set.
        unsafe { data.set_len(len) };
        data
    }

    fn touch(data: Vec<u8>) -> f64 {
        let numbers = numbers(&data);
        numbers.first().zip(numbers.last()).map_or(0.0, |(first, last)| decode(first) + decode(last))
    }

    fn total(data: Vec<u8>) -> f64 {
        sum(numbers(&data))
    }
}

/// The loop of the node that this is compared with.
#[target_feature(enable = "simd128")]
fn sum(numbers: &[[u8; 8]]) -> f64 {
    let mut sums = [0.0; 4];
    let (fours, rest) = numbers.as_chunks::<4>();
    for four in fours {
        for (sum, number) in sums.iter_mut().zip(four) {
            *sum += decode(number);
        }
    }
    sums.into_iter().chain(rest.iter().map(decode)).sum()
}

fn numbers(data: &[u8]) -> &[[u8; 8]] {
    data.as_chunks().0
}

fn decode(number: &[u8; 8]) -> f64 {
    f64::from_le_bytes(*number)
}

export!(Lists);
