//! Parses TOML text into a tree of values that know their places, in the order of the text.
//!
//! The tree is owned and independent of the parser, so that a second text can be laid over a first one.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Number};
use toml::de::{DeTable, DeValue};

use crate::problem::Problem;
use crate::source::{Source, Span};

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) span: Span,
    pub(crate) data: Data,
}

/// The content of a value.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    String(String),
    Integer(Number),
    Float(Number),
    /// A number that JSON has no form for: infinite, not a number, or beyond 64 bits.
    OddNumber,
    Boolean(bool),
    Datetime(String),
    Array(Vec<Value>),
    Table(Table),
}

/// The entries of a table, in the order of the text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
}

/// A key, its place, and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) value: Value,
}

impl Table {
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub(crate) fn to_json(&self, out: &mut Vec<Problem>) -> Map<String, serde_json::Value> {
        let entries = self.entries.iter();
        entries.map(|entry| (entry.key.clone(), entry.value.to_json(out))).collect()
    }
}

impl Value {
    /// Returns the name of the type in an error: "a string".
    pub(crate) fn type_name(&self) -> &'static str {
        match self.data {
            Data::String(_) => "a string",
            Data::Integer(_) => "an integer",
            Data::Float(_) | Data::OddNumber => "a number",
            Data::Boolean(_) => "a boolean",
            Data::Datetime(_) => "a date or time",
            Data::Array(_) => "an array",
            Data::Table(_) => "a table",
        }
    }

    /// Returns the value as JSON. Dates and times become text; a number that JSON lacks is a problem.
    pub(crate) fn to_json(&self, out: &mut Vec<Problem>) -> serde_json::Value {
        match &self.data {
            Data::String(text) | Data::Datetime(text) => serde_json::Value::String(text.clone()),
            Data::Integer(number) | Data::Float(number) => serde_json::Value::Number(number.clone()),
            Data::OddNumber => {
                out.push(
                    Problem::new("wpipe::manifest::bad_value", "a number has no JSON form")
                        .label(&self.span, "expected a finite number of at most 64 bits")
                        .help("nodes get parameters as JSON; write such a value as a string".to_owned()),
                );
                serde_json::Value::Null
            }
            Data::Boolean(value) => serde_json::Value::Bool(*value),
            Data::Array(items) => items.iter().map(|item| item.to_json(out)).collect(),
            Data::Table(table) => serde_json::Value::Object(table.to_json(out)),
        }
    }
}

/// Parses a text into its tree, or returns every syntax error in it. Its places are those of `shown`, the same text as
/// people may see it.
pub(crate) fn parse(text: &str, shown: &Arc<Source>) -> Result<Table, Vec<Problem>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(table(shown, document.get_ref()));
    }
    Err(syntax_problems(shown, &errors))
}

/// Returns one problem per line that has errors: the parser recovers within a line, and its further findings there are
/// seldom a second mistake.
fn syntax_problems(source: &Arc<Source>, errors: &[toml::de::Error]) -> Vec<Problem> {
    let starts: Vec<_> = source.text.match_indices('\n').map(|(at, _)| at + 1).collect();
    let mut lines = HashSet::new();
    let mut problems = Vec::new();
    for error in errors {
        let span = Span::new(source, error.span().unwrap_or(0..0));
        let line = starts.partition_point(|start| *start <= span.range().start);
        if lines.insert(line) {
            let problem = Problem::new("wpipe::manifest::syntax", "the text is not valid TOML");
            problems.push(problem.label(&span, error.message()));
        }
    }
    problems
}

fn table(source: &Arc<Source>, from: &DeTable<'_>) -> Table {
    let mut entries: Vec<_> = from
        .iter()
        .map(|(key, from)| Entry {
            key: key.get_ref().to_string(),
            key_span: Span::new(source, key.span()),
            value: value(source, Span::new(source, from.span()), from.get_ref()),
        })
        .collect();
    // The parser sorts by key; people read by place.
    entries.sort_by_key(|entry| entry.key_span.range().start);
    Table { entries }
}

fn value(source: &Arc<Source>, span: Span, from: &DeValue<'_>) -> Value {
    let data = match from {
        DeValue::String(text) => Data::String(text.to_string()),
        DeValue::Integer(number) => integer(number.as_str(), number.radix()),
        DeValue::Float(number) => float(number.as_str()),
        DeValue::Boolean(value) => Data::Boolean(*value),
        DeValue::Datetime(value) => Data::Datetime(value.to_string()),
        DeValue::Array(items) => Data::Array(
            items.iter().map(|item| value(source, Span::new(source, item.span()), item.get_ref())).collect(),
        ),
        DeValue::Table(from) => Data::Table(table(source, from)),
    };
    Value { span, data }
}

fn integer(digits: &str, radix: u32) -> Data {
    let signed = i64::from_str_radix(digits, radix).map(Number::from);
    let unsigned = || u64::from_str_radix(digits, radix).map(Number::from);
    signed.or_else(|_| unsigned()).map_or(Data::OddNumber, Data::Integer)
}

fn float(digits: &str) -> Data {
    let number = digits.parse().ok().and_then(Number::from_f64);
    number.map_or(Data::OddNumber, Data::Float)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tree(text: &str) -> Table {
        parse(text, &Arc::new(Source::new("t.toml", text))).expect("valid TOML")
    }

    #[test]
    fn values_become_json_as_they_are_written() {
        let text = "i = 1_000\nh = 0xff\nbig = 18446744073709551615\nf = 1e3\nb = true\nd = 2024-01-31\na = [1, 'x', {k = -1}]";
        let mut problems = Vec::new();
        let json = serde_json::Value::Object(tree(text).to_json(&mut problems));
        assert_eq!(
            json,
            json!({"i": 1000, "h": 255, "big": u64::MAX, "f": 1000.0, "b": true, "d": "2024-01-31", "a": [1, "x", {"k": -1}]})
        );
        assert!(problems.is_empty());
    }

    #[test]
    fn numbers_without_a_json_form_are_problems() {
        let mut problems = Vec::new();
        tree("a = inf\nb = nan\nc = 18446744073709551616\nd = 1e999").to_json(&mut problems);
        let places: Vec<_> = problems.iter().flat_map(Problem::spans).map(Span::text).collect();
        assert_eq!(places, ["inf", "nan", "18446744073709551616", "1e999"]);
    }

    #[test]
    fn a_line_with_several_syntax_errors_is_one_problem() {
        let text = "a = [1,, 2,, 3]\nb = 1\nc = [,]";
        let (_, errors) = DeTable::parse_recoverable(text);
        assert_eq!(errors.len(), 3);
        let problems = parse(text, &Arc::new(Source::new("t.toml", text))).expect_err("extra commas");
        assert_eq!(problems.len(), 2);
    }

    #[test]
    fn entries_keep_the_order_of_the_text() {
        let keys: Vec<_> = tree("z = 1\na = 2\nm = 3").entries.into_iter().map(|entry| entry.key).collect();
        assert_eq!(keys, ["z", "a", "m"]);
    }
}
