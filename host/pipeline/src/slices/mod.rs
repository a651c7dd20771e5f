//! The slicer: which partitions a multipipeline works on, and in which slices.
//!
//! Partitions are joined by their ids and by nothing else: neither the order of a listing nor what stands behind a dot
//! counts. First go the ids that the multipipeline is not about (`filter`, `configure`, the checkpoint, what is done),
//! then the datasets are joined, and what is left is cut into slices.

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
