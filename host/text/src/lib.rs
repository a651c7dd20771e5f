//! Texts that others wrote: guests, manifests, files and servers.
//!
//! ```text
//!   a guest's text ──► GuestText ──Display──► shown: escaped, further lines indented
//!   a name, an id, a cell ──────► one_line ─► shown
//!   a value, a manifest ────────► secrets ──► the parts that nobody may read
//! ```
//!
//! A terminal obeys what it is sent: a text that is printed raw moves the cursor, hides what stands before it, or looks
//! like a line of ours. One function decides how a character is shown, and every way to print one goes through it.
//!
//! **Invariant.** This crate knows no graph, no storage and no wasm, and does no I/O.

mod guest_text;
mod secrets;
mod shown;

pub use guest_text::{GuestText, MOST_SHOWN};
pub use secrets::{Name, credentials, holds_credential, is_of_variables};
pub use shown::{json, json_length, lines, message, one_line, rendered, same_length};
