//! Columns of lists from vectors of vectors.

use super::{Column, Value};

/// The item type of vectors in a vector.
pub trait Owned: Sized {
    /// Returns a column of such items.
    fn column(items: Vec<Option<Self>>, nullable: bool) -> Column;
}

impl<T: Value> Owned for T {
    fn column(items: Vec<Option<Self>>, nullable: bool) -> Column {
        Column::fixed_options(&items, nullable)
    }
}

macro_rules! owned {
    ($($item:ty => $column:path),*) => {$(
        impl Owned for $item {
            fn column(items: Vec<Option<Self>>, nullable: bool) -> Column {
                $column(items).complete_unless(nullable)
            }
        }
    )*};
}

owned!(bool => Column::from, &str => Column::from, String => Column::from, &[u8] => Column::binary);

impl<E: Owned> Owned for Option<E> {
    fn column(items: Vec<Option<Self>>, _: bool) -> Column {
        E::column(items.into_iter().map(Option::flatten).collect(), true)
    }
}

impl<E: Owned> From<Vec<Vec<E>>> for Column {
    fn from(lists: Vec<Vec<E>>) -> Self {
        let lengths = lists.iter().map(|list| Some(list.len())).collect();
        let items = lists.into_iter().flatten().map(Some).collect();
        Self::lists(E::column(items, false), lengths).complete_unless(false)
    }
}

impl<E: Owned> From<Vec<Option<Vec<E>>>> for Column {
    fn from(lists: Vec<Option<Vec<E>>>) -> Self {
        let lengths = lists.iter().map(|list| list.as_ref().map(Vec::len)).collect();
        let items = lists.into_iter().flatten().flatten().map(Some).collect();
        Self::lists(E::column(items, false), lengths)
    }
}
