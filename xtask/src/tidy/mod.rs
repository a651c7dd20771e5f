//! `cargo xtask tidy`: the laws of this repository that no compiler knows.
//!
//! Every law is a function from the text of a file to what it finds there. The files are read as they are on disk, so
//! that a law is broken before it is committed.

mod findings;
mod laws;
mod lexer;
mod run;
mod tree;

pub(crate) use run::run;
