//! The Rust types that lists are written from.

use super::{ColumnMut, TableError, Value};

/// A Rust type of which slices become lists: numbers, times, `bool`, `&str`, `String`, `&[u8]`, `Vec<u8>`, and `Option`s of them.
#[diagnostic::on_unimplemented(message = "`&[{Self}]` cannot be written as a list")]
pub trait Element: Sized {
    /// Writes an item to its place among all items; `None` if it is missing.
    ///
    /// # Errors
    ///
    /// Fails if the items are of another kind, have not enough room, or may not be missing.
    fn write_one(item: Option<&Self>, at: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError>;

    /// Writes items to the places from `at` on.
    ///
    /// # Errors
    ///
    /// Fails as [`write_one`](Self::write_one) does.
    fn write(items: &[Self], to: &mut ColumnMut<'_>, at: usize) -> Result<(), TableError> {
        items.iter().zip(at..).try_for_each(|(item, at)| Self::write_one(Some(item), at, to))
    }
}

impl<T: Value> Element for T {
    fn write_one(item: Option<&Self>, at: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        to.values::<T>()?[at] = item.copied().unwrap_or_else(bytemuck::Zeroable::zeroed);
        mark(item.is_some(), at, to)
    }

    fn write(items: &[Self], to: &mut ColumnMut<'_>, at: usize) -> Result<(), TableError> {
        to.values::<T>()?[at..at + items.len()].copy_from_slice(items);
        Ok(())
    }
}

impl Element for bool {
    fn write_one(item: Option<&Self>, at: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        to.bools()?.set(at, item.copied().unwrap_or_default());
        mark(item.is_some(), at, to)
    }
}

macro_rules! varied {
    ($($item:ty => $writer:ident),*) => {$(
        impl Element for $item {
            fn write_one(item: Option<&Self>, _: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
                match item {
                    Some(item) => to.$writer()?.push(item),
                    None if to.is_nullable() => to.$writer()?.push_option(None),
                    None => Err(not_nullable(to)),
                }
            }
        }
    )*};
}

varied!(&str => text, String => text, &[u8] => binary, Vec<u8> => binary);

impl<E: Element> Element for Option<E> {
    fn write_one(item: Option<&Self>, at: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        E::write_one(item.and_then(Self::as_ref), at, to)
    }
}

/// Marks an item as present or missing.
fn mark(is_there: bool, at: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
    match (is_there, to.is_nullable()) {
        (_, true) => to.validity()?.set(at, is_there),
        (true, false) => {}
        (false, false) => return Err(not_nullable(to)),
    }
    Ok(())
}

fn not_nullable(to: &ColumnMut<'_>) -> TableError {
    TableError::ItemNotNullable { column: to.name().to_owned() }
}
