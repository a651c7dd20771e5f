//! The archive types that guests and hosts both read: schemas, tables and node signatures.
//!
//! A dataset travels as an **archive**: bytes that a producer lays out once and every consumer reads in place, in its
//! own memory, without decoding. This crate defines the meaning of those bytes, on both sides of the sandbox's wall and
//! the same for every target:
//!
//! | a node takes | a node returns | schema | bytes |
//! |---|---|---|---|
//! | `&Table` | [`Table`] | `table` | Arrow's column layout, see [`Table`] |
//! | `&str` | `String` | `text` | raw UTF-8 |
//! | `&[u8]` | `Vec<u8>` | `bytes` | raw |
//! | `&[f64]` | `Vec<f64>` | `vec<f64>` | rkyv archive |
//! | `&f64` | `f64` | `f64` | rkyv archive |
//! | `&ArchivedModel` | `Model` with `#[derive(Data)]` | `Model` | rkyv archive |
//!
//! [`View`] is the left column, [`Produce`] the second. [`Schema`] is the type that an edge is checked against before
//! any data flows, and [`envelope`] marks an archive in a file.
//!
//! ```
//! use wpipe_data::{Table, View, to_archive};
//!
//! let table = Table::from_columns([
//!     ("species", vec!["setosa", "virginica"].into()),
//!     ("petal_length", vec![1.4, 5.5].into()),
//! ])?;
//! let archive = to_archive(&table)?;
//!
//! let read = Table::view(&archive)?;
//! assert_eq!(read.column::<f64>("petal_length")?, [1.4, 5.5]);
//! assert_eq!(read.text("species")?.get(1), "virginica");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(not(target_endian = "little"))]
compile_error!("wpipe archives are read in place and little-endian: big-endian targets are not supported");

pub mod envelope;
mod fingerprint;
mod kept;
mod native;
mod numbers;
mod produce;
mod schema;
mod signature;
mod sink;
pub mod table;
mod view;
mod writer;

pub use fingerprint::Fingerprint;
pub use kept::{Kept, SharedBytes};
pub use numbers::{Number, produce_numbers};
pub use produce::{Produce, ProduceError, to_archive};
pub use rkyv;
pub use schema::{Data, Layout, MAX_NAME_LENGTH, Schema};
pub use signature::{Kind, Port, Signature};
pub use sink::{ARCHIVE_ALIGNMENT, AlignedBytes, MAX_ARCHIVE_SIZE, Sink};
#[doc(inline)]
pub use table::{
    Column, ColumnKind, Date, ItemKind, Room, Row, Table, TableError, TableMut, TableShape, TableSpec, TimeUnit,
    Timestamp, TypedRows, Zone,
};
pub use view::{View, ViewError};
pub use writer::{ArchiveSerializer, ArchiveWriter};
