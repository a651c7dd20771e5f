//! The `wpipe` command from outside: what it prints, what it writes, how it exits.

mod bad_manifests;
mod catalog;
mod chain;
mod changed;
mod commands;
mod compiling;
mod failures;
mod formats;
mod iris;
mod lake;
mod natures;
mod output;
mod partitions;
mod processes;
mod s3;
mod sensors;
mod set_crashes;
mod sets;
mod signals;
mod slips;
mod steering;
mod stores;
mod strangers;
mod support;
mod tee;
mod viz;
