//! Vectors of numbers: their size is known beforehand, so that they can be built in place.

use wpipe_data::{MAX_ARCHIVE_SIZE, Produce, ProduceError, Sink, Table, View};

use crate::contract::AccessError;

/// A number of which a vector can be built in place: see [`Output::fill`](crate::Output::fill).
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

        /// The schemas whose values ask for all of their bytes at once.
        const KNOWN_SIZES: &[u64] = &[
            <Table as View>::FINGERPRINT,
            <str as View>::FINGERPRINT,
            <[u8] as View>::FINGERPRINT,
            $(<[$number] as View>::FINGERPRINT),*
        ];
    };
}

numbers!(i8, i16, i32, i64, u16, u32, u64, f32, f64);

/// Whether values of `T` ask for all of their bytes at once.
pub(crate) fn knows_its_size<T: Produce + ?Sized>() -> bool {
    KNOWN_SIZES.contains(&T::FINGERPRINT)
}

/// An archived vector's root, in bytes: where the items are, as an offset from here, and how many, each of 32 bits.
const ROOT_SIZE: usize = 8;
const ROOT_ALIGNMENT: usize = 4;

/// Writes the archive of a vector of `len` numbers, which `fill` sets, and returns its size in bytes.
///
/// rkyv puts the items first and the root behind them. What the root holds does not depend on the items, so that
/// they need not be there before it is written. A test holds the result against rkyv's own.
pub(crate) fn write<N: Number, S: Sink<Error = AccessError>>(
    sink: &mut S,
    len: usize,
    fill: impl FnOnce(&mut [N]),
) -> Result<usize, ProduceError<AccessError>> {
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
    use wpipe_data::{AlignedBytes, to_archive};

    use super::*;

    /// Counts how often it is asked.
    #[derive(Default)]
    struct Counting {
        bytes: AlignedBytes,
        capacities: Vec<usize>,
    }

    impl Sink for Counting {
        type Error = AccessError;

        fn reserve(&mut self, capacity: usize) -> Result<&mut [u8], AccessError> {
            self.capacities.push(capacity);
            if self.bytes.len() < capacity {
                self.bytes.resize(capacity, 0);
            }
            Ok(&mut self.bytes)
        }
    }

    fn built<N: Number>(items: &[N]) -> Vec<u8> {
        let mut sink = Counting::default();
        let size = write(&mut sink, items.len(), |place: &mut [N]| place.copy_from_slice(items)).expect("small");
        sink.bytes[..size].to_vec()
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
        let result = write(&mut Counting::default(), usize::MAX, |_: &mut [f64]| ());
        assert_eq!(result, Err(ProduceError::TooLarge));
    }

    /// In place is only what grows no more after its first request.
    fn first_request_is_the_largest<P: Produce>(value: &P) {
        assert!(knows_its_size::<P>());
        let mut sink = Counting::default();
        value.produce(&mut sink).expect("the sink takes anything");
        // Padding asks for nothing, in all words.
        let first = sink.capacities.iter().find(|capacity| **capacity > 0);
        assert_eq!(first, sink.capacities.iter().max(), "{:?}", sink.capacities);
    }

    #[test]
    fn values_of_known_size_ask_for_all_of_it_at_once() -> Result<(), Box<dyn std::error::Error>> {
        first_request_is_the_largest(&vec![0.5; 100_000]);
        first_request_is_the_largest(&vec![1_i8; 100_001]);
        first_request_is_the_largest(&"text".repeat(100_000));
        first_request_is_the_largest(&Table::from_columns([("x", vec![0.5; 100_000].into())])?);
        assert!(!knows_its_size::<Vec<String>>());
        Ok(())
    }
}
