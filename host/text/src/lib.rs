//! Texts that others wrote: guests, manifests, files and servers.
//!
//! ```text
//!   a guest's text ──► GuestText ──Display──► shown: escaped, further lines indented
//!   a name, an id, a cell ──────► one_line ─► shown
//!   a value, a manifest ────────► secrets ──► the parts that nobody may read
//!   a name that is unknown ─────► suggest ──► the one that was meant
//! ```
//!
//! A terminal obeys what it is sent: a text that is printed raw moves the cursor, hides what stands before it, or looks
//! like a line of ours. One function decides how a character is shown, and every way to print one goes through it.
//!
//! **Invariant.** This crate knows no graph, no storage and no wasm, and does no I/O.

mod foreign_keys;
mod guest_text;
mod look_alike;
mod secrets;
mod shell;
mod shown;
mod size;
mod suggest;

pub use guest_text::{GuestText, MOST_SHOWN};
pub use look_alike::{has_unseen, seen, unseen_difference};
pub use secrets::{Name, credentials, holds_credential, is_of_variables};
pub use shell::shell_quoted;
pub use shown::{json, json_length, lines, message, one_line, rendered, same_length};
pub use size::size;
pub use suggest::{did_you_mean, did_you_mean_or_list, key_like, list, nearest, suggested_key};
