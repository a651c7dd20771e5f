//! The names of a table's columns, from a row of the content or without one.

use std::collections::HashSet;

use crate::fault::{At, Fault};

/// Names columns by the header's text, or, if that is empty, by the number, from 1. `at` returns the place of the name
/// of the column with that index.
pub(crate) fn named(
    header: impl IntoIterator<Item = Option<String>>,
    at: impl Fn(usize) -> At,
) -> Result<Vec<String>, Fault> {
    let mut taken = HashSet::new();
    let named = |(index, name): (usize, Option<String>)| {
        let name = name.unwrap_or_else(|| format!("column_{}", index + 1));
        if taken.insert(name.clone()) {
            return Ok(name);
        }
        let fault = Fault::new(format!("two columns are called `{name}`")).at(at(index));
        Err(fault.help("rename one of them, or declare `header = false` if this is no header"))
    };
    header.into_iter().enumerate().map(named).collect()
}
