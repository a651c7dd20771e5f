//! The kinds of the columns of JSON records: the first pass.

use std::collections::{BTreeMap, HashMap};

use wpipe_data::table::toml_key;
use wpipe_data::{ColumnKind, ItemKind, MAX_ARCHIVE_SIZE, Room};

use super::list::items;
use super::records::Record;
use super::value::Value;
use super::words::Words;
use crate::fault::{At, Fault};
use crate::table::{Cell, Column, Declared, Guess, Notation, parse};

/// The findings in the records so far.
#[derive(Debug)]
pub(super) struct Survey<'d> {
    declared: &'d Declared,
    words: Words,
    rows: usize,
    columns: Vec<Found>,
    positions: HashMap<String, usize>,
}

/// One column.
#[derive(Debug)]
struct Found {
    name: String,
    kind: Option<ColumnKind>,
    /// The number of present values.
    present: usize,
    text_bytes: usize,
    texts: Guess,
    numbers: Numbers,
    /// The findings in the items of lists.
    items: Option<Box<Self>>,
    /// The number of present or missing values, of items.
    count: usize,
    /// The row in which a form first occurs, from 1.
    first: BTreeMap<Form, u64>,
}

/// The needs of a column's numbers.
#[derive(Debug, Default)]
struct Numbers {
    negative: bool,
    /// The first whole number beyond `u64`, and its row.
    too_large: Option<(String, u64)>,
    /// The first whole number that has no exact place in `f64`, and its row.
    inexact: Option<(String, u64)>,
}

/// The form of a value in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Bool,
    /// A whole number within `i64`.
    Whole,
    /// A whole number beyond it.
    Large,
    Number,
    Text,
    List,
    /// An object, or a list of those or of lists.
    Nested,
}

impl Form {
    fn of(value: &Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(_) => Self::Bool,
            // Zero has a sign among floats only.
            Value::Number("-0") => Self::Number,
            Value::Number(number) if number.parse::<i64>().is_ok() => Self::Whole,
            Value::Number(number) if is_whole(number) => Self::Large,
            Value::Number(_) => Self::Number,
            Value::Text(_) => Self::Text,
            Value::Nested(_) => Self::Nested,
        })
    }

    fn plural(self) -> &'static str {
        match self {
            Self::Bool => "bools",
            Self::Whole | Self::Large | Self::Number => "numbers",
            Self::Text => "texts",
            Self::List => "lists",
            Self::Nested => "lists or objects",
        }
    }
}

/// Returns true if a number is written as digits alone.
fn is_whole(number: &str) -> bool {
    number.strip_prefix('-').unwrap_or(number).bytes().all(|byte| byte.is_ascii_digit())
}

impl<'d> Survey<'d> {
    /// Creates the survey of a text in which numbers stand for `words`.
    pub(super) fn new(declared: &'d Declared, words: Words) -> Self {
        Self { declared, words, rows: 0, columns: Vec::new(), positions: HashMap::new() }
    }

    /// Takes a column into account that may have no record.
    pub(super) fn name(&mut self, name: &str) {
        if !self.positions.contains_key(name) {
            self.add(name);
        }
    }

    /// Takes a record into account.
    pub(super) fn see(&mut self, record: &Record<'_>) {
        self.rows += 1;
        for (name, value) in record {
            let at = match self.positions.get(name.as_ref()) {
                Some(at) => *at,
                None => self.add(name),
            };
            self.columns[at].see(value, self.rows as u64, self.words);
        }
    }

    fn add(&mut self, name: &str) -> usize {
        let at = self.columns.len();
        self.positions.insert(name.to_owned(), at);
        self.columns.push(Found::new(name, self.declared.kind(name)));
        at
    }

    /// Returns the number of rows and the columns.
    pub(super) fn finish(self) -> Result<(usize, Vec<Column>), Fault> {
        let names: Vec<_> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let columns = self.declared.select(&names, self.rows == 0)?.into_iter().map(|wanted| match wanted.at {
            Some(at) => self.columns[at].finish(self.rows),
            None => {
                let kind = wanted.kind.unwrap_or(ColumnKind::Text);
                Ok(Column { name: wanted.name, kind, nulls: self.rows, room: Room::default() })
            }
        });
        let columns: Result<_, _> = columns.collect();
        Ok((self.rows, columns?))
    }
}

