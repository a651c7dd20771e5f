//! The ways in which the bytes of a buffer reach a linear memory: one trait for buffers being written, one for finished
//! ones, and a file for each implementation.
//!
//! | transport | storage | a producer's window | a consumer's window |
//! |---|---|---|---|
//! | copy | heap, recycled | its own pages, copied out at the end | its own pages, copied in |
//! | move | anonymous pages | its own pages, taken out at the end | its own pages, put in (the last consumer; others: copied) |
//! | map | memfd, recycled | the memfd's pages, shared | the memfd's pages, copy-on-write |
//! | file | file | the file's pages, shared | the file's pages, copy-on-write |

mod blocks;
mod choice;
mod copy;
mod file;
mod mapped;
mod memfd;
mod moved;
mod page_file;
mod pool;
mod storage;

pub(crate) use choice::Large;
pub use choice::{Readers, Transport, Transports, UnknownTransport};
pub(crate) use copy::{HeapStorage, heap_contents};
pub(crate) use file::open_contents;
pub(crate) use mapped::MappedStorage;
pub(crate) use moved::Vault;
pub(crate) use page_file::{Backing, PageFile};
pub(crate) use storage::{Contents, Draft, Extended, Storage};
