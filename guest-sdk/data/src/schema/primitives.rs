//! Layouts of rkyv's archived primitives; the multi-byte ones are little-endian whatever the target.

use rkyv::primitive::{
    ArchivedChar, ArchivedF32, ArchivedF64, ArchivedI16, ArchivedI32, ArchivedI64, ArchivedI128, ArchivedNonZeroI16,
    ArchivedNonZeroI32, ArchivedNonZeroI64, ArchivedNonZeroU16, ArchivedNonZeroU32, ArchivedNonZeroU64, ArchivedU16,
    ArchivedU32, ArchivedU64, ArchivedU128,
};

use super::{Layout, Schema};
use crate::Fingerprint;

// Another crate that enabled one of rkyv's format features would change every archive of this process.
const _: () = assert!(
    size_of::<rkyv::primitive::ArchivedUsize>() == 4 && align_of::<ArchivedU64>() == 8,
    "wpipe needs rkyv's default format: `pointer_width_*` and `unaligned` must be off"
);

macro_rules! layouts {
    ($($archived:ty => $name:literal),* $(,)?) => {$(
        impl Layout for $archived {
            const LAYOUT: u64 = Fingerprint::new().text($name).size_of::<Self>().finish();
        }
    )*};
}

macro_rules! schemas {
    ($($archived:ty => $name:literal),* $(,)?) => {$(
        layouts!($archived => $name);

        impl Schema for $archived {
            const NAME: &'static str = $name;
        }
    )*};
}

schemas! {
    bool => "bool",
    i8 => "i8",
    rkyv::rend::i16_le => "i16",
    rkyv::rend::i32_le => "i32",
    rkyv::rend::i64_le => "i64",
    ArchivedI128 => "i128",
    rkyv::rend::u16_le => "u16",
    rkyv::rend::u32_le => "u32",
    rkyv::rend::u64_le => "u64",
    ArchivedU128 => "u128",
    rkyv::rend::f32_le => "f32",
    rkyv::rend::f64_le => "f64",
    ArchivedChar => "char",
}

layouts! {
    // `u8` is no schema, so that `Vec<u8>` can mean raw bytes and not an archive of a vector.
    u8 => "u8",
    () => "()",
    ArchivedNonZeroI16 => "nonzero i16",
    ArchivedNonZeroI32 => "nonzero i32",
    ArchivedNonZeroI64 => "nonzero i64",
    ArchivedNonZeroU16 => "nonzero u16",
    ArchivedNonZeroU32 => "nonzero u32",
    ArchivedNonZeroU64 => "nonzero u64",
    core::num::NonZeroI8 => "nonzero i8",
    core::num::NonZeroU8 => "nonzero u8",
    rkyv::time::ArchivedDuration => "duration",
}

// The aliases and the explicit little-endian names must be one and the same.
const _: fn(ArchivedI16, ArchivedI32, ArchivedI64, ArchivedU16, ArchivedU32, ArchivedU64, ArchivedF32, ArchivedF64) =
    |_: rkyv::rend::i16_le,
     _: rkyv::rend::i32_le,
     _: rkyv::rend::i64_le,
     _: rkyv::rend::u16_le,
     _: rkyv::rend::u32_le,
     _: rkyv::rend::u64_le,
     _: rkyv::rend::f32_le,
     _: rkyv::rend::f64_le| ();
