//! The rows of a database as columns: cells in, a table's buffer out.
//!
//! Rows come one by one, and a table is laid out column by column, so rows are kept in pieces of columns, as compact as
//! they will be, until their end is known.

use arrow::array::{ArrayData, ArrayRef, BooleanBufferBuilder, RecordBatch, make_array, new_null_array};
use arrow::buffer::{BooleanBuffer, Buffer as Pages, NullBuffer};
use wpipe_buffer::Buffer;
use wpipe_data::ColumnKind;
use wpipe_data::table::toml_key;

use crate::destination::Destination;
use crate::fault::{At, Fault};
use crate::table::{Cell, Declared, Selected, Tally, Wanted, convert, data_type, misfit_of, table_of, twins, words};

/// The number of rows in a piece.
const PIECE_ROWS: usize = 64 << 10;
/// The number of bytes of text in a piece, about: lengths are 32 bits.
const PIECE_BYTES: usize = 256 << 20;

/// The rows that have come so far.
pub(super) struct Gathering<'d> {
    columns: Vec<Gathered>,
    rows: usize,
    /// The number of rows that are in no piece yet.
    open: usize,
    bytes: u64,
    /// The number of those bytes that are in pieces.
    told: u64,
    tally: Tally,
    to: &'d Destination,
}

/// One column of them.
pub(super) struct Gathered {
    name: String,
    /// The kind that the values are kept as; `None` until the first one decides.
    kind: Option<ColumnKind>,
    /// The kind that the table is to hold, if that is another.
    wanted: Option<ColumnKind>,
    pieces: Vec<ArrayRef>,
    /// The number of rows without a value before the kind was known.
    gaps: usize,
    valid: BooleanBufferBuilder,
    bits: BooleanBufferBuilder,
    offsets: Vec<i32>,
    values: Vec<u8>,
    /// The text of a converted value.
    text: String,
}

impl<'d> Gathering<'d> {
    pub(super) fn new(columns: Vec<Gathered>, to: &'d Destination) -> Self {
        Self { columns, rows: 0, open: 0, bytes: 0, told: 0, tally: Tally::new(to.memory), to }
    }

    /// Returns the column at this place.
    pub(super) fn column(&self, at: usize) -> &Gathered {
        &self.columns[at]
    }

    /// Returns the column at this place, to set its kind, or that of its table.
    pub(super) fn column_mut(&mut self, at: usize) -> &mut Gathered {
        &mut self.columns[at]
    }

    /// Returns the place of the coming row, for people.
    pub(super) fn at(&self) -> At {
        At::Row(self.rows as u64 + 1)
    }

    /// Adds the cell of a column to the coming row; `None` if the value is missing. Each row has all cells.
    pub(super) fn push(&mut self, column: usize, cell: Option<Cell<'_>>) -> Result<(), Fault> {
        let at = self.at();
        self.columns[column].push(cell).map_err(|fault| fault.at(at))
    }

    /// Ends a row, of so many bytes.
    pub(super) fn end_row(&mut self, bytes: u64) -> Result<(), Fault> {
        self.rows += 1;
        self.open += 1;
        self.bytes += bytes;
        let is_full = |column: &Gathered| column.values.len() >= PIECE_BYTES;
        if self.open == PIECE_ROWS || self.columns.iter().any(is_full) {
            self.close()?;
        }
        Ok(())
    }

    /// Makes pieces of the rows that are in none.
    fn close(&mut self) -> Result<(), Fault> {
        self.to.go_on()?;
        self.to.progress.add(usize::try_from(self.bytes - self.told).unwrap_or(usize::MAX));
        self.told = self.bytes;
        let mut closed = Vec::with_capacity(self.columns.len());
        for column in &mut self.columns {
            let array = column.close(self.open).map_err(|fault| fault.column(&column.name))?;
            closed.extend(array.map(|array| (column.name.clone(), array)));
        }
        self.open = 0;
        if !closed.is_empty() {
            let batch = RecordBatch::try_from_iter(closed).map_err(|error| Fault::new(words(&error)))?;
            self.tally.add(&batch)?;
        }
        Ok(())
    }

    /// Returns the table, and the number of bytes of values that have come.
    pub(super) fn finish(mut self) -> Result<(Buffer, u64), Fault> {
        self.close()?;
        let (mut selected, mut pieces) = (Vec::new(), Vec::new());
        for (at, mut column) in self.columns.into_iter().enumerate() {
            // A column without a value has its declared kind.
            if column.kind.is_none() {
                column.set_kind(column.wanted.unwrap_or(ColumnKind::Text))?;
            }
            let kind = column.kind.unwrap_or(ColumnKind::Text);
            selected.push(Selected::of(column.name, at, kind, column.wanted.filter(|wanted| *wanted != kind)));
            pieces.push(column.pieces);
        }
        let buffer = table_of(&selected, pieces, self.rows, self.to)?;
        Ok((buffer, self.bytes))
    }
}

impl Gathered {
    /// Creates a column of a kind, or of one that is not known yet.
    pub(super) fn new(name: impl Into<String>, kind: Option<ColumnKind>) -> Self {
        Self {
            name: name.into(),
            kind,
            wanted: None,
            pieces: Vec::new(),
            gaps: 0,
            valid: BooleanBufferBuilder::new(0),
            bits: BooleanBufferBuilder::new(0),
            offsets: vec![0],
            values: Vec::new(),
            text: String::new(),
        }
    }

