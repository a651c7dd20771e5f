//! Tests that `docs/manifest.md` lists every key, and no other, and that its examples can be read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::known_keys::known_keys;
use super::page::{DocumentedKey, documented_tables};
use super::parse;
use crate::source::Source;

/// The tables: their names in errors, their headings, and a manifest in which an example can stand for `%`.
const TABLES: [(&str, &str, &str); 17] = [
    ("the manifest", "Top level", "%"),
    ("`[pipeline]`", "[pipeline]", "[pipeline]\n%"),
    ("component `c`", "[components.NAME]", "[components.c]\n%"),
    ("node `n`", "[nodes.NAME]", "[components.c]\npath = \"c\"\n[nodes.n]\n%"),
    ("`limits` of node `n`", "[nodes.NAME.limits]", "[components.c]\npath = \"c\"\n[nodes.n.limits]\n%"),
    ("`[limits]`", "[limits]", "[limits]\n%"),
    ("`retry` of node `n`", "[nodes.NAME.retry]", "[components.c]\npath = \"c\"\n[nodes.n.retry]\n%"),
    ("`[retry]`", "[retry]", "[retry]\n%"),
    ("`[history]`", "[history]", "[history]\n%"),
    ("`[store]`", "[store]", "[store]\npath = \"shared\"\n%"),
    ("multipipeline `m`", "[multipipelines.NAME]", "[multipipelines.m]\n%"),
    (
        "an entry of `configure` of multipipeline `m`",
        "An entry of `configure`",
        "[multipipelines.m]\nconfigure = [{ % }]",
    ),
    ("multinode `o`", "[multinodes.NODE]", "[multinodes.o]\n%"),
    ("`filter` of multipipeline `m`", "filter", "[multipipelines.m]\nfilter = { % }"),
    ("store `s`", "[stores.NAME]", "[stores.s]\n%"),
    ("dataset `d`", "[datasets.NAME]", "[stores.s]\nurl = \"s3://b\"\n[datasets.d]\ntype = \"csv\"\n%"),
    (
        "`delay` of dataset `d`",
        "[datasets.NAME.delay]",
        "[datasets.d]\ntype = \"csv\"\npath = \"d\"\n[datasets.d.delay]\n%",
    ),
];

/// The errors that an example must not have. It may lack other keys, or contradict some.
const WRONG: [&str; 5] = ["syntax", "unknown_key", "wrong_type", "bad_value", "bad_pattern"];

/// Returns the page's tables by heading.
fn page() -> BTreeMap<&'static str, Vec<DocumentedKey>> {
    documented_tables().into_iter().map(|table| (table.heading, table.keys)).collect()
}

#[test]
fn every_key_is_documented_and_nothing_else() {
    let mut page = page();
    let known = known_keys();
    for (owner, heading, _) in TABLES {
        let rows = page.remove(heading).unwrap_or_else(|| panic!("`docs/manifest.md` has no table `{heading}`"));
        let documented: BTreeSet<_> = rows.iter().map(|row| row.key).collect();
        assert_eq!(documented, known[owner], "`docs/manifest.md`, `{heading}`");
        assert_eq!(documented.len(), rows.len(), "`{heading}` says a key twice");
    }
    assert!(page.is_empty(), "tables of nothing: {page:?}");
    let tables: BTreeSet<_> = TABLES.iter().map(|(owner, ..)| *owner).collect();
    assert_eq!(tables, known.keys().map(String::as_str).collect(), "a table is not documented");
}

#[test]
fn every_example_is_read_as_its_key() {
    let page = page();
    for (_, heading, manifest) in TABLES {
        for DocumentedKey { key, kind, default, example, meaning } in &page[heading] {
            assert!(example.starts_with(&format!("{key} = ")), "`{heading}`: {example}");
            assert!([kind, default, meaning].iter().all(|cell| !cell.trim().is_empty()), "`{heading}`: {key}");
            let others: Vec<_> = manifest.lines().filter(|line| !line.starts_with(&format!("{key} = "))).collect();
            let text = others.join("\n").replace('%', example);
            let read = parse(Arc::new(Source::new("pipeline.toml", text.as_str())));
            let is_wrong = |kind: &str| WRONG.iter().any(|wrong| kind.ends_with(wrong));
            for problem in read.err().iter().flat_map(|problems| problems.iter()) {
                assert!(!is_wrong(problem.kind()), "`{heading}`: {text}: {}", problem.message());
            }
        }
    }
}
