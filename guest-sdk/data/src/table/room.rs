//! The room of a column that its rows do not tell.

use core::ops::Add;

/// The room of a column, in all rows together. Unused room costs bytes when the table is finished, and nothing else.
///
/// ```
/// use wpipe_data::{ItemKind, Room, TableSpec};
///
/// let spec = TableSpec::new(100)
///     .list("embedding", ItemKind::F32, Room::items(100 * 384))
///     .list("tags", ItemKind::Text, Room::items(250).bytes(4_000));
/// assert!(spec.size()? > 100 * 384 * 4);
/// # Ok::<(), wpipe_data::TableError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[must_use]
pub struct Room {
    /// The bytes of texts or binary values.
    pub bytes: usize,
    /// The items of lists, or the different values of a dictionary.
    pub items: usize,
    /// True if items of lists may be missing.
    pub missing_items: bool,
    /// True if there is as much room as is written.
    pub grows: bool,
}

impl Room {
    /// Returns room for so many items of lists, or so many values of a dictionary.
    pub const fn items(items: usize) -> Self {
        Self { items, ..Self::NONE }
    }

    /// Returns as much room as is written: nobody has to count before. What is written is kept aside, and copied to its
    /// place when the table is finished. Such a table is built by [`TableSpec::build`](super::TableSpec::build) and its
    /// likes.
    pub const fn growing() -> Self {
        Self { grows: true, ..Self::NONE }
    }

    const NONE: Self = Self { bytes: 0, items: 0, missing_items: false, grows: false };

    /// Adds room for so many bytes of texts or binary values.
    pub const fn bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// Lets items of lists be missing.
    pub const fn with_missing_items(self) -> Self {
        Self { missing_items: true, ..self }
    }
}

/// Adds the room of both. Numbers that are too large are refused when the table is laid out.
impl Add for Room {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            items: self.items.saturating_add(other.items),
            missing_items: self.missing_items || other.missing_items,
            grows: self.grows || other.grows,
        }
    }
}