    /// Returns the kind that its values are kept as, if that is known.
    pub(super) fn kind(&self) -> Option<ColumnKind> {
        self.kind
    }

    /// Sets the kind that its values are kept as. Those before are missing.
    pub(super) fn set_kind(&mut self, kind: ColumnKind) -> Result<(), Fault> {
        self.kind = Some(kind);
        if self.gaps > 0 {
            self.pieces.push(new_null_array(&data_type(kind)?, std::mem::take(&mut self.gaps)));
        }
        // The values of the open piece.
        for _ in 0..std::mem::replace(&mut self.valid, BooleanBufferBuilder::new(0)).len() {
            self.push(None)?;
        }
        Ok(())
    }

    /// Sets the kind that the table is to hold: values that have no place in it are errors.
    pub(super) fn want(&mut self, kind: ColumnKind) {
        self.wanted = Some(kind);
    }

    fn push(&mut self, cell: Option<Cell<'_>>) -> Result<(), Fault> {
        self.valid.append(cell.is_some());
        let Some(kind) = self.kind else { return Ok(()) };
        match (cell, kind) {
            (None, ColumnKind::Bool) => self.bits.append(false),
            (None, kind) => match kind.width() {
                Some(width) => self.values.resize(self.values.len() + width, 0),
                None => self.end_of_text()?,
            },
            (Some(cell), kind) => {
                let mut text = std::mem::take(&mut self.text);
                let put = match convert(cell, kind, &mut text) {
                    Some(converted) => self.put(converted),
                    None => Err(misfit(&self.name, kind, cell)),
                };
                self.text = text;
                put?;
            }
        }
        Ok(())
    }

    /// Adds a cell of the column's kind.
    fn put(&mut self, cell: Cell<'_>) -> Result<(), Fault> {
        match cell {
            Cell::Bool(value) => self.bits.append(value),
            Cell::I32(value) => self.values.extend(value.to_le_bytes()),
            Cell::I64(value) => self.values.extend(value.to_le_bytes()),
            Cell::U64(value) => self.values.extend(value.to_le_bytes()),
            Cell::F32(value) => self.values.extend(value.to_le_bytes()),
            Cell::F64(value) => self.values.extend(value.to_le_bytes()),
            Cell::Date(value) => self.values.extend(value.0.to_le_bytes()),
            Cell::Time(value) => self.values.extend(value.count.to_le_bytes()),
            Cell::Timestamp(value) => self.values.extend(value.count.to_le_bytes()),
            Cell::Duration(value) => self.values.extend(value.count.to_le_bytes()),
            Cell::Decimal(value) => self.values.extend(value.unscaled.to_le_bytes()),
            Cell::Text(text) => {
                self.values.extend_from_slice(text.as_bytes());
                self.end_of_text()?;
            }
            Cell::Binary(bytes) => {
                self.values.extend_from_slice(bytes);
                self.end_of_text()?;
            }
            _ => return Err(Fault::new("the kind is newer than this catalog").column(&self.name)),
        }
        Ok(())
    }

    fn end_of_text(&mut self) -> Result<(), Fault> {
        let end = i32::try_from(self.values.len());
        self.offsets.push(end.map_err(|_| Fault::new("more than 2 GiB in one value").column(&self.name))?);
        Ok(())
    }

    /// Returns the piece of the last `rows` rows; `None` while their kind is unknown.
    fn close(&mut self, rows: usize) -> Result<Option<ArrayRef>, Fault> {
        let mut valid = std::mem::replace(&mut self.valid, BooleanBufferBuilder::new(PIECE_ROWS.min(rows)));
        let Some(kind) = self.kind else {
            self.gaps += rows;
            return Ok(None);
        };
        let nulls = NullBuffer::new(BooleanBuffer::new(valid.finish().into_inner(), 0, rows));
        let values = match kind {
            ColumnKind::Bool => self.bits.finish().into_inner(),
            _ => Pages::from_vec(std::mem::take(&mut self.values)),
        };
        let mut data = ArrayData::builder(data_type(kind)?).len(rows);
        if nulls.null_count() > 0 {
            data = data.nulls(Some(nulls));
        }
        if kind.has_offsets() {
            data = data.add_buffer(Pages::from_vec(std::mem::replace(&mut self.offsets, vec![0])));
        }
        // Values of 16 bytes may lie anywhere.
        let data = data.add_buffer(values).align_buffers(true).build().map_err(|error| Fault::new(words(&error)))?;
        let array = make_array(data);
        self.pieces.push(array.clone());
        Ok(Some(array))
    }
}

/// Returns the fault of a value that does not fit the column's kind.
fn misfit(name: &str, kind: ColumnKind, cell: Cell<'_>) -> Fault {
    let mut text = String::new();
    // A text takes every write.
    let _ = crate::table::print(cell, &mut text);
    misfit_of(name, kind, &text)
}

/// Returns `types = { name = "text" }`, ready to be pasted.
pub(super) fn declare(name: &str, kind: &str) -> String {
    format!("`types = {{ {} = \"{kind}\" }}`", toml_key(name))
}

/// Returns the requested columns among the present ones.
pub(super) fn selected(names: &[&str], declared: &Declared) -> Result<Vec<Wanted>, Fault> {
    if let Some(twins) = twins(names, declared) {
        return Err(twins.fault().help("name them apart in the query: `… as other`"));
    }
    declared.select(names, false)
}
