//! The declarations of an entry about its columns: the requested ones, and their kinds; and the faults of other values.

use std::collections::HashMap;

use wpipe_data::table::toml_key;
use wpipe_data::{ColumnKind, TimeUnit, Zone};

use super::Column;
use super::calendar::Moment;
use crate::fault::{At, Fault};
use wpipe_text::{did_you_mean, did_you_mean_or_list};

/// The number of characters of a value that an error shows.
const SHOWN: usize = 40;

/// The options `columns` and `types`, which every format of tables has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declared {
    /// The columns that are read, in this order; `None`: all of them.
    pub(crate) columns: Option<Vec<String>>,
    /// The kinds of columns, in the manifest's order.
    pub(crate) types: Vec<(String, ColumnKind)>,
    /// True if text is by the codes of a dictionary; `None`: as the content has it.
    pub(crate) dictionary: Option<bool>,
    /// True if the entry is a set: one partition may lack columns of another.
    pub(crate) of_set: bool,
}

/// A column that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    /// Its place among the columns of the content; `None` if it has none: all values are missing.
    pub(crate) at: Option<usize>,
    /// The declared kind.
    pub(crate) kind: Option<ColumnKind>,
}

impl Declared {
    /// Returns the declared kind of a column.
    pub(crate) fn kind(&self, name: &str) -> Option<ColumnKind> {
        self.types.iter().find(|(column, _)| column == name).map(|(_, kind)| *kind)
    }

    /// Returns true if a column is read.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.columns.as_ref().is_none_or(|columns| columns.iter().any(|column| column == name))
    }

    /// Returns the columns of a table of content that has the columns `found`. `may_lack`: true if declared ones may be
    /// absent from any content, not only from a partition.
    pub(crate) fn select(&self, found: &[&str], may_lack: bool) -> Result<Vec<Wanted>, Fault> {
        let positions: HashMap<&str, usize> = found.iter().enumerate().map(|(at, name)| (*name, at)).collect();
        let may_lack = may_lack || self.of_set;
        let wanted = |name: &str| {
            let (at, kind) = (positions.get(name).copied(), self.kind(name));
            match (at, kind) {
                (None, kind) if kind.is_none() || !may_lack => Err(self.unknown(name, kind.is_some(), found)),
                (None, _) => match self.near_miss(name, found) {
                    Some(help) => Err(self.unknown(name, true, found).help(help)),
                    None => Ok(Wanted { name: name.to_owned(), at, kind }),
                },
                _ => Ok(Wanted { name: name.to_owned(), at, kind }),
            }
        };
        if let Some(columns) = &self.columns {
            return columns.iter().map(|name| wanted(name)).collect();
        }
        let absent = self.types.iter().map(|(name, _)| name.as_str()).filter(|name| !positions.contains_key(name));
        found.iter().copied().chain(absent).map(wanted).collect()
    }

    fn unknown(&self, name: &str, is_declared: bool, found: &[&str]) -> Fault {
        let option = if is_declared && self.columns.is_none() { "types" } else { "columns" };
        let does = if option == "types" { "declares" } else { "names" };
        let fault = Fault::new(format!("it has no column `{name}`, which `{option}` {does}"));
        fault.help(did_you_mean_or_list(name, "its columns", found))
    }

    /// Returns a present column without a declaration that may be the meant one.
    fn near_miss(&self, name: &str, found: &[&str]) -> Option<String> {
        let strangers: Vec<&str> = found.iter().copied().filter(|found| self.kind(found).is_none()).collect();
        did_you_mean(name, strangers.iter().copied())
    }
}

/// Returns the fault of a value that has no form in its column's kind.
pub(crate) fn misfit(at: At, column: &Column, text: &str) -> Fault {
    misfit_of(&column.name, column.kind, text).at(at)
}

/// Returns the fault of a value of the column `name` that has no form in `kind`.
pub(crate) fn misfit_of(name: &str, kind: ColumnKind, text: &str) -> Fault {
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    let fault = Fault::new(format!("`{shown}{more}` cannot be read as {kind}")).column(name);
    let declare = |kind: ColumnKind| format!("declare `types = {{ {} = \"{kind}\" }}`", toml_key(name));
    let plain = text.trim();
    match kind {
        ColumnKind::Date => fault.help("a date is written `2024-12-31`"),
        ColumnKind::Timestamp(unit, zone) => match (Moment::parse(plain), zone) {
            (Some(moment), None) if moment.offset.is_some() => {
                let help = declare(ColumnKind::Timestamp(unit, Some(Zone::UTC)));
                fault.help(format!("it says where it was: {help}"))
            }
            (Some(moment), _) if TimeUnit::Nano.convert(moment.nanos, unit).is_none() => {
                let help = declare(ColumnKind::Timestamp(TimeUnit::Nano, zone));
                fault.help(format!("it has more digits than {unit}: {help}"))
            }
            (Some(_), Some(zone)) => fault.help(format!("write the offset behind it: {zone} has changed its own")),
            _ => fault.help("a timestamp is written `2024-12-31T23:59:59.999`, with `Z` or `+02:00`"),
        },
        ColumnKind::Time(_) => fault.help("a time of day is written `23:59:59.999`"),
        ColumnKind::Duration(_) => {
            fault.help("a duration is written `PT1H30M`, `-PT0.5S`, `36:00:00` or `1 day 12:00:00`")
        }
        ColumnKind::Binary => fault.help("bytes are written as hexadecimal digits, two each"),
        ColumnKind::I32 if plain.parse::<i64>().is_ok() => fault.help("declare the column as `i64`"),
        ColumnKind::I32 | ColumnKind::I64 if plain.parse::<u64>().is_ok() => fault.help("declare the column as `u64`"),
        ColumnKind::F32 | ColumnKind::F64 if plain.parse::<i64>().is_ok() => {
            fault.help(format!("a whole number beyond 2^53 would lose digits: {}", declare(ColumnKind::I64)))
        }
        _ => fault.help("declare another type for the column: `text` takes everything"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(declared: &Declared, found: &[&str]) -> Result<Vec<(String, bool)>, String> {
        let selected = declared.select(found, false).map_err(|fault| fault.help.unwrap_or_default())?;
        Ok(selected.into_iter().map(|wanted| (wanted.name, wanted.at.is_some())).collect())
    }

    fn column(name: &str, is_there: bool) -> (String, bool) {
        (name.to_owned(), is_there)
    }

    #[test]
    fn wanted_columns_come_in_the_order_of_the_option() {
        let declared = Declared { columns: Some(vec!["b".to_owned(), "a".to_owned()]), ..Declared::default() };
        assert_eq!(selected(&declared, &["a", "x", "b"]), Ok(vec![column("b", true), column("a", true)]));
        assert_eq!(selected(&declared, &["a", "x"]), Err("its columns: `a`, `x`".to_owned()));
    }

    #[test]
    fn a_partition_may_lack_what_is_declared() {
        let types = vec![("price".to_owned(), ColumnKind::F64), ("day".to_owned(), ColumnKind::Date)];
        let declared = Declared { types, of_set: true, ..Declared::default() };
        let expected = vec![column("day", true), column("price", false)];
        assert_eq!(selected(&declared, &["day"]), Ok(expected));
        assert_eq!(selected(&declared, &["day", "prize"]), Err("did you mean `prize`?".to_owned()));
        let one = Declared { of_set: false, ..declared };
        assert_eq!(selected(&one, &["day"]), Err("its columns: `day`".to_owned()));
    }
}
