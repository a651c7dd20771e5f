//! Applies all laws to all files.

use super::{
    findings::Finding,
    laws::{circles, dependencies, ids, marks, names, shape, shown, sleep, unsafety},
    lexer::Source,
    tree::files,
};
use crate::{Outcome, step};

/// A law about one Rust file. It decides by the path if it applies.
type Law = fn(path: &str, source: &Source) -> Vec<Finding>;

/// A law about all Rust files together: each finding names its file.
type CommonLaw = fn(files: &[(String, Source)]) -> Vec<(String, Finding)>;

const LAWS: [Law; 11] = [
    unsafety::only_where_it_belongs,
    unsafety::with_a_reason,
    shape::not_too_large,
    shape::opens_with_docs,
    shape::an_index_holds_no_code,
    marks::nothing_unfinished,
    sleep::no_test_sleeps,
    ids::no_bare_index,
    names::datasets_are_named_in_one_module,
    shown::printed_in_one_place,
    shown::no_raw_text_of_guests,
];

const COMMON_LAWS: [CommonLaw; 2] = [circles::no_circles, names::a_type_has_its_own_name];

/// Prints all findings, and fails if there are any.
pub(crate) fn run() -> Outcome {
    let root = step::root();
    let mut texts = Vec::new();
    for path in files(&root)? {
        let text =
            std::fs::read_to_string(root.join(&path)).map_err(|error| format!("failed to read `{path}`: {error}"))?;
        texts.push((path, text));
    }
    let (rust, manifests): (Vec<_>, Vec<_>) = texts.iter().partition(|(path, _)| path.ends_with(".rs"));
    let rust: Vec<_> = rust.into_iter().map(|(path, text)| (path.clone(), Source::new(text))).collect();
    let mut findings: Vec<_> = COMMON_LAWS.iter().flat_map(|law| law(&rust)).collect();
    for (path, source) in &rust {
        findings.extend(LAWS.iter().flat_map(|law| law(path, source)).map(|finding| (path.clone(), finding)));
    }
    for (path, text) in manifests {
        let found = dependencies::data_flows_one_way(path, text);
        findings.extend(found.into_iter().map(|finding| (path.clone(), finding)));
    }
    let checked = texts.len();
    findings.sort();
    for (path, Finding { line, message }) in &findings {
        step::say(&format!("{path}:{line}: {message}"))?;
    }
    match findings.len() {
        0 => step::say(&format!("tidy: {checked} files keep every law")),
        count => Err(format!("tidy found {count} broken laws in {checked} files").into()),
    }
}
