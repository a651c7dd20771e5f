//! The records of a JSON text, in any orientation.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::columns::Columns;
use super::form::{Form, Orient};
use super::place;
use super::records::{Object, Record, each_entry, each_item, each_record, malformed};
use super::value::Value;
use super::words::Words;
use crate::fault::{At, Fault};

/// A JSON text whose form is known.
#[derive(Debug)]
pub(super) struct Document<'t> {
    text: &'t str,
    words: Words,
    /// The column that the names of rows become.
    index: Option<&'t str>,
    body: Body<'t>,
}

#[derive(Debug)]
enum Body<'t> {
    Records,
    Index,
    Split(Split<'t>),
    Columns(Columns<'t>),
}

/// `{"columns": […], "index": […], "data": [[…], …]}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `columns` and `data`")]
struct Split<'t> {
    #[serde(borrow)]
    columns: Vec<Value<'t>>,
    #[serde(borrow, default)]
    index: Option<Vec<Value<'t>>>,
    #[serde(borrow)]
    data: &'t RawValue,
}

impl<'t> Document<'t> {
    /// Reads the parts around the records of `text`, in which numbers stand for `words`.
    pub(super) fn read(text: &'t str, words: Words, form: &'t Form) -> Result<Self, Fault> {
        let body = match form.orient {
            Orient::Records { .. } => Body::Records,
            Orient::Index => Body::Index,
            Orient::Split => Body::Split(Split::read(text)?),
            Orient::Columns => Body::Columns(Columns::read(text)?),
        };
        let document = Self { text, words, index: form.index.as_deref(), body };
        document.check_index()?;
        Ok(document)
    }

    /// Returns the names of columns that the text has even without records.
    pub(super) fn names(&self) -> Vec<Cow<'_, str>> {
        let index = self.index.map(Cow::Borrowed).into_iter();
        match &self.body {
            Body::Records | Body::Index => Vec::new(),
            Body::Split(split) => index.chain(split.columns.iter().map(Value::as_name)).collect(),
            Body::Columns(columns) => index.chain(columns.names.iter().cloned()).collect(),
        }
    }

    /// Returns the place of a record in the text, in bytes, as far as its names are parts of the text.
    pub(super) fn offset(&self, record: &Record<'_>) -> usize {
        let own = self.text.as_bytes().as_ptr_range();
        let mut of_names = record.iter().rev().filter_map(|(name, _)| match name {
            Cow::Borrowed(name) if own.contains(&name.as_ptr()) => Some(name.as_ptr() as usize - own.start as usize),
            _ => None,
        });
        of_names.next().unwrap_or(0)
    }

    /// Calls `each` for every record.
    pub(super) fn each_record(&self, each: &mut dyn FnMut(&Record<'_>) -> Result<(), Fault>) -> Result<(), Fault> {
        let mut restored = |mut record: Record<'_>| {
            if self.words.are_some() {
                for (_, value) in &mut record {
                    if let Value::Number(number) = value {
                        *number = self.words.restore(number);
                    }
                }
            }
            each(&record)
        };
        match &self.body {
            Body::Records => each_record(self.text, restored),
            Body::Index => {
                let mut row = 0;
                each_entry(self.text, "an object of records by their names", |(name, Object(mut record))| {
                    row += 1;
                    self.name_row(row, Value::of_name(name), &mut record)?;
                    restored(record)
                })
            }
            Body::Split(split) => {
                let mut row = 0;
                let data = split.data.get();
                let read = each_item(data, "`data`, an array with an array for each row", |values: Vec<Value<'_>>| {
                    row += 1;
                    restored(self.row_of(split, row, values)?)
                });
                read.map_err(|fault| place::within(fault, self.text, data))?;
                match &split.index {
                    Some(index) if index.len() != row => {
                        Err(Fault::new(format!("`index` names {} rows, and `data` has {row}", index.len())))
                    }
                    _ => Ok(()),
                }
            }
            Body::Columns(columns) => (0..columns.rows()).try_for_each(|row| restored(self.record_of(columns, row)?)),
        }
    }

    fn row_of<'v>(&'v self, split: &'v Split<'_>, row: usize, values: Vec<Value<'v>>) -> Result<Record<'v>, Fault> {
        if values.len() != split.columns.len() {
            let message = format!("it has {} values, and `columns` has {} names", values.len(), split.columns.len());
            return Err(Fault::new(message).at(At::Row(row as u64)));
        }
        let mut record: Record<'_> = split.columns.iter().map(Value::as_name).zip(values).collect();
        if let Some(name) = split.index.as_ref().and_then(|index| index.get(row - 1)) {
            self.name_row(row, name.clone(), &mut record)?;
        }
        Ok(record)
    }

    fn record_of<'v>(&'v self, columns: &'v Columns<'_>, row: usize) -> Result<Record<'v>, Fault> {
        let mut record = Record::with_capacity(columns.names.len() + 1);
        for (name, values) in columns.names.iter().zip(&columns.values) {
            let value = values.get(row).copied().flatten().map_or(Ok(Value::Null), |json| self.value_of(json));
            record.push((Cow::Borrowed(name.as_ref()), value?));
        }
        if let Some(name) = columns.index.as_ref().and_then(|index| index.get(row)) {
            self.name_row(row + 1, Value::of_name(Cow::Borrowed(name.as_ref())), &mut record)?;
        }
        Ok(record)
    }

    fn value_of<'v>(&self, json: &'v str) -> Result<Value<'v>, Fault> {
        Value::of(json).map_err(|error| place::within(malformed(json, &error), self.text, json))
    }

    /// Adds the name of a row to it, if it is a column. Otherwise names must be the numbers of the rows, from 0.
    fn name_row<'v>(&self, row: usize, name: Value<'v>, record: &mut Record<'v>) -> Result<(), Fault>
    where
        't: 'v,
    {
        if let Some(index) = self.index {
            record.insert(0, (Cow::Borrowed(index), name));
            return Ok(());
        }
        let name = name.as_name();
        if name == (row - 1).to_string() {
            return Ok(());
        }
        let fault = Fault::new(format!("its name is `{name}`, which is not the number of the row, from 0"));
        Err(fault.at(At::Row(row as u64)).help("name the column that the names become: `index = \"row\"`"))
    }

    /// Fails if the text has no names for `index`.
    fn check_index(&self) -> Result<(), Fault> {
        let Some(index) = self.index else { return Ok(()) };
        let names_rows = match &self.body {
            Body::Records | Body::Index => true,
            Body::Split(split) => split.index.is_some(),
            Body::Columns(columns) => columns.index.is_some() || columns.names.is_empty(),
        };
        if !names_rows {
            return Err(Fault::new("its rows have no names").help("leave the option `index` out"));
        }
        if self.names().iter().skip(1).any(|name| name == index) {
            return Err(taken(index));
        }
        Ok(())
    }
}

fn taken(index: &str) -> Fault {
    let fault = Fault::new(format!("there is a column `{index}`, beside the names of rows"));
    fault.help("give the option `index` another name")
}

impl<'t> Split<'t> {
    fn read(text: &'t str) -> Result<Self, Fault> {
        // A derived reader takes an array of the three as well.
        if !text.trim_start().starts_with('{') {
            return Err(Fault::new("expected an object with `columns` and `data`"));
        }
        let split: Self = serde_json::from_str(text).map_err(|error| malformed(text, &error))?;
        let mut seen = HashSet::new();
        if let Some(twice) = split.columns.iter().find(|name| !seen.insert(name.as_name())) {
            return Err(Fault::new(format!("the name `{}` stands twice in `columns`", twice.as_name())));
        }
        Ok(split)
    }
}
