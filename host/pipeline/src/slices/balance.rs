//! Cuts a sorted list of partitions into slices: contiguous, none empty, every partition once.

use std::num::NonZeroUsize;

use super::types::Part;
use crate::manifest::Balance;

/// Cuts `parts` into at most `slices` slices, as many as there are parts to fill them.
pub(super) fn cut(parts: Vec<Part>, slices: NonZeroUsize, balance: Balance) -> Vec<Vec<Part>> {
    let slices = slices.get().min(parts.len());
    let lengths = match balance {
        Balance::Count => by_count(parts.len(), slices),
        Balance::Size => by_size(&parts.iter().map(|part| part.size).collect::<Vec<_>>(), slices),
    };
    let mut parts = parts.into_iter();
    lengths.into_iter().map(|length| parts.by_ref().take(length).collect()).collect()
}

/// Returns lengths that differ by one at most, the longer ones first.
fn by_count(parts: usize, slices: usize) -> Vec<usize> {
    (0..slices).map(|slice| parts / slices + usize::from(slice < parts % slices)).collect()
}

/// Returns the lengths that make the largest slice as small as possible. An empty partition costs a call as well, so
/// each counts as one byte at least.
fn by_size(sizes: &[u64], slices: usize) -> Vec<usize> {
    let sizes: Vec<_> = sizes.iter().map(|size| u128::from(*size).max(1)).collect();
    let fits = |capacity| lengths(&sizes, slices, capacity).is_some();
    let (mut least, mut most) = (sizes.iter().copied().max().unwrap_or_default(), sizes.iter().sum::<u128>());
    while least < most {
        let capacity = least + (most - least) / 2;
        if fits(capacity) {
            most = capacity;
        } else {
            least = capacity + 1;
        }
    }
    lengths(&sizes, slices, least).unwrap_or_default()
}

/// Fills slice after slice up to `capacity`, but leaves a partition for each slice to come; `None` if that takes more
/// than `slices`. No partition may be larger than `capacity`.
fn lengths(sizes: &[u128], slices: usize, capacity: u128) -> Option<Vec<usize>> {
    let mut lengths: Vec<usize> = Vec::with_capacity(slices);
    let mut room = 0;
    for (index, &size) in sizes.iter().enumerate() {
        let (left, open) = (sizes.len() - index, slices - lengths.len());
        match lengths.last_mut() {
            Some(last) if size <= room && left > open => {
                *last += 1;
                room -= size;
            }
            _ if open == 0 => return None,
            _ => {
                lengths.push(1);
                room = capacity - size;
            }
        }
    }
    Some(lengths)
}
