//! [`Table`]: named columns, laid out as Arrow lays them out, in one archive.
//!
//! ```text
//! ┌─ 0 ────────────────────────────────────────────────────────────── data size ─┬──────────── size ─┐
//! │ column 0: validity bits │ i32 offsets │ values │ column 1: … each 64-aligned │ root (rkyv)       │
//! └──────────────────────────────────────────────────────────────────────────────┴───────────────────┘
//! ```
//!
//! Values are little-endian, bit maps start at the least significant bit and mark a *valid* value with 1, text
//! is UTF-8 behind `rows + 1` offsets, every buffer starts at a multiple of 64 bytes and the gaps are zero
//! (<https://arrow.apache.org/docs/format/Columnar.html>). The root names the columns and says where their
//! buffers are, in bytes from the archive's start; it ends with the format's version and magic.
//!
//! * reading: [`Table`], with [`TextColumn`], [`BoolColumn`] and [`Nullable`] for what is not a plain slice;
//! * writing in place: [`TableSpec`] → [`TableMut`] → [`TableMut::finish`];
//! * small tables: [`Table::from_columns`];
//! * tables of other tables: [`AnyColumn`], and [`TableShape`] for how large they will be;
//! * codecs: [`raw`].

mod access;
mod any;
mod bits;
mod build;
mod calendar;
mod column;
mod compare;
mod error;
mod kind;
mod owned;
pub mod raw;
mod root;
mod shape;
mod spec;
mod text;
mod validate;
mod values;

pub use access::{ColumnIndex, ColumnInfo, Table};
pub use any::AnyColumn;
pub use bits::{BitsMut, BoolColumn};
pub use build::TableMut;
pub use column::{ColumnMut, NullableMut, TextWriter};
pub use error::TableError;
pub use kind::{ColumnKind, Date, Timestamp, Value};
pub use owned::Column;
pub use shape::TableShape;
pub use spec::TableSpec;
pub use text::TextColumn;
pub use values::Nullable;
