//! The slicer: selects the partitions that a multipipeline works on, and cuts them into slices.
//!
//! Partitions are joined by their ids and by nothing else: neither the order of a listing nor the text behind a dot
//! counts. First the slicer drops the ids that the multipipeline leaves out (`filter`, `configure`, the checkpoint,
//! finished ones). Then it joins the datasets, and cuts the rest into slices.
//!
//! ```
//! use std::collections::{BTreeMap, BTreeSet};
//! use std::num::NonZeroUsize;
//! use std::sync::Arc;
//! use wpipe_pipeline::{Pipeline, Source};
//!
//! let text = r#"
//!     [pipeline]
//!     name = "cleaning"
//!     [components.c]
//!     path = "c.wasm"
//!     [nodes.parse]
//!     inputs = ["raw"]
//!     outputs = ["rows"]
//!     [multinodes.parse]
//!     over = ["raw"]
//!     filter = { glob = "2024/*" }
//! "#;
//! let pipeline = Pipeline::load(Arc::new(Source::new("pipeline.toml", text)))?;
//! let ids = ["2023/12", "2024/01", "2024/02", "2024/03"].map(|id| (id.to_owned(), 1));
//! let sets = BTreeMap::from([("raw".to_owned(), BTreeMap::from(ids))]);
//! let workers = NonZeroUsize::new(2).unwrap();
//! let plan = pipeline.multipipelines()[0].slice(&sets, None, &BTreeSet::new(), workers).unwrap();
//! let lengths: Vec<_> = plan.slices.iter().map(Vec::len).collect();
//! assert_eq!(lengths, [2, 1]);
//! assert_eq!(plan.left_out[0].reason.to_string(), "left out by `filter`");
//! # Ok::<(), wpipe_pipeline::Problems>(())
//! ```

mod balance;
mod configure;
mod dates;
mod error;
mod filter;
mod slicer;
mod types;

pub use configure::Configure;
pub(crate) use dates::{DEFAULT_FORMAT, Date, Format};
pub use error::SliceError;
pub use filter::Filter;
pub use types::{LeftOut, LeftOutReason, Part, SlicePlan};
