//! Vectors of numbers: their size is known in advance, so that they can be built in place.

use crate::{MAX_ARCHIVE_SIZE, ProduceError, Sink};

/// A number whose vectors can be built in place: see [`produce_numbers`].
pub trait Number: bytemuck::Pod + sealed::Sealed {}

mod sealed {
    pub trait Sealed {}
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(
            impl sealed::Sealed for $number {}
            impl Number for $number {}
        )*
    };
}

numbers!(i8, i16, i32, i64, u16, u32, u64, f32, f64);

/// The size of an archived vector's root, in bytes: the offset of the items from here, and their number, each of 32
/// bits.
const ROOT_SIZE: usize = 8;
const ROOT_ALIGNMENT: usize = 4;

/// Writes the archive of a vector of `len` numbers, which `fill` sets, and returns its size in bytes.
///
/// rkyv puts the items first and the root behind them. The root does not depend on the items, so they need not exist
/// before it is written. A test compares the result with rkyv's own.
///
/// # Errors
///
/// Fails if the sink cannot grow, or if the archive would be larger than [`MAX_ARCHIVE_SIZE`].
pub fn produce_numbers<N: Number, S: Sink>(
    sink: &mut S,
    len: usize,
    fill: impl FnOnce(&mut [N]),
) -> Result<usize, ProduceError<S::Error>> {
    let items = len.saturating_mul(size_of::<N>());
    let root = items.checked_next_multiple_of(ROOT_ALIGNMENT).ok_or(ProduceError::TooLarge)?;
    let size = root.saturating_add(ROOT_SIZE);
    if size > MAX_ARCHIVE_SIZE {
        return Err(ProduceError::TooLarge);
    }
    let area = &mut sink.reserve(size).map_err(ProduceError::Sink)?[..size];
    let archive = |error| ProduceError::Archive(format!("its area is of no use: {error}"));
    fill(bytemuck::try_cast_slice_mut(&mut area[..items]).map_err(archive)?);
    // Both fit: the archive has less than 2 GiB.
    area[root..root + 4].copy_from_slice(&(-(root as i32)).to_le_bytes());
    area[root + 4..].copy_from_slice(&(len as u32).to_le_bytes());
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AlignedBytes, to_archive};

    fn built<N: Number>(items: &[N]) -> Vec<u8> {
        let mut sink = AlignedBytes::new();
        let size =
            produce_numbers(&mut sink, items.len(), |place: &mut [N]| place.copy_from_slice(items)).expect("small");
        sink[..size].to_vec()
    }

    #[test]
    fn the_archive_is_the_one_that_rkyv_makes() -> Result<(), Box<dyn std::error::Error>> {
        assert_eq!(built(&[0.5, 1.5, -2.0]), to_archive(&vec![0.5, 1.5, -2.0])?.as_slice());
        assert_eq!(built(&[1_i8, 2, 3]), to_archive(&vec![1_i8, 2, 3])?.as_slice());
        assert_eq!(built::<i64>(&[]), to_archive(&Vec::<i64>::new())?.as_slice());
        Ok(())
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let result = produce_numbers(&mut AlignedBytes::new(), usize::MAX, |_: &mut [f64]| ());
        assert_eq!(result, Err(ProduceError::TooLarge));
    }
}
