//! What the columns of JSON records hold: the first pass.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use wpipe_data::{ColumnKind, MAX_ARCHIVE_SIZE};

use super::records::Record;
use crate::fault::{At, Fault};
use crate::table::{Column, Guess, check_declared};

/// What has been found in the records so far.
#[derive(Debug, Default)]
pub(super) struct Survey {
    rows: usize,
    columns: Vec<Found>,
    positions: HashMap<String, usize>,
}

/// One column.
#[derive(Debug)]
struct Found {
    name: String,
    kind: Option<ColumnKind>,
    /// How many values are there.
    present: usize,
    text_bytes: usize,
    texts: Guess,
    /// In which row a form first occurs, from 1.
    first: BTreeMap<Form, u64>,
}

/// What a value is in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Bool,
    Whole,
    Number,
    Text,
    Nested,
}

impl Form {
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(_) => Self::Bool,
            Value::Number(number) if number.is_i64() => Self::Whole,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::Text,
            Value::Array(_) | Value::Object(_) => Self::Nested,
        })
    }

    fn plural(self) -> &'static str {
        match self {
            Self::Bool => "bools",
            Self::Whole | Self::Number => "numbers",
            Self::Text => "texts",
            Self::Nested => "lists or objects",
        }
    }
}

impl Survey {
    /// Takes a record into account.
    pub(super) fn see(&mut self, record: &Record, types: &BTreeMap<String, ColumnKind>) {
        self.rows += 1;
        for (name, value) in record {
            let at = match self.positions.get(name) {
                Some(at) => *at,
                None => self.add(name, types),
            };
            self.columns[at].see(value, self.rows as u64);
        }
    }

    fn add(&mut self, name: &str, types: &BTreeMap<String, ColumnKind>) -> usize {
        let at = self.columns.len();
        self.positions.insert(name.to_owned(), at);
        self.columns.push(Found {
            name: name.to_owned(),
            kind: types.get(name).copied(),
            present: 0,
            text_bytes: 0,
            texts: Guess::of_texts(),
            first: BTreeMap::new(),
        });
        at
    }

    /// The number of rows and the columns.
    pub(super) fn finish(self, types: &BTreeMap<String, ColumnKind>) -> Result<(usize, Vec<Column>), Fault> {
        check_declared(types, self.columns.iter().map(|column| column.name.as_str()))?;
        let columns: Result<_, _> = self.columns.into_iter().map(|found| found.finish(self.rows)).collect();
        Ok((self.rows, columns?))
    }
}

impl Found {
    fn see(&mut self, value: &Value, row: u64) {
        let Some(form) = Form::of(value) else { return };
        self.present += 1;
        self.first.entry(form).or_insert(row);
        match value {
            Value::String(text) => {
                self.texts.see(text);
                self.text_bytes += text.len();
            }
            other if self.kind == Some(ColumnKind::Text) => self.text_bytes += other.to_string().len(),
            _ => {}
        }
    }

    fn finish(self, rows: usize) -> Result<Column, Fault> {
        let kind = match self.kind {
            Some(kind) => kind,
            None => self.guess().map_err(|fault| fault.column(&self.name))?,
        };
        if self.text_bytes > MAX_ARCHIVE_SIZE {
            return Err(Fault::new("more than 2 GiB of text: partition the data").column(self.name));
        }
        Ok(Column { name: self.name, kind, nulls: rows - self.present, text_bytes: self.text_bytes })
    }

    fn guess(&self) -> Result<ColumnKind, Fault> {
        let forms: Vec<_> = self.first.keys().copied().collect();
        match forms.as_slice() {
            [] => Ok(ColumnKind::Text),
            [Form::Bool] => Ok(ColumnKind::Bool),
            [Form::Whole] => Ok(ColumnKind::I64),
            [Form::Number] | [Form::Whole, Form::Number] => Ok(ColumnKind::F64),
            [Form::Text] => Ok(self.texts.kind()),
            _ => Err(self.mixture()),
        }
    }

    /// Which forms stand where.
    fn mixture(&self) -> Fault {
        let help = format!("declare `types = {{ {} = \"text\" }}` to keep their JSON as text", self.name);
        if let Some(row) = self.first.get(&Form::Nested) {
            let fault = Fault::new("a list or an object has no place in a table").at(At::Row(*row));
            return fault.help(help);
        }
        let mut seen: Vec<(&str, u64)> = Vec::new();
        for (form, row) in &self.first {
            match seen.iter_mut().find(|(words, _)| *words == form.plural()) {
                Some((_, first)) => *first = (*first).min(*row),
                None => seen.push((form.plural(), *row)),
            }
        }
        seen.sort_by_key(|(_, row)| *row);
        let seen: Vec<_> = seen.iter().map(|(words, row)| format!("{words} (first in row {row})")).collect();
        Fault::new(format!("it mixes {}", seen.join(" and "))).help(help)
    }
}
