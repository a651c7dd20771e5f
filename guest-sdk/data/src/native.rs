//! Views of archived numbers as Rust's own: `&f64` for an archived `f64`, `&[f64]` for an archived vector.
//!
//! All supported targets are little-endian, so the archived bytes are the numbers themselves.

use bytemuck::Pod;
use rkyv::Archive;
use rkyv::Archived;
use rkyv::vec::ArchivedVec;

use crate::view::access;
use crate::{Kept, Schema, SharedBytes, View, ViewError};

/// Finds the items of an archived vector in the bytes that hold them.
///
/// A reference to archived numbers cannot be cast to native ones without `unsafe`; the bytes can.
fn slice_of<'a, T>(schema: &'static str, bytes: &'a [u8]) -> Result<&'a [T], ViewError>
where
    T: Pod + Archive,
    ArchivedVec<Archived<T>>: View<Holder<'a> = &'a ArchivedVec<Archived<T>>>,
{
    let items = <ArchivedVec<Archived<T>> as View>::view(bytes)?.as_slice();
    if items.is_empty() {
        // An empty vector's pointer may point anywhere.
        return Ok(&[]);
    }
    let start = items.as_ptr().addr().wrapping_sub(bytes.as_ptr().addr());
    bytes
        .get(start..start.saturating_add(size_of_val(items)))
        .and_then(|items| bytemuck::try_cast_slice(items).ok())
        .ok_or_else(|| ViewError::invalid(schema, "the items lie outside of the archive"))
}

macro_rules! slices {
    ($($native:ty),*) => {$(
        impl View for [$native] {
            const NAME: &'static str = <ArchivedVec<Archived<$native>> as Schema>::NAME;
            const FINGERPRINT: u64 = <ArchivedVec<Archived<$native>> as Schema>::FINGERPRINT;

            type Of<'a> = Self;
            type Holder<'a> = &'a Self;
            type Kept = Kept<Self>;

            fn view(bytes: &[u8]) -> Result<&Self, ViewError> {
                slice_of(<Self as View>::NAME, bytes)
            }

            fn keep(bytes: SharedBytes) -> Result<Kept<Self>, ViewError> {
                Kept::new(bytes, <Self as View>::view)
            }
        }
    )*};
}

macro_rules! numbers {
    ($($native:ty),*) => {$(
        impl View for $native {
            const NAME: &'static str = <Archived<$native> as Schema>::NAME;
            const FINGERPRINT: u64 = <Archived<$native> as Schema>::FINGERPRINT;

            type Of<'a> = Self;
            type Holder<'a> = Self;
            type Kept = Self;

            fn view(bytes: &[u8]) -> Result<Self, ViewError> {
                access::<Archived<Self>>(<Self as View>::NAME, bytes).map(|number| number.to_native())
            }

            fn keep(bytes: SharedBytes) -> Result<Self, ViewError> {
                Self::view((*bytes).as_ref())
            }
        }
    )*};
}

slices!(i8, i16, i32, i64, u16, u32, u64, f32, f64);
numbers!(i16, i32, i64, u16, u32, u64, f32, f64);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::to_archive;

    #[test]
    fn an_archived_vector_reads_as_a_slice() -> Result<(), Box<dyn std::error::Error>> {
        let archive = to_archive(&vec![1_i64, -2, i64::MAX])?;
        assert_eq!(<[i64]>::view(&archive)?, [1, -2, i64::MAX]);
        assert_eq!(<[f32]>::view(&to_archive(&Vec::<f32>::new())?)?, [0.0_f32; 0]);
        Ok(())
    }

    #[test]
    fn an_archived_number_reads_as_a_number() -> Result<(), Box<dyn std::error::Error>> {
        assert_eq!(f64::view(&to_archive(&0.25)?)?, 0.25);
        Ok(())
    }

    #[test]
    fn the_two_views_of_a_vector_have_one_schema() {
        assert_eq!(<[f64] as View>::NAME, "vec<f64>");
        assert_eq!(<[f64] as View>::FINGERPRINT, <ArchivedVec<Archived<f64>> as View>::FINGERPRINT);
    }
}
