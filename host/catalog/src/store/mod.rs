//! Stores: places of bytes under keys. Local files, S3 and its likes, Google, Azure, and web servers to read from.
//!
//! ```text
//!   Place ── repeats what failed transiently, tells what went wrong
//!     └─ Tolled ── a dataset's `delay`
//!          └─ LimitStore, Tolled ── a store's `max_concurrent` and `max_bandwidth`
//!               └─ LocalFiles, or a client of `object_store` ── which repeats HTTP requests
//!                    └─ Observed ── counts them, and remembers why they failed
//! ```

mod address;
mod backoff;
mod config;
mod connect;
mod create;
mod delay;
mod directory;
mod environment;
mod explain;
mod files;
mod folder;
mod http;
mod kept;
mod nature;
mod opened;
mod overwrite;
mod parts;
mod place;
mod profile;
mod refusal;
mod secrets;
mod staged;
#[cfg(test)]
mod steps;
mod stream;
mod tally;
mod tolled;
mod transfer;
mod walk;
mod web;

pub use address::Address;
#[cfg(feature = "sql")]
pub(crate) use backoff::Backoff;
pub use config::StoreConfig;
#[cfg(feature = "sql")]
pub(crate) use config::{Retry, Timeouts};
pub use delay::Delay;
pub(crate) use directory::OWN;
pub use directory::check_own_folder;
pub use environment::Environment;
#[cfg(feature = "sql")]
pub(crate) use explain::{Action, tried_again};
pub(crate) use folder::{Object, Objects};
pub use http::choose_tls;
pub use nature::Direction;
pub(crate) use nature::{STANDARD, Target};
pub(crate) use opened::Opened;
pub(crate) use place::{Done, Place};
pub(crate) use refusal::Refusal;
#[cfg(feature = "sql")]
pub(crate) use secrets::Secrets;
pub(crate) use staged::{Publishing, is_any_staged};
#[cfg(test)]
pub(crate) use steps::Step;
#[cfg(feature = "sql")]
pub(crate) use tolled::Tolls;
pub use walk::{Stray, Trouble};
