//! The page that documents every key, `docs/manifest.md`, as data. Tests compare it with the keys that the reader asks
//! for, and read its examples.

/// The page. It is a link, so that the crate is whole without the repository.
const PAGE: &str = include_str!("manifest.md");

/// A table of a manifest and the keys in it, as they are documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentedTable {
    /// The heading: `[nodes.NAME]`, `Top level`.
    pub heading: &'static str,
    /// Its keys.
    pub keys: Vec<DocumentedKey>,
}

/// A key, as it is documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentedKey {
    /// The key.
    pub key: &'static str,
    /// Its type: a few words, such as "array of text", or its values between back quotes.
    pub kind: &'static str,
    /// Its default; "required" and "none" are words.
    pub default: &'static str,
    /// An example: a line of a manifest.
    pub example: &'static str,
    /// Its effect, a sentence.
    pub meaning: &'static str,
}

/// Returns every table of a manifest, with every key that the reader knows.
///
/// ```
/// let tables = wpipe_pipeline::documented_tables();
/// let pipeline = tables.iter().find(|table| table.heading == "[pipeline]").expect("a table");
/// assert_eq!((pipeline.keys[0].key, pipeline.keys[0].kind), ("name", "text"));
/// ```
pub fn documented_tables() -> Vec<DocumentedTable> {
    let mut tables: Vec<DocumentedTable> = Vec::new();
    let mut heading = "";
    for line in PAGE.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            heading = title.strip_prefix('`').and_then(|title| title.strip_suffix('`')).unwrap_or(title);
        } else if let Some(key) = key(line) {
            match tables.last_mut().filter(|table| table.heading == heading) {
                Some(table) => table.keys.push(key),
                None => tables.push(DocumentedTable { heading, keys: vec![key] }),
            }
        }
    }
    tables
}

/// Reads a row of a table.
fn key(line: &'static str) -> Option<DocumentedKey> {
    let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").map(str::trim);
    let (key, kind, default) = (cells.next()?, cells.next()?, cells.next()?);
    let (example, meaning) = (cells.next()?, cells.next()?);
    let key = key.strip_prefix('`')?.strip_suffix('`')?;
    Some(DocumentedKey { key, kind, default, example: example.trim_matches('`'), meaning })
}
