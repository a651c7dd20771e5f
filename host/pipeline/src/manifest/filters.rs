//! `filter` of a multipipeline.

use super::fields::{Fields, wrong_type};
use super::tree::{Data, Entry, Value};
use crate::problem::Problem;
use crate::slices::{DEFAULT_FORMAT, Date, Filter, Format};

/// Reads `entry`, a table whose every key has to hold; `owner` has the filter.
pub(super) fn filter(owner: &str, entry: &Entry, out: &mut Vec<Problem>) -> Option<Filter> {
    read(&format!("`{}` of {owner}", entry.key), &entry.value, out)
}

/// Reads the filter that is named `what`.
fn read(what: &str, value: &Value, out: &mut Vec<Problem>) -> Option<Filter> {
    let Data::Table(table) = &value.data else {
        let help = "write `{ glob = \"…\" }`, or one with `regex`, `dates`, `not`, `all` or `any`";
        out.push(wrong_type(what, value, "a table").help(help.to_owned()));
        return None;
    };
    let mut fields = Fields::new(what, value.span.clone(), table);
    let before = out.len();
    let filters = [
        text(&mut fields, "glob", Filter::glob, out),
        text(&mut fields, "regex", Filter::regex, out),
        fields.optional("dates").and_then(|entry| dates(what, entry, out)),
        fields.optional("not").and_then(|entry| filter(what, entry, out)).map(Filter::not),
        fields.optional("all").and_then(|entry| several(what, entry, out)).map(Filter::all),
        fields.optional("any").and_then(|entry| several(what, entry, out)).map(Filter::any),
    ];
    fields.refuse_rest(out);
    if table.entries.is_empty() {
        out.push(fields.missing("`glob`, `regex`, `dates`, `not`, `all` or `any`", &[]));
    }
    if out.len() > before {
        return None;
    }
    let mut filters: Vec<_> = filters.into_iter().flatten().collect();
    if filters.len() == 1 { filters.pop() } else { Some(Filter::all(filters)) }
}

fn text(
    fields: &mut Fields<'_>,
    key: &'static str,
    parse: fn(&str) -> Result<Filter, String>,
    out: &mut Vec<Problem>,
) -> Option<Filter> {
    let (text, span) = fields.string(key, out)?;
    let kind = if key == "regex" { "a regular expression" } else { "a pattern" };
    match parse(text) {
        Ok(filter) => Some(filter),
        Err(fault) => {
            let message = format!("`{key}` of {} is not {kind}", fields.owner());
            out.push(Problem::new("wpipe::manifest::bad_value", message).label(span, fault));
            None
        }
    }
}

fn several(what: &str, entry: &Entry, out: &mut Vec<Problem>) -> Option<Vec<Filter>> {
    let what = format!("`{}` of {what}", entry.key);
    let Data::Array(items) = &entry.value.data else {
        let help = format!("write `{} = [{{ glob = \"…\" }}, …]`", entry.key);
        out.push(wrong_type(&what, &entry.value, "an array of filters").help(help));
        return None;
    };
    if items.is_empty() {
        let problem = Problem::new("wpipe::manifest::bad_value", format!("{what} is empty"));
        out.push(problem.label(&entry.value.span, "expected one filter or more"));
        return None;
    }
    let filters: Vec<_> = items.iter().map(|item| read(&format!("an entry of {what}"), item, out)).collect();
    filters.into_iter().collect()
}

fn dates(owner: &str, entry: &Entry, out: &mut Vec<Problem>) -> Option<Filter> {
    let before = out.len();
    let mut fields = Fields::of(format!("`dates` of {owner}"), entry, out)?;
    let from = fields.optional("from");
    let to = fields.optional("to");
    let format = format(&mut fields, out);
    if from.or(to).is_none() {
        let problem = fields.missing("`from` or `to`", &["from", "to"]);
        out.push(problem);
    }
    fields.refuse_rest(out);
    let from = from.and_then(|entry| Some((entry, date(fields.owner(), entry, out)?)));
    let to = to.and_then(|entry| Some((entry, date(fields.owner(), entry, out)?)));
    if let (Some((first, from)), Some((last, to))) = (from, to)
        && from > to
    {
        out.push(
            Problem::new("wpipe::manifest::bad_value", format!("`from` of {} is after `to`", fields.owner()))
                .label(&first.value.span, "the first day")
                .label(&last.value.span, "the last day, which is before it"),
        );
    }
    let [from, to] = [from, to].map(|end| end.map(|(_, date)| date));
    if out.len() > before { None } else { Some(Filter::dates(from, to, format?)) }
}

fn format(fields: &mut Fields<'_>, out: &mut Vec<Problem>) -> Option<Format> {
    let written = fields.string("format", out);
    let text = written.map_or(DEFAULT_FORMAT, |(text, _)| text);
    match Format::parse(text) {
        Ok(format) => Some(format),
        Err(fault) => {
            let problem =
                Problem::new("wpipe::manifest::bad_value", format!("`format` of {} is not known", fields.owner()));
            let span = written.map_or(fields.at(), |(_, span)| span);
            let help = "a format has `%Y`, `%m` and `%d`, and any text between them: `%Y/%m/%d`";
            out.push(problem.label(span, fault).help(help.to_owned()));
            None
        }
    }
}

/// Reads a date as TOML has it, or as text.
fn date(owner: &str, entry: &Entry, out: &mut Vec<Problem>) -> Option<Date> {
    const EXPECTED: &str = "a date such as `2024-01-31`";
    let what = format!("`{}` of {owner}", entry.key);
    let (Data::String(text) | Data::Datetime(text)) = &entry.value.data else {
        out.push(wrong_type(&what, &entry.value, EXPECTED));
        return None;
    };
    let date = Date::parse(text);
    if date.is_none() {
        let problem = Problem::new("wpipe::manifest::bad_value", format!("{what} is not {EXPECTED}"));
        out.push(problem.label(&entry.value.span, "no such day, or not written as year, month and day"));
    }
    date
}
