//! Within a crate, files import one another one way: files in a circle can only be read, moved and tested as a whole.
//!
//! Two files may know each other. An index (`mod.rs`, `lib.rs`) is looked through: a re-export counts where it is
//! defined.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::{findings::Finding, lexer::Source};

/// The most files that may import one another in a circle.
const LARGEST: usize = 2;

/// The circles that still exist, by their first file, with the number of their files. The list only shrinks.
const LEFT: [(&str, usize); 7] = [
    ("guest-sdk/data/src/table/access.rs", 3),
    ("host/buffer/src/buffer.rs", 9),
    ("host/buffer/src/memory.rs", 3),
    ("host/catalog/src/store/connect.rs", 5),
    ("host/sandbox/src/bindings.rs", 6),
    ("host/sandbox/src/buffers.rs", 3),
    ("host/sandbox/src/cache.rs", 4),
];

/// A module's path from the root of its crate.
type Path = Vec<String>;

/// A file as a module of its crate.
struct Module<'s> {
    file: &'s str,
    /// Every path that begins with `crate`, `super` or `self`, or with a child's name.
    imports: Vec<Path>,
    /// Its re-exports, by their names here.
    exports: BTreeMap<String, Path>,
}

/// Reports every circle of more than two files within a crate.
pub(in crate::tidy) fn no_circles(files: &[(String, Source<'_>)]) -> Vec<(String, Finding)> {
    let mut crates: BTreeMap<&str, BTreeMap<Path, Module<'_>>> = BTreeMap::new();
    for (file, source) in files {
        if let Some((folder, module)) = file.strip_suffix(".rs").and_then(|path| path.split_once("/src/")) {
            crates.entry(folder).or_default().insert(module_path(module), Module::new(file, source));
        }
    }
    let circles = crates.values().flat_map(circles).collect::<Vec<_>>();
    let mut left: BTreeMap<_, _> = LEFT.into_iter().collect();
    let mut found = Vec::new();
    for circle in circles {
        let allowed = left.remove(circle[0]).unwrap_or(LARGEST);
        if circle.len() > allowed {
            let files: Vec<_> = circle.iter().map(|file| format!("`{file}`")).collect();
            let message = format!("{} files import one another in a circle: {}", circle.len(), files.join(", "));
            found.push((circle[0].to_owned(), Finding::at(0, message)));
        } else if circle.len() < allowed && allowed > LARGEST {
            let message = format!("the circle has {} files by now: shorten the list of what is left", circle.len());
            found.push((circle[0].to_owned(), Finding::at(0, message)));
        }
    }
    let is_there = |file: &str| files.iter().any(|(path, _)| path == file);
    let gone = left.into_keys().filter(|file| is_there(file));
    found.extend(
        gone.map(|file| (file.to_owned(), Finding::at(0, "it is in no circle any more: take it off the list"))),
    );
    found
}

/// Returns `a/b` for `a/b.rs` and `a/b/mod.rs`, and nothing for the crate's root.
fn module_path(file: &str) -> Path {
    let mut path: Path = file.split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        path.pop();
    }
    path
}

impl<'s> Module<'s> {
    fn new(file: &'s str, source: &Source<'_>) -> Self {
        // Tests may import anything.
        let code = source.code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let (mut imports, mut exports) = (Vec::new(), BTreeMap::new());
        let mut rest = String::new();
        for statement in code.split_inclusive(';') {
            let Some((before, tree)) = statement.rsplit_once("use ").filter(|(before, _)| is_statement(before)) else {
                rest += statement;
                continue;
            };
            rest += before;
            let is_public = before.trim_end().rsplit(['\n', ';', '}']).next().is_some_and(|line| line.contains("pub"));
            for (path, name) in leaves(tree.trim_end_matches(';')) {
                if is_public {
                    exports.insert(name, path.clone());
                }
                imports.push(path);
            }
        }
        imports.extend(paths(&rest));
        // An index does not use its re-exports.
        if file.ends_with("/mod.rs") || file.ends_with("/lib.rs") {
            imports.retain(|path| !exports.values().any(|exported| exported == path));
        }
        Self { file, imports, exports }
    }
}

/// Returns true if `use` begins a statement after this, and is no part of a word.
fn is_statement(before: &str) -> bool {
    let before = before.trim_end();
    before.is_empty() || before.ends_with([';', '}', '{', ']', ')']) || before.ends_with("pub")
}

/// Returns the paths of a `use` tree, each with the name that it brings.
fn leaves(tree: &str) -> Vec<(Path, String)> {
    let tree = tree.trim();
    let Some((before, inner)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name)));
        let path: Path = path.split("::").map(|part| part.trim().to_owned()).collect();
        let name = name.map(str::trim).or(path.last().map(String::as_str)).unwrap_or_default().to_owned();
        return vec![(path, name)];
    };
    let inner = inner.rsplit_once('}').map_or(inner, |(inner, _)| inner);
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, character) in inner.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| leaves(&format!("{before}{}", part.trim()))).collect()
}

/// Returns the paths in other code that begin with `crate` or `super`.
fn paths(code: &str) -> Vec<Path> {
    let is_of_path = |character: char| character.is_alphanumeric() || matches!(character, '_' | ':');
    let words = code.split(|character| !is_of_path(character));
    let paths = words.filter(|word| word.starts_with("crate::") || word.starts_with("super::"));
    paths.map(|word| word.split("::").map(str::to_owned).collect()).collect()
}

