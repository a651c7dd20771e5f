//! The relation of a database: a table, or the result of a query.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::options::Options;

/// The manifest's `type`.
pub(crate) const KIND: &str = "sql";

/// A table, and its schema if the entry names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableName {
    pub(super) schema: Option<String>,
    pub(super) name: String,
}

/// A table, or the result of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Relation {
    Table(TableName),
    Query(Query),
}

/// A query, and its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) text: String,
    pub(super) file: Option<String>,
}

/// The treatment of an existing table at a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum IfExists {
    #[default]
    Replace,
    Append,
    Fail,
}

/// The relation of an entry, and its treatment at a save.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(super) relation: Relation,
    pub(super) if_exists: IfExists,
}

const BOTH: &str = "keep one of them";

impl Entry {
    /// Reads the options `table`, `schema`, `query`, `query_file`, `if_exists`. Files of queries are relative to
    /// `root`.
    pub(crate) fn open(options: &mut Options, root: &Path) -> Option<Self> {
        let table = options.text("table");
        let schema = options.text("schema");
        let query = options.text("query");
        let file = options.text("query_file");
        let if_exists = options.choice("if_exists", &["replace", "append", "fail"]);
        let said: Vec<_> = [("table", table), ("query", query), ("query_file", file)]
            .into_iter()
            .filter_map(|(key, text)| text.map(|_| key))
            .collect();
        match said[..] {
            [] => {
                let help = "write `table = \"sales\"`, `query = \"select …\"` or `query_file = \"sales.sql\"`";
                options.fail(
                    "type",
                    "nothing says which table it is, or which query".to_owned(),
                    Some(help.to_owned()),
                );
                return None;
            }
            [_] => {}
            [first, second, ..] => {
                options.fail(second, format!("both `{first}` and `{second}` say what is read"), Some(BOTH.to_owned()));
                return None;
            }
        }
        if let Some(name) = table {
            for (key, text) in [("table", Some(name)), ("schema", schema)] {
                if text.is_some_and(|text| text.is_empty() || text.contains('\0')) {
                    options.fail(key, "nothing in a database is called so".to_owned(), None);
                    return None;
                }
            }
            let table = TableName { schema: schema.map(str::to_owned), name: name.to_owned() };
            let if_exists = match if_exists {
                Some("append") => IfExists::Append,
                Some("fail") => IfExists::Fail,
                _ => IfExists::Replace,
            };
            return Some(Self { relation: Relation::Table(table), if_exists });
        }
        for (key, says) in [("schema", schema), ("if_exists", if_exists)] {
            if says.is_some() {
                let message = format!("`{key}` is about a table, and this is a query");
                options.fail(key, message, Some("remove it".to_owned()));
            }
        }
        let (key, text) = match file {
            None => ("query", query.unwrap_or_default().to_owned()),
            Some(file) => ("query_file", read(options, root, file)?),
        };
        let text = first_statement(&text).trim().to_owned();
        if text.is_empty() {
            options.fail(key, "the query is empty".to_owned(), None);
            return None;
        }
        let relation = Relation::Query(Query { text, file: file.map(str::to_owned) });
        Some(Self { relation, if_exists: IfExists::Replace })
    }
}

/// Reads the text of the file of a query.
fn read(options: &mut Options, root: &Path, file: &str) -> Option<String> {
    let path = root.join(file);
    match fs::read(&path).map(String::from_utf8) {
        Ok(Ok(text)) => Some(text.trim_start_matches('\u{feff}').to_owned()),
        Ok(Err(_)) => {
            options.fail("query_file", format!("`{file}` is not UTF-8"), None);
            None
        }
        Err(error) => {
            let help = "paths are relative to the manifest".to_owned();
            options.fail("query_file", format!("`{file}` cannot be read: {error}"), Some(help));
            None
        }
    }
}

/// Returns the text without the semicolon that ends it, and the blanks and comments behind that.
fn first_statement(text: &str) -> &str {
    let Some(end) = semicolon(text) else { return text };
    let mut rest = &text[end..];
    loop {
        rest = rest.trim_start_matches([';', ' ', '\n', '\r', '\t']);
        rest = match comment(rest) {
            Some(length) => &rest[length..],
            // The database refuses more than one statement.
            None => return if rest.is_empty() { &text[..end] } else { text },
        };
    }
}

/// Returns the position of the first semicolon outside of texts, names and comments.
fn semicolon(text: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let rest = &text[at..];
        at += match character {
            ';' => return Some(at),
            '\'' | '"' => 1 + rest[1..].find(character).map_or(rest.len() - 1, |end| end + 1),
            '-' | '/' => comment(rest).unwrap_or(1),
            '$' => {
                // `$tag$ … $tag$`
                let tag = rest[1..].find('$').map(|end| &rest[..end + 2]);
                let is_tag = |tag: &&str| tag[1..tag.len() - 1].chars().all(|c| c.is_alphanumeric() || c == '_');
                tag.filter(is_tag).map_or(1, |tag| {
                    let body = &rest[tag.len()..];
                    tag.len() + body.find(tag).map_or(body.len(), |end| end + tag.len())
                })
            }
            character => character.len_utf8(),
        };
    }
    None
}

/// Returns the length of the comment that a text begins with.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("--") {
        return Some(text.find('\n').map_or(text.len(), |end| end + 1));
    }
    text.starts_with("/*").then(|| text.find("*/").map_or(text.len(), |end| end + 2))
}

/// Returns a name as SQL quotes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns the names of columns as a statement lists them.
pub(super) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(quoted).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(table) => write!(f, "table {table}"),
            Self::Query(Query { file: Some(file), .. }) => write!(f, "query {file}"),
            Self::Query(_) => f.write_str("a query"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_statement_is_no_part_of_it() {
        for (text, expected) in [
            ("select 1;", "select 1"),
            ("select 1 ; -- that is all\n/* or is it; */ ;\n", "select 1 "),
            ("select ';' as \";\" -- ;\n, 2 /* ; */ - 1;", "select ';' as \";\" -- ;\n, 2 /* ; */ - 1"),
            ("select 'it''s;';", "select 'it''s;'"),
            ("select $x$;$x$, $1;", "select $x$;$x$, $1"),
            ("select 'grün' -- ü", "select 'grün' -- ü"),
            ("select 1; select 2", "select 1; select 2"),
        ] {
            assert_eq!(first_statement(text), expected);
        }
    }
}
