//! `cargo xtask tidy`: the laws of this repository that no compiler knows.
//!
//! Every law is a function from the text of a file to its findings. The files are read as they are on disk, so that a
//! broken law is reported before the commit.

mod findings;
mod laws;
mod lexer;
mod run;
mod tree;

pub(crate) use run::run;
