//! A name means one thing: a public type has a name of its own, and one module knows which dataset a name means.

use std::collections::BTreeMap;

use crate::tidy::{
    findings::Finding,
    lexer::{Source, find_word, is_part_of_word},
};

/// The names that several public types of the host share so far. The list only shrinks.
const SHARED: [&str; 12] = [
    "Binding",
    "Dataset",
    "Difference",
    "Entry",
    "LeftOut",
    "Location",
    "Outcome",
    "Output",
    "Pipeline",
    "Plan",
    "Source",
    "Target",
];

/// The module that knows that `b@csv` is the dataset `b`. All others ask the resolved graph.
const NAMES: &str = "host/pipeline/src/resolved/names.rs";

/// Reports public types of the host that share a name.
pub(in crate::tidy) fn a_type_has_its_own_name(files: &[(String, Source<'_>)]) -> Vec<(String, Finding)> {
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for (path, source) in files.iter().filter(|(path, _)| path.starts_with("host/") && path.contains("/src/")) {
        for (line, name) in types(source) {
            let Some(earlier) = first.get(name.as_str()) else {
                first.insert(name, path);
                continue;
            };
            if !SHARED.contains(&name.as_str()) {
                let message = format!("`{name}` is also the name of a public type in `{earlier}`");
                found.push((path.clone(), Finding::at(line, message)));
            }
        }
    }
    found
}

/// Returns the public types that a file defines, with the index of their line.
fn types(source: &Source<'_>) -> impl Iterator<Item = (usize, String)> {
    const KINDS: [&str; 4] = ["pub struct ", "pub enum ", "pub trait ", "pub type "];
    source.code.lines().enumerate().filter_map(|(index, line)| {
        // An associated type is no type of its own.
        let rest = KINDS.iter().find_map(|kind| line.strip_prefix(kind))?;
        let name: String = rest.chars().take_while(|character| is_part_of_word(*character)).collect();
        Some((index, name))
    })
}

/// Reports other modules that look into the name of a dataset for its format.
pub(in crate::tidy) fn datasets_are_named_in_one_module(path: &str, source: &Source) -> Vec<Finding> {
    let is_asked_there = path == NAMES || path.ends_with("/mod.rs") || path.ends_with("/lib.rs");
    if is_asked_there || !path.starts_with("host/") || !path.contains("/src/") {
        return Vec::new();
    }
    let lines = source.code.lines().enumerate().filter(|(_, line)| find_word(line, "base_name").is_some());
    lines.map(|(index, _)| Finding::at(index, "ask the resolved graph which dataset a name means")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twice(files: &[(&str, &str)]) -> Vec<(String, usize)> {
        let files: Vec<_> = files.iter().map(|(path, text)| ((*path).to_owned(), Source::new(text))).collect();
        a_type_has_its_own_name(&files).into_iter().map(|(path, finding)| (path, finding.line)).collect()
    }

    #[test]
    fn a_second_public_type_of_a_name_is_told() {
        let a = ("host/x/src/a.rs", "pub struct Unheard(u8);\n");
        let b = ("host/y/src/b.rs", "//! Docs.\npub enum Unheard<T> {\n}\n");
        assert_eq!(twice(&[a, b]), [("host/y/src/b.rs".to_owned(), 2)]);
    }

    #[test]
    fn private_types_and_those_of_tests_may_share_a_name() {
        let a = ("host/x/src/a.rs", "pub struct Unheard;\n");
        let b = ("host/y/src/b.rs", "pub(crate) struct Unheard;\nstruct Other;\n    pub type Unheard = u8;\n");
        let c = ("host/y/tests/it/c.rs", "pub struct Unheard;\n");
        assert!(twice(&[a, b, c]).is_empty());
    }

    #[test]
    fn the_name_of_a_dataset_is_asked_in_one_module() {
        let source = Source::new("fn f() {\n    base_name(x); // base_name\n}\n");
        let lines = |path| datasets_are_named_in_one_module(path, &source).len();
        assert_eq!([lines("host/x/src/a.rs"), lines(NAMES), lines("host/x/tests/it/a.rs")], [1, 0, 0]);
    }
}
