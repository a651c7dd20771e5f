//! The catalog from outside: every format under one suite, and each with its own cases.

mod archive;
mod arrow_types;
mod compare;
mod conformance;
mod csv;
mod entries;
mod hostile;
mod json;
mod memory;
mod messages;
mod publish;
mod round_trip;
mod s3;
mod sets;
mod sets_ids;
mod sets_left_out;
mod sets_many;
mod sets_s3;
mod sets_support;
mod sets_told;
mod support;
mod values;
mod versions;
mod web;
mod writers;
