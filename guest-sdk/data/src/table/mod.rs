//! [`Table`]: named columns, laid out as Arrow lays them out, in one archive.
//!
//! ```text
//! ┌─ 0 ────────────────────────────────────────────────────────────── data size ─┬──────────── size ─┐
//! │ column 0: validity bits │ i32 offsets │ values │ column 1: … each 64-aligned │ root (rkyv)       │
//! └──────────────────────────────────────────────────────────────────────────────┴───────────────────┘
//! ```
//!
//! Values are little-endian, bit maps start at the least significant bit and mark a *valid* value with 1, text (UTF-8)
//! and binary stand behind `rows + 1` offsets, every buffer starts at a multiple of 64 bytes and the gaps are zero
//! (<https://arrow.apache.org/docs/format/Columnar.html>). The root names the columns and the places of their buffers,
//! in bytes from the archive's start; it ends with the format's version and magic. A table is written in the oldest
//! format that has all of its columns: format 2 has kinds by their text forms ([`ColumnKind`]), format 3 has lists, and
//! text as codes of a dictionary. `docs/table-format.md` has it byte by byte.
//!
//! * reading: [`Table`], with [`TextColumn`], [`BinaryColumn`], [`BoolColumn`], [`ListColumn`] and [`Nullable`] for all
//!   but plain slices;
//! * writing in place: [`TableSpec`] → [`TableMut`] → [`TableMut::finish`];
//! * as rows of structs: [`Row`], [`Table::rows_as`], [`Table::from_rows`];
//! * small tables: [`Table::from_columns`];
//! * tables of other tables: [`AnyColumn`], and [`TableShape`] for their sizes;
//! * codecs: [`raw`].

mod access;
mod any;
mod binary;
mod bits;
mod build;
mod calendar;
mod column;
mod compare;
mod decimal;
mod dictionary;
mod dictionary_mut;
mod element;
mod error;
mod fixed;
mod item;
mod items;
mod kind;
mod lent;
mod list;
mod list_mut;
mod nested;
mod notation;
mod numbers;
mod numeric;
mod owned;
mod owned_lists;
mod parts;
mod place;
mod plain;
pub mod raw;
mod room;
mod root;
pub mod row;
mod rows;
mod scalar;
mod shape;
mod spec;
mod text;
mod time;
mod validate;
mod values;

pub use access::{ColumnIndex, ColumnInfo, Table};
pub use any::AnyColumn;
pub use binary::BinaryColumn;
pub use bits::{BitsMut, BoolColumn};
pub use build::TableMut;
pub use calendar::{ClockTime, Elapsed, Instant};
pub use column::{BinaryWriter, ColumnMut, NullableMut, TextWriter};
pub use decimal::Decimal;
pub use dictionary::{Dictionary, DictionaryColumn, out_of_order};
pub use dictionary_mut::DictionaryMut;
pub use element::Element;
pub use error::{TableError, toml_key};
pub use item::ItemKind;
pub use items::ListItem;
pub use kind::ColumnKind;
pub use list::{ListColumn, ListRanges};
pub use list_mut::ListWriter;
pub use notation::{KIND_NAMES, KindError};
pub use numbers::NumberColumn;
pub use numeric::Numeric;
pub use owned::Column;
pub use parts::{ColumnPart, PartSize};
pub use room::Room;
pub use row::{Cell, Field, Row, TypedRows};
pub use scalar::{
    Date, Duration, DurationMillis, DurationNanos, DurationSeconds, Time, TimeNanos, Timestamp, TimestampMillis,
    TimestampNanos, TimestampSeconds, Value,
};
pub use shape::TableShape;
pub use spec::TableSpec;
pub use text::TextColumn;
pub use time::{TimeUnit, Zone};
pub use values::Nullable;
