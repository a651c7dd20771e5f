//! The ways in which the bytes of a buffer reach a linear memory: one trait for buffers being written, one for finished
//! ones, and a file for each implementation.
//!
//! | transport | storage | a producer's window | a consumer's window |
//! |---|---|---|---|
//! | copy | heap, recycled | its own pages, copied out at the end | its own pages, copied in |
//! | move | anonymous pages | its own pages, taken out at the end | its own pages, put in (the last consumer; others: copied) |
//! | map | memfd, recycled | the memfd's pages, shared | the memfd's pages, copy-on-write |
//! | file | file | the file's pages, shared | the file's pages, copy-on-write |
//! | store | file of a shared store | the file's pages, shared | the file's pages, copy-on-write, in any process |

mod blocks;
mod choice;
mod copy;
mod file;
mod home;
mod kind;
mod mapped;
mod memfd;
mod moved;
mod page_file;
mod pool;
mod storage;

pub use choice::{Readers, Transports};
pub(crate) use copy::{HeapStorage, heap_contents};
pub(crate) use home::Home;
pub use kind::{Transport, UnknownTransport};
pub(crate) use mapped::{MappedStorage, open_contents};
pub(crate) use moved::Vault;
pub(crate) use page_file::PageFile;
pub(crate) use storage::{Contents, Draft, Extended, Storage};
