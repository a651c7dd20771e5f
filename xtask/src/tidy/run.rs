//! All laws on all files.

use super::{
    findings::Finding,
    laws::{dependencies, marks, shape, sleep, unsafety},
    lexer::Source,
    tree::files,
};
use crate::{Outcome, step};

/// A law about one Rust file. It decides by the path whether it has a say.
type Law = fn(path: &str, source: &Source) -> Vec<Finding>;

const LAWS: [Law; 7] = [
    unsafety::only_where_it_belongs,
    unsafety::with_a_reason,
    shape::not_too_large,
    shape::opens_with_docs,
    shape::an_index_holds_no_code,
    marks::nothing_unfinished,
    sleep::no_test_sleeps,
];

/// Prints what breaks a law, and fails if anything does.
pub(crate) fn run() -> Outcome {
    let root = step::root();
    let (mut checked, mut findings) = (0, Vec::new());
    for path in files(&root)? {
        let text =
            std::fs::read_to_string(root.join(&path)).map_err(|error| format!("failed to read `{path}`: {error}"))?;
        let found = if path.ends_with(".rs") {
            let source = Source::new(&text);
            LAWS.iter().flat_map(|law| law(&path, &source)).collect()
        } else {
            dependencies::data_flows_one_way(&path, &text)
        };
        checked += 1;
        findings.extend(found.into_iter().map(|finding| (path.clone(), finding)));
    }
    findings.sort();
    for (path, Finding { line, message }) in &findings {
        step::say(&format!("{path}:{line}: {message}"))?;
    }
    match findings.len() {
        0 => step::say(&format!("tidy: {checked} files keep every law")),
        count => Err(format!("tidy found {count} broken laws in {checked} files").into()),
    }
}
