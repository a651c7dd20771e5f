//! `#[node]`: the function as it was written, and beside it a hidden one that describes and runs it as a node.

mod arguments;
mod expansion;
mod options;
mod returned;
mod signature;

pub(crate) use expansion::{companion, expand_or_explain};
