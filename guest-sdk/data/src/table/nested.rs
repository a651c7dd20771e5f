//! The children of a column: the items of its lists, the values of its dictionary.

use super::fixed::FixedColumn;
use super::items::{ListItem, Plain};
use super::list::ListRanges;
use super::raw::{Child, ColumnBuffers};
use super::rows::Items;
use super::{
    BinaryColumn, BoolColumn, ColumnIndex, ColumnKind, DictionaryColumn, ListColumn, Nullable, Table, TableError,
    TextColumn, Value, bits,
};

impl Table<'_> {
    /// Returns the lists of a column: of `f32` and all that columns are slices of, `bool`, `&str` or `&[u8]`, or of an
    /// `Option` of one of them. Checks all offsets once, O(rows), and texts.
    ///
    /// Items are read as another kind if values are: see [`Table`].
    ///
    /// ```
    /// use wpipe_data::Table;
    ///
    /// let table = Table::from_columns([
    ///     ("embedding", vec![vec![0.5_f32, 1.5], vec![]].into()),
    ///     ("tags", vec![vec![Some("a"), None], vec![Some("b")]].into()),
    /// ])?;
    /// assert_eq!(table.lists::<f32>("embedding")?.get(0), [0.5, 1.5]);
    /// let tags = table.lists::<Option<&str>>("tags")?;
    /// assert_eq!(tags.get(0).iter().collect::<Vec<_>>(), [Some("a"), None]);
    /// # Ok::<(), wpipe_data::TableError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it is of another kind, if lists or items are missing, or if it is damaged.
    pub fn lists<I: ListItem>(&self, which: impl ColumnIndex) -> Result<ListColumn<'_, I::Items<'_>>, TableError> {
        self.named_errors(|| {
            let at = which.position(self)?;
            let lists = self.lists_of::<I>(at)?;
            self.complete(&self.columns[at], "nullable_lists")?;
            Ok(lists)
        })
    }

    /// Returns the lists of a column in which some may be missing; see [`lists`](Self::lists).
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it is of another kind, if items are missing, or if it is damaged.
    pub fn nullable_lists<I: ListItem>(
        &self,
        which: impl ColumnIndex,
    ) -> Result<Nullable<'_, ListColumn<'_, I::Items<'_>>>, TableError> {
        self.named_errors(|| {
            let at = which.position(self)?;
            self.with_validity(&self.columns[at], self.lists_of::<I>(at)?)
        })
    }

    /// Returns the codes and values of a text column.
    pub(super) fn coded(&self, column: &ColumnBuffers) -> Result<DictionaryColumn<'_>, TableError> {
        let child = column.child.as_ref().filter(|_| column.is_dictionary());
        let child = child.ok_or_else(|| TableError::NoDictionary { column: column.name.clone() })?;
        let values = self.texts(&child.buffers)?;
        DictionaryColumn::new(&column.name, self.codes(column)?, values, child.ordered)
    }

    /// Returns the codes of a dictionary, unchecked.
    pub(super) fn codes(&self, column: &ColumnBuffers) -> Result<&[i32], TableError> {
        self.values(column)
    }

    /// Returns the lists of the column at `at`, missing or not.
    pub(super) fn lists_of<I: ListItem>(&self, at: usize) -> Result<ListColumn<'_, I::Items<'_>>, TableError> {
        let items = I::items(self, at)?;
        Ok(ListColumn::new(self.ranges(at)?, items))
    }

    /// Returns the items of each row of the column at `at`, by their positions.
    pub(super) fn ranges(&self, at: usize) -> Result<ListRanges<'_>, TableError> {
        let column = &self.columns[at];
        match (column.kind, &column.child) {
            (ColumnKind::List(_), Some(child)) => ListRanges::new(&column.name, self.offsets(column)?, child.length),
            // It has no values: as many lists of nothing.
            _ => {
                let zeros = &self.lent[at].zeros(self.rows())[..(self.rows() + 1) * size_of::<i32>()];
                let offsets = bytemuck::try_cast_slice(zeros);
                let misaligned = || TableError::corrupt(&column.name, "its offsets are misaligned");
                ListRanges::new(&column.name, offsets.map_err(|_| misaligned())?, 0)
            }
        }
    }

    /// Returns the positions of the items of each list of a column, of any kind. Checks all offsets once: O(rows).
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it holds no lists, or if it is damaged.
    pub fn list_ranges(&self, which: impl ColumnIndex) -> Result<Nullable<'_, ListRanges<'_>>, TableError> {
        self.named_errors(|| self.nullable_ranges(which.position(self)?))
    }

    pub(super) fn nullable_ranges(&self, at: usize) -> Result<Nullable<'_, ListRanges<'_>>, TableError> {
        self.named_errors(|| self.with_validity(&self.columns[at], self.ranges(at)?))
    }

    /// Returns the items of the column at `at`: `None` if there is none at all, which is as good as items of any kind.
    fn items_at<P: Plain>(&self, at: usize, fits: impl Fn(ColumnKind) -> bool) -> Result<Option<&Child>, TableError> {
        let column = &self.columns[at];
        match (column.kind, &column.child) {
            (ColumnKind::List(item), Some(child)) if fits(item.kind()) => Ok(Some(child)),
            (ColumnKind::List(_), Some(child)) if child.length == 0 => Ok(None),
            _ if self.has_no_values(column) => Ok(None),
            _ => Err(TableError::misread(column, ColumnKind::List(P::KIND))),
        }
    }

    pub(super) fn item_values<T: Value>(&self, at: usize) -> Result<&[T], TableError> {
        let is_whole = |kind| kind == ColumnKind::I64 && T::KIND == ColumnKind::F64;
        let Some(child) = self.items_at::<T>(at, |kind| T::fits(kind) || is_whole(kind))? else { return Ok(&[]) };
        let items = &child.buffers;
        if T::fits(items.kind) {
            return self.values(items);
        }
        let validity = self.validity_of(items, child.length)?;
        let is_valid = |item| validity.is_none_or(|validity| bits::get(validity, item));
        let floats = self.lent[at].floats(&items.name, self.values(items)?, is_valid)?;
        bytemuck::try_cast_slice(floats).map_err(|_| TableError::corrupt(&items.name, "its items are misaligned"))
    }

    pub(super) fn item_texts(&self, at: usize) -> Result<TextColumn<'_>, TableError> {
        self.named_errors(|| match self.items_at::<&str>(at, |kind| kind == ColumnKind::Text)? {
            Some(child) => self.texts(&child.buffers),
            None => TextColumn::new(&self.columns[at].name, &[0], b""),
        })
    }

    pub(super) fn item_bytes(&self, at: usize) -> Result<BinaryColumn<'_>, TableError> {
        match self.items_at::<&[u8]>(at, |kind| kind == ColumnKind::Binary)? {
            Some(child) => self.varied(&child.buffers),
            None => BinaryColumn::new(&self.columns[at].name, &[0], b""),
        }
    }

    pub(super) fn item_bits(&self, at: usize) -> Result<BoolColumn<'_>, TableError> {
        Ok(match self.items_at::<bool>(at, |kind| kind == ColumnKind::Bool)? {
            Some(child) => BoolColumn::new(&self.bytes()[child.buffers.values.clone()], child.length),
            None => BoolColumn::new(&[], 0),
        })
    }

    /// Returns the items of the column at `at` as bytes of fixed width.
    pub(super) fn item_fixed(&self, at: usize) -> Result<Nullable<'_, FixedColumn<'_>>, TableError> {
        self.named_errors(|| {
            let child = self.columns[at].child.as_ref();
            let fixed = child.map(|child| {
                let width = child.buffers.kind.width().unwrap_or(1);
                FixedColumn::new(&self.bytes()[child.buffers.values.clone()], width)
            });
            self.with_missing_items(at, fixed.unwrap_or(FixedColumn::new(&[], 1)))
        })
    }

    /// Returns the lists of the column at `at`, with items as bytes of fixed width.
    pub(super) fn fixed_lists(
        &self,
        at: usize,
    ) -> Result<Nullable<'_, ListColumn<'_, Nullable<'_, FixedColumn<'_>>>>, TableError> {
        self.with_validity(&self.columns[at], ListColumn::new(self.ranges(at)?, self.item_fixed(at)?))
    }

    /// Returns the items of text or binary of the column at `at` as bytes.
    pub(super) fn item_varied(&self, at: usize) -> Result<Nullable<'_, BinaryColumn<'_>>, TableError> {
        self.named_errors(|| {
            let column = &self.columns[at];
            let items = match &column.child {
                Some(child) => self.varied(&child.buffers)?,
                None => BinaryColumn::new(&column.name, &[0], b"")?,
            };
            self.with_missing_items(at, items)
        })
    }

    /// Fails if items of the column at `at` are missing, which was requested as `item`s.
    pub(super) fn items_are_complete(&self, at: usize, item: &'static str) -> Result<(), TableError> {
        let Some(child) = &self.columns[at].child else { return Ok(()) };
        self.validity_of(&child.buffers, child.length)?;
        match child.buffers.null_count {
            0 => Ok(()),
            nulls => Err(TableError::HasNullItems { column: child.buffers.name.clone(), nulls, item }),
        }
    }

    pub(super) fn with_missing_items<'t, V: Items>(
        &'t self,
        at: usize,
        items: V,
    ) -> Result<Nullable<'t, V>, TableError> {
        self.named_errors(|| {
            let Some(child) = &self.columns[at].child else { return Ok(Nullable::new(items, None, 0, 0)) };
            let validity = self.validity_of(&child.buffers, child.length)?;
            Ok(Nullable::new(items, validity, child.length, child.buffers.null_count))
        })
    }
}