impl Found {
    fn new(name: &str, kind: Option<ColumnKind>) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            present: 0,
            text_bytes: 0,
            texts: Guess::of_texts(),
            numbers: Numbers::default(),
            items: None,
            count: 0,
            first: BTreeMap::new(),
        }
    }

    fn see(&mut self, value: &Value<'_>, row: u64, words: Words) {
        self.count += 1;
        let Some(mut form) = Form::of(value) else { return };
        if let (Value::Nested(json), true) = (value, self.kind != Some(ColumnKind::Text))
            && let Some(items) = items(json, words)
        {
            form = Form::List;
            let kind = match self.kind {
                Some(ColumnKind::List(item)) => Some(item.kind()),
                _ => None,
            };
            let of_items = self.items.get_or_insert_with(|| Box::new(Self::new(&self.name, kind)));
            items.iter().for_each(|item| of_items.see(item, row, words));
        }
        self.present += 1;
        self.first.entry(form).or_insert(row);
        match value {
            Value::Text(text) => {
                self.texts.see(text, &Notation::PLAIN);
                self.text_bytes += text.len();
            }
            other if self.kind == Some(ColumnKind::Text) => self.text_bytes += other.as_text(words).len(),
            Value::Number(number) if matches!(form, Form::Whole | Form::Large) => self.numbers.see(number, row),
            _ => {}
        }
    }

    fn finish(&self, rows: usize) -> Result<Column, Fault> {
        let kind = match self.kind {
            Some(kind) => kind,
            None => self.guess().map_err(|fault| fault.column(&self.name))?,
        };
        let room = self.room();
        if room.bytes > MAX_ARCHIVE_SIZE {
            return Err(Fault::new("more than 2 GiB of text: partition the data").column(&self.name));
        }
        Ok(Column { name: self.name.clone(), kind, nulls: rows - self.present, room })
    }

    /// Returns the room that the column takes beside its rows.
    fn room(&self) -> Room {
        match &self.items {
            Some(items) => {
                let room = Room::items(items.count).bytes(items.text_bytes);
                if items.count > items.present { room.with_missing_items() } else { room }
            }
            None => Room::default().bytes(self.text_bytes),
        }
    }

    fn guess(&self) -> Result<ColumnKind, Fault> {
        let forms: Vec<_> = self.first.keys().copied().collect();
        match forms.as_slice() {
            [] => Ok(ColumnKind::Text),
            [Form::Bool] => Ok(ColumnKind::Bool),
            [Form::Whole] => Ok(ColumnKind::I64),
            [Form::Large] | [Form::Whole, Form::Large] => self.numbers.whole(&self.name),
            [Form::Number] | [Form::Whole, Form::Number] | [Form::Large, Form::Number] => {
                self.numbers.mixed(&self.name)
            }
            [Form::Whole, Form::Large, Form::Number] => self.numbers.mixed(&self.name),
            [Form::Text] => Ok(self.texts.kind()),
            [Form::List] => {
                let items = self.items.as_ref().map_or(Ok(ColumnKind::Text), |items| items.guess());
                let item = items.map_err(|fault| {
                    let message = format!("in its lists, {}", fault.message);
                    Fault { message, ..fault }
                })?;
                ItemKind::of(item).map(ColumnKind::List).ok_or_else(|| self.mixture())
            }
            _ => Err(self.mixture()),
        }
    }

    /// Returns the fault of mixed forms, with their places.
    fn mixture(&self) -> Fault {
        let help = format!("declare `types = {{ {} = \"text\" }}` to keep their JSON as text", toml_key(&self.name));
        if let Some(row) = self.first.get(&Form::Nested) {
            let fault =
                Fault::new("an object, or a list of lists or objects, has no place in a table").at(At::Row(*row));
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

impl Numbers {
    /// Takes a whole number into account.
    fn see(&mut self, number: &str, row: u64) {
        self.negative |= number.starts_with('-');
        let noted = || Some((number.to_owned(), row));
        if self.too_large.is_none() && number.parse::<u64>().is_err() && number.parse::<i64>().is_err() {
            self.too_large = noted();
        }
        if self.inexact.is_none() && !matches!(parse(ColumnKind::F64, number), Some(Cell::F64(_))) {
            self.inexact = noted();
        }
    }

    /// Returns the kind of whole numbers of which one is beyond `i64`.
    fn whole(&self, column: &str) -> Result<ColumnKind, Fault> {
        match &self.too_large {
            None if !self.negative => Ok(ColumnKind::U64),
            None => Err(Fault::new("it has whole numbers beyond i64 beside negative ones").help(exact(column))),
            Some((number, row)) => {
                Err(Fault::new(format!("`{number}` is beyond u64")).at(At::Row(*row)).help(exact(column)))
            }
        }
    }

    /// Returns the kind of numbers of which one is a fraction.
    fn mixed(&self, column: &str) -> Result<ColumnKind, Fault> {
        match &self.inexact {
            None => Ok(ColumnKind::F64),
            Some((number, row)) => {
                let fault = Fault::new(format!("`{number}` would lose digits among the fractions of the column"));
                Err(fault.at(At::Row(*row)).help(exact(column)))
            }
        }
    }
}

/// Returns the help for a column to keep every digit.
fn exact(column: &str) -> String {
    let key = toml_key(column);
    format!(
        "declare `types = {{ {key} = \"text\" }}` or `types = {{ {key} = \"decimal(38, 0)\" }}`, with enough places"
    )
}
