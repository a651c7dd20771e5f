//! Finds the place in a manifest where another entry of `[datasets]` belongs, and the form that its neighbours have.

use std::ops::Range;

use toml_edit::{Document, InlineTable, Item, Table, Value};

/// The place where entries belong, a byte of the text, and their form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) at: usize,
    pub(super) form: Form,
}

/// The form of an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `[datasets.x]`, behind a line.
    Section,
    /// `x = { … }`, behind a line; with a prefix, such as `datasets.`.
    Row(&'static str),
    /// `x.type = …`, behind a line; with a prefix.
    Dotted(&'static str),
    /// `x = { … }`, within braces, behind `at`.
    Inline {
        /// True if nothing stands before it within the braces.
        is_first: bool,
        /// True if every entry has a line of its own.
        has_lines: bool,
    },
}

/// The prefix of entries at the top level of a manifest.
const AT_TOP: &str = "datasets.";

/// Finds the place in `text`, which is valid TOML; `None` if its `datasets` is no table.
pub(super) fn place(text: &str, document: &Document<&str>) -> Option<Place> {
    let Some((_, datasets)) = document.as_table().get_key_value("datasets") else {
        return Some(Place { at: text.len(), form: Form::Section });
    };
    match datasets {
        Item::Value(Value::InlineTable(table)) => inline(text, table),
        Item::Table(table) => Some(in_sections(text, table)),
        _ => None,
    }
}

/// Within `datasets = { … }`.
fn inline(text: &str, table: &InlineTable) -> Option<Place> {
    let braces = table.span()?;
    let last = table.iter().filter_map(|(_, value)| end_of_value(value)).max();
    let has_lines = text[braces.clone()].contains('\n');
    Some(Place { at: last.unwrap_or(braces.start + 1), form: Form::Inline { is_first: last.is_none(), has_lines } })
}

/// Under `[datasets]`, among `[datasets.x]`, or among `datasets.x = …`.
fn in_sections(text: &str, table: &Table) -> Place {
    let has_section = table.iter().any(|(_, item)| matches!(item, Item::Table(table) if !table.is_dotted()));
    let after = |end: usize| behind_comments(text, end_of_line(text, end));
    let last = table.iter().filter_map(|(_, item)| Some((end_of_item(item)?, item))).max_by_key(|(end, _)| *end);
    match last {
        // A section that stands before a row would have to be looked through for its end: new sections stand last.
        Some((end, _)) if has_section => Place { at: after(end), form: Form::Section },
        Some((end, item)) => {
            let prefix = if table.is_dotted() { AT_TOP } else { "" };
            let is_dotted = matches!(item, Item::Table(table) if table.is_dotted());
            let form = if is_dotted { Form::Dotted(prefix) } else { Form::Row(prefix) };
            Place { at: end_of_line(text, end), form }
        }
        None => Place { at: table.span().map_or(text.len(), |header| after(header.end)), form: Form::Section },
    }
}

/// Returns the end of everything that is written of an item.
fn end_of_item(item: &Item) -> Option<usize> {
    match item {
        Item::None => None,
        Item::Value(value) => end_of_value(value),
        Item::Table(table) => end_of_table(table),
        Item::ArrayOfTables(tables) => tables.iter().filter_map(end_of_table).chain(end(tables.span())).max(),
    }
}

fn end_of_table(table: &Table) -> Option<usize> {
    table.iter().filter_map(|(_, item)| end_of_item(item)).chain(end(table.span())).max()
}

fn end_of_value(value: &Value) -> Option<usize> {
    match value {
        // A dotted table within braces has no braces of its own.
        Value::InlineTable(table) => {
            table.iter().filter_map(|(_, value)| end_of_value(value)).chain(end(table.span())).max()
        }
        value => end(value.span()),
    }
}

fn end(span: Option<Range<usize>>) -> Option<usize> {
    span.map(|span| span.end)
}

/// Returns the place behind the line on which the byte at `at` stands.
fn end_of_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |line| at + line + 1)
}

/// Returns the place behind the lines of comments that follow, which may be keys that somebody has put aside. Those that
/// stand directly before a header belong to it.
fn behind_comments(text: &str, at: usize) -> usize {
    let mut end = at;
    for line in text[at..].split_inclusive('\n') {
        match line.trim() {
            comment if comment.starts_with('#') => end += line.len(),
            "" => return end,
            _ => return at,
        }
    }
    end
}
