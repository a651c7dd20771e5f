//! Tables of databases: one suite over both of them, and each with its own cases.

mod conformance;
mod postgres;
mod sqlite;
mod strangers;
mod support;
