//! A JSON text that has each column as a whole: `{"x": [1, 2]}`, or with the name of each row,
//! `{"x": {"a": 1, "b": 2}}`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::records::{Name, each_entry};
use crate::fault::Fault;

/// A JSON text that has each column as a whole.
#[derive(Debug, Default)]
pub(super) struct Columns<'t> {
    pub(super) names: Vec<Cow<'t, str>>,
    /// The names of rows, if they have some.
    pub(super) index: Option<Vec<Cow<'t, str>>>,
    /// The JSON of the values of each column's rows; values behind its end are missing, too.
    pub(super) values: Vec<Vec<Option<&'t str>>>,
}

/// The values of one column.
enum Values<'t> {
    List(Vec<&'t RawValue>),
    Named(Vec<(Cow<'t, str>, &'t RawValue)>),
}

impl<'t> Columns<'t> {
    pub(super) fn read(text: &'t str) -> Result<Self, Fault> {
        let mut columns = Self::default();
        let mut index = Index::default();
        each_entry(text, "an object of columns by their names", |(name, values)| {
            let is_first = columns.names.is_empty();
            let values = match values {
                Values::List(values) if is_first || index.names.is_none() => {
                    let rows = columns.values.first().map_or(values.len(), Vec::len);
                    if values.len() != rows {
                        let message = format!("it has {} values, and the columns before it {rows}", values.len());
                        return Err(Fault::new(message).column(name));
                    }
                    values.into_iter().map(|value| Some(value.get())).collect()
                }
                Values::Named(values) if is_first || index.names.is_some() => {
                    index.place(values).map_err(|fault| fault.column(name.as_ref()))?
                }
                _ => {
                    let fault = Fault::new("it names its rows, or not, unlike the columns before it").column(name);
                    return Err(fault.help("write all columns as arrays, or all as objects"));
                }
            };
            columns.names.push(name);
            columns.values.push(values);
            Ok(())
        })?;
        columns.index = index.names;
        Ok(columns)
    }

    pub(super) fn rows(&self) -> usize {
        let named = self.index.as_ref().map(Vec::len);
        named.or_else(|| self.values.first().map(Vec::len)).unwrap_or(0)
    }
}

/// The names of rows, in the order in which they first occur.
#[derive(Default)]
struct Index<'t> {
    names: Option<Vec<Cow<'t, str>>>,
    /// The places of the first of them; the others join at the first search.
    rows: HashMap<Cow<'t, str>, usize>,
}

impl<'t> Index<'t> {
    /// Returns the values of a column in the order of the rows.
    fn place(&mut self, values: Vec<(Cow<'t, str>, &'t RawValue)>) -> Result<Vec<Option<&'t str>>, Fault> {
        let mut placed = vec![None; self.names.as_ref().map_or(0, Vec::len)];
        for (at, (name, value)) in values.into_iter().enumerate() {
            let row = self.row(at, name);
            if placed.len() <= row {
                placed.resize(row + 1, None);
            }
            if placed[row].replace(value.get()).is_some() {
                let name = self.names.iter().flatten().nth(row).map_or("", AsRef::as_ref);
                return Err(Fault::new(format!("the row `{name}` stands twice in it")));
            }
        }
        Ok(placed)
    }

    /// Returns the row of a name at a position of its column: mostly the same in all of them.
    fn row(&mut self, at: usize, name: Cow<'t, str>) -> usize {
        let names = self.names.get_or_insert_default();
        if names.get(at) == Some(&name) {
            return at;
        }
        let known = self.rows.len();
        self.rows.extend(names.iter().cloned().zip(0..).skip(known));
        let next = names.len();
        *self.rows.entry(name).or_insert_with_key(|name| {
            names.push(name.clone());
            next
        })
    }
}

impl<'de> Deserialize<'de> for Values<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(OfColumn)
    }
}

struct OfColumn;

impl<'de> Visitor<'de> for OfColumn {
    type Value = Values<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the values of a column: an array, or an object with the name of each row")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Values<'de>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element()? {
            values.push(value);
        }
        Ok(Values::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Values<'de>, A::Error> {
        let mut values = Vec::new();
        while let Some(Name(name)) = entries.next_key()? {
            values.push((name, entries.next_value()?));
        }
        Ok(Values::Named(values))
    }
}