/// Returns the circles of more than one file in a crate, each in order.
fn circles<'s>(modules: &BTreeMap<Path, Module<'s>>) -> Vec<Vec<&'s str>> {
    let edges: BTreeMap<&Path, BTreeSet<Path>> =
        modules.iter().map(|(path, module)| (path, targets(modules, path, module))).collect();
    let reached: BTreeMap<&Path, BTreeSet<&Path>> = edges.keys().map(|&from| (from, reach(&edges, from))).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for &from in edges.keys() {
        let circle: Vec<_> = reached[from].iter().filter(|to| reached[**to].contains(from)).copied().collect();
        if circle.len() > 1 && seen.insert(circle.clone()) {
            let mut files: Vec<_> = circle.into_iter().map(|path| modules[path].file).collect();
            files.sort_unstable();
            found.push(files);
        }
    }
    found
}

fn targets(modules: &BTreeMap<Path, Module<'_>>, from: &Path, module: &Module<'_>) -> BTreeSet<Path> {
    let targets = module.imports.iter().filter_map(|path| {
        let is_own = matches!(path[0].as_str(), "crate" | "super" | "self");
        is_own.then(|| resolve(modules, from, path, 0)).flatten()
    });
    targets.filter(|to| to != from && modules.contains_key(to)).collect()
}

fn reach<'e>(edges: &'e BTreeMap<&Path, BTreeSet<Path>>, from: &Path) -> BTreeSet<&'e Path> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<_> = edges.get(from).into_iter().flatten().collect();
    while let Some(path) = open.pop() {
        if reached.insert(path) {
            open.extend(edges.get(path).into_iter().flatten());
        }
    }
    reached
}

/// Returns the module that defines `path`, seen from the module `at`; `None` if another crate does.
fn resolve(modules: &BTreeMap<Path, Module<'_>>, at: &Path, path: &[String], depth: usize) -> Option<Path> {
    // Re-exports of one another by globs would lead on for ever.
    const DEEPEST: usize = 20;
    let [first, rest @ ..] = path else { return Some(at.clone()) };
    if depth > DEEPEST {
        return None;
    }
    let next = |at: &Path, path: &[String]| resolve(modules, at, path, depth + 1);
    let child: Path = at.iter().chain([first]).cloned().collect();
    match first.as_str() {
        "crate" => next(&Path::new(), rest),
        "self" => next(at, rest),
        "super" => next(&at[..at.len().saturating_sub(1)].to_vec(), rest),
        _ if modules.contains_key(&child) => next(&child, rest),
        _ => match modules.get(at).and_then(|module| module.exports.get(first)) {
            Some(exported) => {
                let is_child = modules.contains_key(&at.iter().chain([&exported[0]]).cloned().collect::<Path>());
                let is_own = is_child || matches!(exported[0].as_str(), "crate" | "super" | "self");
                let whole: Path = exported.iter().chain(rest).cloned().collect();
                if is_own { next(at, &whole) } else { None }
            }
            None => Some(at.clone()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = files.iter().map(|(path, text)| ((*path).to_owned(), Source::new(text))).collect();
        no_circles(&files).into_iter().map(|(path, finding)| format!("{path}: {}", finding.message)).collect()
    }

    #[test]
    fn three_files_in_a_circle_are_told_and_two_are_not() {
        let a = ("host/x/src/a.rs", "use crate::b::B;\n");
        let b = ("host/x/src/b.rs", "use super::{\n    c::{C, D as E},\n    z::Z,\n};\n");
        let c = ("host/x/src/c.rs", "fn f() { crate::a::g(); }\n");
        assert_eq!(
            found(&[a, b, c]),
            ["host/x/src/a.rs: 3 files import one another in a circle: `host/x/src/a.rs`, `host/x/src/b.rs`, \
                 `host/x/src/c.rs`"]
        );
        assert!(found(&[a, ("host/x/src/b.rs", "use crate::a::A;\n")]).is_empty());
    }

    #[test]
    fn an_index_is_looked_through() {
        let root = ("host/x/src/lib.rs", "mod a;\nmod m;\npub use m::B;\npub use other::C;\n");
        let a = ("host/x/src/a.rs", "use crate::{B, C};\n");
        let index = ("host/x/src/m/mod.rs", "mod b;\npub use b::B;\n");
        let b = ("host/x/src/m/b.rs", "use super::c::C;\n");
        let c = ("host/x/src/m/c.rs", "use crate::a::A;\n");
        let files = ["host/x/src/a.rs", "host/x/src/m/b.rs", "host/x/src/m/c.rs"];
        let told = found(&[root, a, index, b, c]);
        assert!(told.len() == 1 && files.iter().all(|file| told[0].contains(file)), "{told:?}");
        assert!(!told[0].contains("mod.rs") && !told[0].contains("lib.rs"));
    }

    #[test]
    fn tests_and_comments_make_no_circle() {
        let a = ("host/x/src/a.rs", "use crate::b::B;\n");
        let b = ("host/x/src/b.rs", "use crate::c::C;\n");
        let c = ("host/x/src/c.rs", "// use crate::a::A;\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}\n");
        assert!(found(&[a, b, c]).is_empty());
    }

    #[test]
    fn crates_have_circles_of_their_own() {
        let texts = ["use crate::b::B;\n", "use crate::c::C;\n", "use crate::a::A;\n"];
        let files = ["host/x/src/a.rs", "host/y/src/b.rs", "host/x/src/c.rs"];
        assert!(found(&[(files[0], texts[0]), (files[1], texts[1]), (files[2], texts[2])]).is_empty());
    }
}
