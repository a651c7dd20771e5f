//! Texts and bytes as fields of rows.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::field::Cell;
use crate::table::{BinaryColumn, ColumnKind, ColumnMut, Room, Table, TableError, TextColumn};

macro_rules! texts {
    ($($text:ty as $name:literal),*) => {$(
        impl<'t> Cell<'t> for $text {
            const NAME: &'static str = $name;

            type Column = TextColumn<'t>;

            fn column(table: &'t Table<'_>, at: usize) -> Result<TextColumn<'t>, TableError> {
                Ok(table.nullable_text(at)?.values())
            }

            #[inline]
            fn of(text: &'t str) -> Self {
                text.into()
            }

            fn kind() -> Option<ColumnKind> {
                Some(ColumnKind::Text)
            }

            fn room<'c>(cells: impl Iterator<Item = &'c Self>) -> Room
            where
                Self: 'c,
            {
                Room::default().bytes(cells.map(|text| text.len()).sum())
            }

            fn fill<'c>(cells: impl Iterator<Item = Option<&'c Self>>, to: &mut ColumnMut<'_>) -> Result<(), TableError>
            where
                Self: 'c,
            {
                let mut to = to.text()?;
                cells.map(|text| text.map(|text| &**text)).try_for_each(|text| to.push_option_if_missing(text))
            }
        }
    )*};
}

texts!(
    &'t str as "&str", String as "String", Box<str> as "Box<str>", Rc<str> as "Rc<str>", Arc<str> as "Arc<str>",
    Cow<'t, str> as "Cow<str>"
);

macro_rules! binary {
    ($($bytes:ty as $name:literal),*) => {$(
        impl<'t> Cell<'t> for $bytes {
            const NAME: &'static str = $name;

            type Column = BinaryColumn<'t>;

            fn column(table: &'t Table<'_>, at: usize) -> Result<BinaryColumn<'t>, TableError> {
                Ok(table.nullable_binary(at)?.values())
            }

            #[inline]
            fn of(bytes: &'t [u8]) -> Self {
                bytes.into()
            }

            fn kind() -> Option<ColumnKind> {
                Some(ColumnKind::Binary)
            }

            fn room<'c>(cells: impl Iterator<Item = &'c Self>) -> Room
            where
                Self: 'c,
            {
                Room::default().bytes(cells.map(|bytes| bytes.len()).sum())
            }

            fn fill<'c>(cells: impl Iterator<Item = Option<&'c Self>>, to: &mut ColumnMut<'_>) -> Result<(), TableError>
            where
                Self: 'c,
            {
                let mut to = to.binary()?;
                cells.map(|bytes| bytes.map(|bytes| &**bytes)).try_for_each(|bytes| to.push_option_if_missing(bytes))
            }
        }
    )*};
}

binary!(&'t [u8] as "&[u8]", Vec<u8> as "Vec<u8>", Box<[u8]> as "Box<[u8]>", Cow<'t, [u8]> as "Cow<[u8]>");
