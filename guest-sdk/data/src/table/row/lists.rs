//! Lists as fields of rows: slices of the column itself, or vectors.

use super::field::Cell;
use crate::table::rows::{Items, Rows};
use crate::table::{
    ColumnKind, ColumnMut, Date, Duration, DurationMillis, DurationNanos, DurationSeconds, Element, ItemKind,
    ListColumn, ListItem, Room, Table, TableError, Time, TimeNanos, Timestamp, TimestampMillis, TimestampNanos,
    TimestampSeconds, Value,
};

/// An item of a `Vec` that a list is read as.
#[diagnostic::on_unimplemented(
    message = "`Vec<{Self}>` cannot be a field of a row",
    label = "no lists of a table have items that are read as `{Self}`",
    note = "the items of lists are `i32`, `i64`, `u64`, `f32`, `f64`, `bool`, `&str`, `String`, `&[u8]`, `Vec<u8>`, `Date` or \
            a type of times, or an `Option` of one of them"
)]
pub trait ListCell<'t>: Element {
    /// The items of the column's lists.
    #[doc(hidden)]
    type Item: ListItem;

    /// The kind of the items.
    #[doc(hidden)]
    const KIND: ItemKind;

    /// True if items may be missing.
    #[doc(hidden)]
    const MISSING: bool;

    /// Returns an item of the column as this type.
    #[doc(hidden)]
    fn own(item: <<Self::Item as ListItem>::Items<'t> as Rows>::Item) -> Self;

    /// Returns the bytes of a text or of bytes.
    #[doc(hidden)]
    fn bytes(&self) -> usize;
}

/// A type, what its items are read as, their kind, and the length of one in bytes, beyond those of fixed width.
macro_rules! items {
    ($($item:ty as $read:ty: $kind:expr, $length:expr;)*) => {$(
        impl<'t> ListCell<'t> for $item {
            type Item = $read;

            const KIND: ItemKind = $kind;
            const MISSING: bool = false;

            #[inline]
            fn own(item: $read) -> Self {
                item.into()
            }

            fn bytes(&self) -> usize {
                let length: fn(&Self) -> usize = $length;
                length(self)
            }
        }

        impl<'t> ListCell<'t> for Option<$item> {
            type Item = Option<$read>;

            const KIND: ItemKind = $kind;
            const MISSING: bool = true;

            #[inline]
            fn own(item: Option<$read>) -> Self {
                item.map(Into::into)
            }

            fn bytes(&self) -> usize {
                self.as_ref().map_or(0, ListCell::bytes)
            }
        }
    )*};
}

/// Returns the kind of items of fixed width.
const fn of<T: Value>() -> ItemKind {
    match ItemKind::of(T::KIND) {
        Some(kind) => kind,
        None => ItemKind::F64,
    }
}

macro_rules! fixed {
    ($($item:ty),*) => {
        items! { $($item as $item: of::<$item>(), |_| 0;)* }
    };
}

fixed!(i32, i64, u64, f32, f64, Date, Timestamp, TimestampSeconds, TimestampMillis, TimestampNanos);
fixed!(Time, TimeNanos, Duration, DurationSeconds, DurationMillis, DurationNanos);

items! {
    bool as bool: ItemKind::Bool, |_| 0;
    &'t str as &'t str: ItemKind::Text, |text| text.len();
    String as &'t str: ItemKind::Text, String::len;
    &'t [u8] as &'t [u8]: ItemKind::Binary, |bytes| bytes.len();
    Vec<u8> as &'t [u8]: ItemKind::Binary, Vec::len;
}

/// Returns the room of lists.
fn room_of<'c, 't, E: ListCell<'t> + 'c>(lists: impl Iterator<Item = &'c [E]>) -> Room {
    let room = if E::MISSING { Room::default().with_missing_items() } else { Room::default() };
    lists.fold(room, |room, list| room + Room::items(list.len()).bytes(list.iter().map(E::bytes).sum()))
}

fn fill_lists<'c, E: Element + 'c>(
    lists: impl Iterator<Item = Option<&'c [E]>>,
    to: &mut ColumnMut<'_>,
) -> Result<(), TableError> {
    let mut to = to.lists()?;
    for list in lists {
        to.push_option(list)?;
    }
    Ok(())
}

impl<'t, E: ListCell<'t>> Cell<'t> for Vec<E> {
    const NAME: &'static str = "Vec<_>";

    type Column = ListColumn<'t, <E::Item as ListItem>::Items<'t>>;

    fn column(table: &'t Table<'_>, at: usize) -> Result<Self::Column, TableError> {
        table.lists_of::<E::Item>(at)
    }

    fn of(list: <E::Item as ListItem>::Items<'t>) -> Self {
        (0..list.count()).map(|item| E::own(list.row(item))).collect()
    }

    fn kind() -> Option<ColumnKind> {
        Some(ColumnKind::List(E::KIND))
    }

    fn room<'c>(cells: impl Iterator<Item = &'c Self>) -> Room
    where
        Self: 'c,
    {
        room_of(cells.map(Self::as_slice))
    }

    fn fill<'c>(cells: impl Iterator<Item = Option<&'c Self>>, to: &mut ColumnMut<'_>) -> Result<(), TableError>
    where
        Self: 'c,
    {
        fill_lists(cells.map(|list| list.map(Self::as_slice)), to)
    }
}

impl<'t, T: Value + ListItem<Items<'t> = &'t [T]>> Cell<'t> for &'t [T] {
    const NAME: &'static str = "&[_]";

    type Column = ListColumn<'t, &'t [T]>;

    fn column(table: &'t Table<'_>, at: usize) -> Result<Self::Column, TableError> {
        table.lists_of::<T>(at)
    }

    #[inline]
    fn of(list: Self) -> Self {
        list
    }

    fn kind() -> Option<ColumnKind> {
        Some(ColumnKind::List(of::<T>()))
    }

    fn room<'c>(cells: impl Iterator<Item = &'c Self>) -> Room
    where
        Self: 'c,
    {
        cells.fold(Room::default(), |room, list| room + Room::items(list.len()))
    }

    fn fill<'c>(cells: impl Iterator<Item = Option<&'c Self>>, to: &mut ColumnMut<'_>) -> Result<(), TableError>
    where
        Self: 'c,
    {
        fill_lists(cells.map(|list| list.copied()), to)
    }
}
