//! The forms that lists are read in: slices of numbers, parts of columns of texts.

use super::rows::Items;
use super::{BinaryColumn, BoolColumn, ItemKind, Nullable, Table, TableError, TextColumn, Value};

/// A Rust type that items of lists are read as, in place: `f32` and all that [`Value`] is for, `bool`, `&str` and
/// `&[u8]`; and an `Option` of one of them, if items may be missing.
#[diagnostic::on_unimplemented(
    message = "the items of lists cannot be read as `{Self}`",
    note = "they are read as numbers, times, `bool`, `&str` or `&[u8]`, or as an `Option` of one of them"
)]
pub trait ListItem: sealed::Sealed {
    /// The type of a list: `&[f32]`, [`TextColumn`], [`BinaryColumn`], [`BoolColumn`], or a [`Nullable`] of one of
    /// them.
    type Items<'t>: Items;

    /// Returns the items of all lists of the column at `at`, in order.
    #[doc(hidden)]
    fn items<'t>(table: &'t Table<'_>, at: usize) -> Result<Self::Items<'t>, TableError>;
}

/// The types that an `Option` may hold.
pub trait Plain {
    type Items<'t>: Items;

    const KIND: ItemKind;
    const NAME: &'static str;

    /// Returns the items, with any content of missing ones.
    fn all<'t>(table: &'t Table<'_>, at: usize) -> Result<Self::Items<'t>, TableError>;
}

impl<T: Value> Plain for T {
    type Items<'t> = &'t [T];

    const KIND: ItemKind = match ItemKind::of(T::KIND) {
        Some(kind) => kind,
        None => ItemKind::F64,
    };
    const NAME: &'static str = T::NAME;

    fn all<'t>(table: &'t Table<'_>, at: usize) -> Result<&'t [T], TableError> {
        table.item_values(at)
    }
}

impl Plain for &str {
    type Items<'t> = TextColumn<'t>;

    const KIND: ItemKind = ItemKind::Text;
    const NAME: &'static str = "&str";

    fn all<'t>(table: &'t Table<'_>, at: usize) -> Result<TextColumn<'t>, TableError> {
        table.item_texts(at)
    }
}

impl Plain for &[u8] {
    type Items<'t> = BinaryColumn<'t>;

    const KIND: ItemKind = ItemKind::Binary;
    const NAME: &'static str = "&[u8]";

    fn all<'t>(table: &'t Table<'_>, at: usize) -> Result<BinaryColumn<'t>, TableError> {
        table.item_bytes(at)
    }
}

impl Plain for bool {
    type Items<'t> = BoolColumn<'t>;

    const KIND: ItemKind = ItemKind::Bool;
    const NAME: &'static str = "bool";

    fn all<'t>(table: &'t Table<'_>, at: usize) -> Result<BoolColumn<'t>, TableError> {
        table.item_bits(at)
    }
}

impl<P: Plain> ListItem for P {
    type Items<'t> = P::Items<'t>;

    fn items<'t>(table: &'t Table<'_>, at: usize) -> Result<Self::Items<'t>, TableError> {
        let items = P::all(table, at)?;
        table.items_are_complete(at, P::NAME)?;
        Ok(items)
    }
}

impl<P: Plain> ListItem for Option<P> {
    type Items<'t> = Nullable<'t, P::Items<'t>>;

    fn items<'t>(table: &'t Table<'_>, at: usize) -> Result<Self::Items<'t>, TableError> {
        table.with_missing_items(at, P::all(table, at)?)
    }
}

mod sealed {
    use super::Plain;

    pub trait Sealed {}
    impl<P: Plain> Sealed for P {}
    impl<P: Plain> Sealed for Option<P> {}
}
