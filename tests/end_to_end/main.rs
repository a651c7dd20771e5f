//! The `wpipe` command from outside: what it prints, what it writes, how it exits.

mod bad_manifests;
mod commands;
mod failures;
mod formats;
mod iris;
mod s3;
mod steering;
mod stores;
mod support;
mod tee;
