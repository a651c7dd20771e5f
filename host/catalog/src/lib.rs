//! Datasets, codecs and stores: the places of a dataset's bytes while no node holds them.
//!
//! ```text
//!   manifest's entry ──Catalog::open──► Dataset = Format × Place in a store     (open_set: PartitionedDataset)
//!   load:  Place ──Source──► Format ──► Buffer        fetched or decoded once, straight into the buffer's pages
//!   save:  Buffer ──► Format ──payload──► Place       Arrow arrays over the buffer's pages, uploaded or renamed
//!   `sql`: a relation of a database in place of both    rows by cells, in one transaction
//! ```
//!
//! | `type` | schema | content |
//! |---|---|---|
//! | `csv` | `table` | delimited text; types inferred over the whole file, or declared |
//! | `json` | `table` | records: an array of objects, or an object a line |
//! | `parquet` | `table` | every usual compression; only the requested columns are read |
//! | `arrow` | `table` | IPC file; the stream format is read as well |
//! | `archive` | any | the archive itself and a footer with its schema; mapped and not read if possible |
//! | `bytes` | `bytes` | raw |
//! | `text` | `text` | raw UTF-8 |
//! | `sql` | `table` | a table of SQLite or PostgreSQL, or the result of a query |
//!
//! Datasets are local files, objects of S3 and its likes, Google and Azure, or read from web servers. Transient
//! failures are repeated, and counted. `versioned` datasets keep every save. Errors say what to do, and never show
//! credentials.
//!
//! **Partitioned** datasets are folders or prefixes of objects of one format, opened by [`Catalog::open_set`]: listed,
//! loaded and saved one by one, and replaced as one ([`PartitionedDataset`]).
//!
//! Readers see complete content at a dataset's path: a save leaves the old version or the new one, never half of one,
//! and never changes the content of a loaded buffer. Bytes that a guest has written are read through checked access
//! only. This crate knows no graph and no WebAssembly.
//!
//! ```
//! use std::path::Path;
//! use wpipe_buffer::{Buffer, Readers, Transports};
//! use wpipe_catalog::{Catalog, Entry, Location};
//! use wpipe_data::View;
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
//! # let directory = std::env::temp_dir().join(format!("wpipe-catalog-doc-{}", std::process::id()));
//! # let root: &Path = &directory;
//! let transports = Transports::detect();
//! let catalog = Catalog::new(root, &transports);
//! let at = Location::Path("notes/today.txt".to_owned());
//! let notes = catalog.open(&Entry::new("notes", "text", at)).unwrap();
//!
//! # runtime.block_on(async {
//! let text = (<str as View>::NAME, <str as View>::FINGERPRINT);
//! let buffer = Buffer::copy_from(b"all is well", &transports)?;
//! notes.save(&buffer, text).await?;
//! assert_eq!(notes.load(text, Readers::One).await?.buffer.bytes()?, b"all is well");
//! # std::fs::remove_dir_all(&directory)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

mod area;
mod arrow_batch;
mod catalog;
mod causes;
mod codec;
mod compare;
mod dataset;
mod destination;
mod documents;
mod error;
mod fault;
mod format;
mod inspect;
mod lineage_name;
mod location;
mod object;
mod options;
mod parallel;
mod parts;
mod progress;
mod schema;
mod set;
mod source;
#[cfg(feature = "sql")]
mod sql;
mod store;
mod stored_dataset;
mod table;
mod verify;
mod version;

pub use area::Area;
pub use arrow_batch::{arrow_batch, table_of_batches};
pub use catalog::{Catalog, Entry};
pub use compare::{Difference, compare};
pub use dataset::{Dataset, Loaded, Saved};
pub use documents::Documents;
pub use error::DataError;
pub use format::{kinds, options_of, schema_of};
pub use inspect::{ColumnStats, InspectedColumn, Inspection};
pub use lineage_name::LineageName;
pub use location::Location;
pub use options::OptionError;
pub use progress::{Phase, Progress, ProgressSnapshot};
pub use schema::{ColumnSchema, TableSchema};
pub use set::{
    Committed, Description, Leftover, Listing, Partitioned, PartitionedDataset, SavedPartition, SetWriter, Standing,
    Stored,
};
pub use store::{Address, Delay, Direction, Environment, StoreConfig, Stray, Trouble, check_own_folder, choose_tls};
pub use stored_dataset::StoredDataset;
pub use verify::Verification;
pub use version::{name_behind, name_of_now};
