//! Memory safety rests on a few carefully read pages: `unsafe` has its places, and its reasons in writing.

use crate::tidy::{
    findings::Finding,
    lexer::{Source, find_word},
};

/// The places of `unsafe`: code that maps memory, code on the other side of that mapping, and guests that misbehave.
const PLACES: [&str; 3] = ["host/buffer/", "guest-sdk/", "tests/guests/"];

/// Reports `unsafe` outside of its places.
pub(in crate::tidy) fn only_where_it_belongs(path: &str, source: &Source) -> Vec<Finding> {
    if PLACES.iter().any(|place| path.starts_with(place)) {
        return Vec::new();
    }
    let message = format!("`unsafe` outside of {}", PLACES.join(", "));
    source.lines_with_word("unsafe").map(|(index, _)| Finding::at(index, &message)).collect()
}

/// Reports unsafe blocks and impls without a comment above that names their reason.
pub(in crate::tidy) fn with_a_reason(_path: &str, source: &Source) -> Vec<Finding> {
    let lines: Vec<Line> = source.code.lines().zip(source.comments.lines()).map(Line::from).collect();
    source
        .lines_with_word("unsafe")
        .filter(|(_, line)| needs_reason(line))
        .filter(|(index, _)| !has_reason(&lines, *index))
        .map(|(index, _)| Finding::at(index, "no `// SAFETY:` comment above this `unsafe`"))
        .collect()
}

/// One line, with its code and its comments apart.
struct Line<'a> {
    code: &'a str,
    comment: &'a str,
}

impl<'a> From<(&'a str, &'a str)> for Line<'a> {
    fn from((code, comment): (&'a str, &'a str)) -> Self {
        Self { code: code.trim(), comment: comment.trim() }
    }
}

/// Returns true if the line needs a reason. An unsafe function states its callers' duties in its docs instead, and an
/// attribute has none.
fn needs_reason(line: &str) -> bool {
    let after = find_word(line, "unsafe").map_or("", |start| line[start + "unsafe".len()..].trim_start());
    after.starts_with('{') || after.starts_with("impl")
}

/// Returns true if there is a reason above a line: it looks through its statement, its attributes and the comment
/// above.
fn has_reason(lines: &[Line], index: usize) -> bool {
    lines[..=index]
        .iter()
        .rev()
        .enumerate()
        .take_while(|(distance, line)| *distance == 0 || belongs_to_what_follows(line))
        .any(|(_, line)| line.comment.contains("SAFETY:"))
}

fn belongs_to_what_follows(line: &Line) -> bool {
    if line.code.is_empty() {
        return !line.comment.is_empty();
    }
    line.code.starts_with("#[") || !line.code.ends_with([';', '{', '}', ','])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(law: fn(&str, &Source) -> Vec<Finding>, path: &str, text: &str) -> Vec<usize> {
        law(path, &Source::new(text)).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn unsafe_has_its_places() {
        let text = "fn f() {\n    unsafe { g() }\n}\n// unsafe\n#![allow(unsafe_code)]";
        assert_eq!(lines(only_where_it_belongs, "host/cli/src/main.rs", text), [2]);
        assert!(lines(only_where_it_belongs, "host/buffer/src/map.rs", text).is_empty());
    }

    #[test]
    fn a_block_without_a_reason_is_found() {
        let text = "// SAFETY: for another line.\nlet a = 1;\nlet b = unsafe { g() };\nunsafe impl Send for A {}";
        assert_eq!(lines(with_a_reason, "host/buffer/src/map.rs", text), [3, 4]);
    }

    #[test]
    fn a_reason_may_stand_above_the_statement_its_attributes_or_on_the_line() {
        let text = "\
// SAFETY: the window was checked.
// It is not moved.
let a =
    unsafe { g() };
// SAFETY: no thread is named here.
#[cfg(unix)]
unsafe impl Send for A {}
/* SAFETY: yes */ unsafe { g() }
/// # Safety
unsafe fn f() {}
#[unsafe(no_mangle)]";
        assert!(lines(with_a_reason, "host/buffer/src/map.rs", text).is_empty());
    }
}
