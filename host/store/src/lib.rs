//! The shared store: finished buffers as immutable files, which every process of the machine attaches in place.
//!
//! ```text
//!   a sandbox's output ─ written in place ─► unnamed file ─ publish ─► objects/ID ─ attach ─► a window, in any process
//!                                                                         ▲
//!                                      names/PIPELINE/DATASET ── Entry ───┘   replaced as a whole, by rename
//! ```
//!
//! There is no daemon: the store is a directory, and the file system keeps its promises.
//!
//! - An *object* has no name until it is complete. The death of its writer leaves nothing behind.
//! - A *lease* is a shared lock on the object's open file. It ends with the process that holds it. What is removed stays
//!   with those who have it, since a file goes with its last mapping.
//! - An *entry* gives a dataset its objects. A new generation replaces it; readers keep the objects that they have.
//!
//! What a store holds is meant for the time until the machine is started anew; what has to outlive that belongs into
//! storage.
//!
//! **Invariant.** This crate knows no graph, no storage and no wasm. It maps nothing itself, and trusts no file that
//! another user could have written.

mod attach;
mod collect;
mod description;
mod digest;
mod directory;
mod entry;
mod error;
mod evict;
mod flight;
mod footer;
mod id;
mod lock;
mod names;
mod publish;
mod room;
mod run;
mod settings;
mod store;
mod verify;

pub use attach::{Attached, AttachedDataset};
pub use collect::Collected;
pub use description::{ObjectDescription, ObjectOrigin};
pub use entry::{Entry, Member};
pub use error::StoreError;
pub use flight::Flight;
pub use id::ObjectId;
pub use publish::Published;
pub use run::RunLease;
pub use settings::Settings;
pub use store::{SharedStore, Usage};
pub use verify::Fault;
