//! In the schedule and the driver, an index has a type: a task that is taken for a dataset does not compile.
//!
//! What is counted may be a `usize`. So that a program can tell: a parameter that holds a `usize`, and a public function that
//! returns one, has the name of a count.

use crate::tidy::{
    findings::Finding,
    lexer::{Source, find_word, is_part_of_word},
};

/// Where the law holds.
const FOLDERS: [&str; 2] = ["host/runner/src/schedule/", "host/runner/src/driver/"];

/// What counts are called: the last word of a name.
const COUNTS: [&str; 9] = ["calls", "count", "counts", "depth", "ended", "left", "most", "total", "way"];

/// No public function of the schedule or the driver takes or returns a bare `usize` but a count.
pub(in crate::tidy) fn no_bare_index(path: &str, source: &Source) -> Vec<Finding> {
    if !FOLDERS.iter().any(|folder| path.starts_with(folder)) {
        return Vec::new();
    }
    let code = source.code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut found = Vec::new();
    for (start, _) in code.match_indices("fn ") {
        let line_start = code[..start].rfind('\n').map_or(0, |end| end + 1);
        let before = code[line_start..start].trim_start();
        if !before.starts_with("pub ") && !before.starts_with("pub(") {
            continue;
        }
        let line = code[..start].matches('\n').count();
        let names = bare(&code[start + "fn ".len()..]).into_iter().filter(|name| !is_count(name));
        found.extend(names.map(|name| {
            let message = format!(
                "`{name}` holds a bare `usize`: an index has an id (`schedule/ids.rs`), and the name of a count ends in \
                 one of {COUNTS:?}"
            );
            Finding::at(line, message)
        }));
    }
    found
}

fn is_count(name: &str) -> bool {
    name.rsplit('_').next().is_some_and(|last| COUNTS.contains(&last))
}

/// The names of the parameters that hold a `usize`, and that of the function if it returns one.
fn bare(function: &str) -> Vec<&str> {
    let name = word(function);
    let Some(open) = function.find('(') else { return Vec::new() };
    let Some(length) = inside(&function[open + 1..]) else { return Vec::new() };
    let (parameters, rest) = function[open + 1..].split_at(length);
    let returned = rest.split(['{', ';']).next().unwrap_or_default();
    let taken = split(parameters).into_iter().filter_map(|parameter| parameter.split_once(':'));
    let mut names: Vec<_> =
        taken.filter(|(_, kind)| find_word(kind, "usize").is_some()).map(|(name, _)| last_word(name)).collect();
    if find_word(returned, "usize").is_some() {
        names.push(name);
    }
    names
}

fn word(text: &str) -> &str {
    text.split(|character| !is_part_of_word(character)).next().unwrap_or_default()
}

fn last_word(text: &str) -> &str {
    text.trim_end().rsplit(|character| !is_part_of_word(character)).next().unwrap_or_default()
}

/// How long a text is up to the parenthesis that closes it.
fn inside(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(at),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The parts between the commas that stand in no bracket.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, character) in text.char_indices() {
        match character {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' => depth -= 1,
            '>' if !text[..at].ends_with('-') => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        no_bare_index("host/runner/src/driver/x.rs", &Source::new(text)).len()
    }

    #[test]
    fn an_index_in_a_public_function_is_found() {
        assert_eq!(count("pub(super) fn load(&mut self, entry: usize) {}"), 1);
        assert_eq!(count("pub fn place(\n    &self,\n    entry: EntryId,\n) -> Option<(usize, At)> {}"), 1);
        assert_eq!(count("pub(crate) fn all(&self, tasks: Range<usize>, datasets: &[usize]) -> Vec<usize> {}"), 3);
        assert_eq!(count("pub fn open(f: impl Fn(TaskId) -> usize, (task, dataset): (usize, EntryId)) {}"), 2);
    }

    #[test]
    fn counts_ids_and_what_is_private_may_be() {
        assert_eq!(count("pub(crate) fn new(slices: TiVec<SliceId, Slice>, most: usize, depth: usize) -> Self {}"), 0);
        assert_eq!(count("pub fn readers_left(&self, dataset: EntryId) -> usize {}"), 0);
        assert_eq!(count("fn shifted(place: usize) -> usize {}"), 0);
        assert_eq!(no_bare_index("host/runner/src/route.rs", &Source::new("pub fn of(node: usize) {}")).len(), 0);
    }
}
