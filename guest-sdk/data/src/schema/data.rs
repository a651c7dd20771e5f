//! The Rust types whose archived form has a schema.

use rkyv::Archive;

use super::Schema;

/// A type whose archived form may be the root of an archive.
///
/// `#[derive(Data)]` implements it, next to the archived form's [`Schema`]. It is implemented for numbers, `bool`,
/// `char`, and vectors of these, of texts and of other such types, but neither for `String` nor for `Vec<u8>`,
/// which stand for raw text and raw bytes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a dataset",
    note = "add `#[derive(Data)]`, next to rkyv's `Archive` and `Serialize`"
)]
pub trait Data: Archive<Archived: Schema> {}

macro_rules! data {
    ($($native:ty),*) => {
        $(impl Data for $native {})*
    };
}

data!(bool, char, i8, i16, i32, i64, i128, u16, u32, u64, u128, f32, f64, Vec<String>);

impl<T: Data> Data for Vec<T> {}
