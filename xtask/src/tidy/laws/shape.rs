//! A page is found by its name and read in one go: files are small and state their purpose, and an index is an index.

use crate::tidy::{findings::Finding, lexer::Source};

/// The most bytes of a file. Split a larger one.
const LARGEST_FILE: usize = 30_000;

/// The crates whose files are pages for the next engineer. Nodes of examples and tests may be a single file.
const PAGES: [&str; 3] = ["host/", "guest-sdk/", "xtask/"];

/// The projects that a newcomer begins with: their nodes are a single file as well.
const TEMPLATES: &str = "host/wpipe/templates/";

/// Reports a file that is too large to be read in one go.
pub(in crate::tidy) fn not_too_large(_path: &str, source: &Source) -> Vec<Finding> {
    let size = source.text.len();
    let message = || format!("{size} bytes, and {LARGEST_FILE} are the most");
    if size > LARGEST_FILE { vec![Finding::at(0, message())] } else { Vec::new() }
}

/// Reports a file that does not begin with its purpose.
pub(in crate::tidy) fn opens_with_docs(path: &str, source: &Source) -> Vec<Finding> {
    if !is_page(path) || source.text.starts_with("//!") {
        return Vec::new();
    }
    vec![Finding::at(0, "a file opens with `//!`: what it is for")]
}

/// Reports an index (`lib.rs`, `mod.rs`) with more than docs, modules and re-exports.
pub(in crate::tidy) fn an_index_holds_no_code(path: &str, source: &Source) -> Vec<Finding> {
    let is_index = path.ends_with("/lib.rs") || path.ends_with("/mod.rs");
    if !is_page(path) || !is_index {
        return Vec::new();
    }
    items(&source.code)
        .filter(|item| !belongs_in_an_index(&item.text))
        .map(|item| Finding::at(item.line, "`lib.rs` and `mod.rs` hold docs, modules and re-exports only"))
        .collect()
}

fn is_page(path: &str) -> bool {
    PAGES.iter().any(|folder| path.starts_with(folder)) && !path.starts_with(TEMPLATES)
}

/// An item of a module: its attributes and its text, up to its semicolon or closing brace.
struct Item {
    line: usize,
    text: String,
}

/// Returns the items of a module. An inline module is opened, so that its items count as well.
fn items(code: &str) -> impl Iterator<Item = Item> {
    let (mut items, mut text, mut depth, mut start) = (Vec::new(), String::new(), 0_usize, 0);
    for (index, line) in code.lines().enumerate() {
        for character in line.chars().chain(['\n']) {
            if text.trim().is_empty() {
                (text, start) = (String::new(), index);
            }
            text.push(character);
            match character {
                '{' if depth == 0 && is_module(&text) => text.clear(),
                '{' | '(' | '[' => depth += 1,
                // The end of an opened module has no beginning of its own.
                '}' if depth == 0 => text.clear(),
                '}' | ')' | ']' => depth -= 1,
                _ => {}
            }
            let ends = character == ';' || character == '}' && !is_use(&text) || is_inner_attribute(&text);
            if depth == 0 && ends && !text.is_empty() {
                items.push(Item { line: start, text: std::mem::take(&mut text) });
            }
        }
    }
    items.into_iter()
}

fn belongs_in_an_index(item: &str) -> bool {
    // A procedural macro has to be exported by the crate's root.
    let is_macro = item.trim_start().starts_with("#[proc_macro");
    is_macro || is_use(item) || is_module(item) || is_inner_attribute(item) || is_refusal(item)
}

fn is_use(item: &str) -> bool {
    matches!(keyword(item), Some("use"))
}

fn is_module(item: &str) -> bool {
    matches!(keyword(item), Some("mod" | "extern"))
}

fn is_inner_attribute(item: &str) -> bool {
    item.trim_start().starts_with("#![") && item.trim_end().ends_with(']')
}

/// Returns true if it refuses a platform that the crate cannot be compiled for.
fn is_refusal(item: &str) -> bool {
    matches!(keyword(item), Some("compile_error"))
}

/// Returns the first word after attributes and visibility.
fn keyword(item: &str) -> Option<&str> {
    let mut rest = item.trim_start();
    while rest.starts_with('#') {
        rest = after_bracket(rest, '[', ']').trim_start();
    }
    if let Some(visibility) = rest.strip_prefix("pub") {
        rest = visibility.trim_start();
        if rest.starts_with('(') {
            rest = after_bracket(rest, '(', ')').trim_start();
        }
    }
    rest.split(|character: char| !character.is_alphanumeric() && character != '_').next()
}

/// Returns the text behind the bracket that `text` opens.
fn after_bracket(text: &str, open: char, close: char) -> &str {
    let mut depth = 0;
    for (position, character) in text.char_indices() {
        if character == open {
            depth += 1;
        } else if character == close {
            depth -= 1;
            if depth == 0 {
                return &text[position + close.len_utf8()..];
            }
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of_code(text: &str) -> Vec<usize> {
        an_index_holds_no_code("host/x/src/lib.rs", &Source::new(text))
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn a_file_has_a_largest_size() {
        let text = " ".repeat(LARGEST_FILE);
        assert!(not_too_large("x.rs", &Source::new(&text)).is_empty());
        let text = text + " ";
        assert_eq!(not_too_large("x.rs", &Source::new(&text)).len(), 1);
    }

    #[test]
    fn a_page_opens_with_its_docs() {
        assert!(opens_with_docs("host/x/src/a.rs", &Source::new("//! What.\n")).is_empty());
        assert_eq!(opens_with_docs("host/x/src/a.rs", &Source::new("\nuse a;\n//! What.")).len(), 1);
        assert!(opens_with_docs("examples/x/src/lib.rs", &Source::new("use a;")).is_empty());
    }

    #[test]
    fn an_index_of_modules_and_re_exports_is_one() {
        let text = "\
//! Docs.
#![cfg_attr(docsrs, feature(doc_cfg))]
#[cfg(windows)]
compile_error!(\"not here\");
mod a;
#[cfg(feature = \"x\")]
pub(crate) mod b;
pub use a::{
    B,
    C,
};
#[doc(hidden)]
pub mod private {
    pub use b::D;
}
#[proc_macro_attribute]
pub fn node(a: TokenStream) -> TokenStream { a }
";
        assert_eq!(lines_of_code(text), [0_usize; 0]);
    }

    #[test]
    fn code_in_an_index_is_found_in_modules_too() {
        let text = "mod a;\n\n#[derive(Debug)]\npub struct B {\n    c: u8,\n}\nmod d {\n    fn e() { f(); }\n}\nuse g;\nconst H: u8 = 1;\nbind!({ a: 1 });\n";
        assert_eq!(lines_of_code(text), [3, 8, 11, 12]);
    }

    #[test]
    fn code_in_other_files_is_no_matter() {
        assert!(an_index_holds_no_code("host/x/src/a.rs", &Source::new("fn f() {}")).is_empty());
        assert!(an_index_holds_no_code("tests/guests/x/src/lib.rs", &Source::new("fn f() {}")).is_empty());
    }
}
