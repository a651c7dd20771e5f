//! Immutable buffers, and the transports that hand them to sandboxes without copies.
//!
//! ```text
//!   Writer ──finish──► Buffer ──attach──► window of a linear memory      (guests, through `Windows`)
//!   HostWriter ─finish─► Buffer ──bytes──► &[u8], `bytes::Bytes`         (codecs, stores, embedders)
//!
//!   Buffer  = Arc<dyn Storage>;  Storage = heap bytes (copy) | pages (move) | memfd (map) | file (file, store)
//! ```
//!
//! All transports are observably equal: a consumer that scribbles over its window changes nobody else's bytes. The
//! suite in `conformance` runs on every one of them.
//!
//! This is the only crate of the host that contains `unsafe` code. Its safety rests on these invariants:
//!
//! 1. Every accessible page of a linear memory is readable and writable, always: wasmtime's own host code runs
//!    `memory.fill` and lowers values there, and a fault in host code ends the process. The polling page, which an
//!    [`Interrupt`] takes away, is behind all that can become accessible.
//! 2. Nothing is ever unmapped within a reservation; fresh anonymous pages are laid over it.
//! 3. A finished buffer has no writable mapping anywhere, so forming a `&[u8]` over it is sound.
//! 4. Every mapped byte lies within its file for as long as it is mapped, and a regular file has its blocks from the
//!    start: a page that is not available ends the process.
//! 5. A memfd is used again only when nothing shows its pages. Every linear memory and view that shows them holds it by
//!    an `Arc`, so that its drop is the proof. Reused pages read as zeros to their next writer.
//!
//! ```
//! use wpipe_buffer::{HostWriter, Readers, Transports};
//!
//! let mut writer = HostWriter::new(&Transports::detect(), Readers::Several);
//! writer.reserve(5)?.copy_from_slice(b"hello");
//! let buffer = writer.finish(5)?;
//! assert_eq!(buffer.bytes()?, b"hello");
//! # Ok::<(), std::io::Error>(())
//! ```

mod artifact;
mod buffer;
#[cfg(test)]
mod conformance;
mod creator;
mod error;
mod host_writer;
mod interrupt;
mod limit;
mod mappings;
mod memory;
mod pages;
mod space;
mod transport;
mod window;
mod writer;

pub use artifact::{ArtifactError, Provenance, load_artifact, load_unsealed, seal_artifact};
pub use buffer::{Buffer, MovableBuffer};
pub use creator::{MemoryFactory, instantiate};
pub use error::AccessError;
pub use host_writer::HostWriter;
pub use interrupt::Interrupt;
pub use limit::memory_limit;
pub use memory::{WASM_PAGE, WINDOW_ALIGNMENT};
pub use space::{POLLING_BYTES, POLLING_PAGE};
pub use transport::{Readers, Transport, Transports, UnknownTransport};
pub use window::{Attachment, Counters, Windows};
pub use writer::{Quota, Writer};
