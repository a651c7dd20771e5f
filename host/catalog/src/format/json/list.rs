//! Lists in JSON: arrays of which no item is an array or an object.

use std::borrow::Cow;

use wpipe_data::ColumnKind;

use super::cell::cell;
use super::value::Value;
use super::words::Words;
use crate::table::{Cell, ItemAt, Items};

/// Returns the items of the array `json`, in which numbers stand for `words`; `None` if it is an object, or its items
/// are no values of a column.
pub(super) fn items(json: &str, words: Words) -> Option<Vec<Value<'_>>> {
    if !json.starts_with('[') {
        return None;
    }
    let mut items: Vec<Value<'_>> = serde_json::from_str(json).ok()?;
    for item in &mut items {
        match item {
            Value::Nested(_) => return None,
            Value::Number(number) => *number = words.restore(number),
            _ => {}
        }
    }
    Some(items)
}

/// The items of one list as cells of one kind.
pub(super) struct List<'v> {
    items: Vec<Value<'v>>,
    /// The texts of the items that are no texts, in a list of texts.
    texts: Vec<Cow<'v, str>>,
    kind: ColumnKind,
}

impl<'v> List<'v> {
    /// Reads the list `json`, of items of `kind`; `None` if it is another.
    pub(super) fn read(json: &'v str, kind: ColumnKind, words: Words) -> Option<Self> {
        let items = items(json, words)?;
        let texts = match kind {
            ColumnKind::Text => items.iter().map(|item| Cow::Owned(item.as_name().into_owned())).collect(),
            _ => Vec::new(),
        };
        let list = Self { items, texts, kind };
        let fits = (0..list.items.len()).all(|at| list.items[at] == Value::Null || list.item(at).is_some());
        fits.then_some(list)
    }

    pub(super) fn cell(&self) -> Cell<'_> {
        Cell::List(Items::new(self, 0, self.items.len()))
    }
}

impl ItemAt for List<'_> {
    fn item(&self, at: usize) -> Option<Cell<'_>> {
        match &self.items[at] {
            Value::Null => None,
            _ if self.kind == ColumnKind::Text => self.texts.get(at).map(|text| Cell::Text(text)),
            value => cell(value, self.kind),
        }
    }
}
