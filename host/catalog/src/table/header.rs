//! The names of a table's columns, from a row of the content or without one, and those that are there twice.

use std::collections::HashMap;

use super::Declared;
use crate::fault::{At, Fault};

/// Names columns by the header's text, or, if that is empty, by the number, from 1. `at` returns the place of the name
/// of the column with that index. Each name that is `declared` to be wanted is there once.
pub(crate) fn named(
    header: impl IntoIterator<Item = Option<String>>,
    declared: &Declared,
    at: impl Fn(usize) -> At,
) -> Result<Vec<String>, Fault> {
    let names = header.into_iter().zip(1..).map(|(name, number)| name.unwrap_or_else(|| format!("column_{number}")));
    let names: Vec<String> = names.collect();
    match twins(&names, declared) {
        None => Ok(names),
        Some(twins) => Err(twins.fault().at(at(twins.second)).help(
            "rename one of them, leave both out with the option `columns`, or declare `header = false` if this is no header",
        )),
    }
}

/// Two columns of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Twins<'n> {
    name: &'n str,
    first: usize,
    second: usize,
}

impl Twins<'_> {
    /// Returns the fault of both.
    pub(crate) fn fault(self) -> Fault {
        let Self { name, first, second } = self;
        Fault::new(format!("columns {} and {} are both called `{name}`", first + 1, second + 1))
    }
}

/// Returns the first two columns of one name, which is wanted.
pub(crate) fn twins<'n, N: AsRef<str>>(names: &'n [N], declared: &Declared) -> Option<Twins<'n>> {
    let mut places = HashMap::with_capacity(names.len());
    let mut wanted = names.iter().map(AsRef::as_ref).enumerate().filter(|(_, name)| declared.wants(name));
    wanted.find_map(|(second, name)| places.insert(name, second).map(|first| Twins { name, first, second }))
}
