//! `cargo xtask book`: the documents as a book, in `target/book`.

use std::process::Command;

use crate::{
    Outcome,
    step::{cargo, root, say, step},
};

/// The line of versions that the book is written for.
const VERSION: &str = "^0.5";

/// Makes the book, and before it mdBook if it is missing.
pub(crate) fn run() -> Outcome {
    let folder = root().join("target/mdbook");
    let mdbook = folder.join("bin/mdbook");
    if !mdbook.exists() {
        let mut install = cargo(&["install", "mdbook", "--locked", "--version", VERSION, "--root"]);
        install.arg(&folder);
        step(install)?;
    }
    let mut build = Command::new(mdbook);
    build.arg("build").current_dir(root());
    step(build)?;
    say("book: target/book/index.html")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    fn pages() -> Vec<PathBuf> {
        let folders = ["docs", "docs/decisions"].into_iter();
        let entries = folders.flat_map(|folder| fs::read_dir(root().join(folder)).expect("a folder"));
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
    }

    /// Returns the places that the links of a page lead to, outside of blocks of code.
    fn links(page: &Path) -> Vec<String> {
        let text = fs::read_to_string(page).expect("a page");
        let mut is_code = false;
        let lines = text.lines().filter(|line| {
            let is_fence = line.trim_start().starts_with("```");
            is_code ^= is_fence;
            !is_code && !is_fence
        });
        let prose: String = lines.flat_map(|line| [line, "\n"]).collect();
        // What stands in backticks is no link.
        let prose: String = prose.split('`').step_by(2).collect();
        let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        targets.map(|(target, _)| target.to_owned()).collect()
    }

    #[test]
    fn the_book_has_every_page() {
        let summary = root().join("docs/SUMMARY.md");
        let listed: BTreeSet<_> = links(&summary).into_iter().map(|link| root().join("docs").join(link)).collect();
        let pages: BTreeSet<_> = pages().into_iter().filter(|page| *page != summary).collect();
        assert_eq!(listed, pages);
    }

    #[test]
    fn links_between_pages_are_alive() {
        let mut dead = Vec::new();
        for page in pages() {
            for link in links(&page) {
                let path = link.split('#').next().unwrap_or_default();
                let is_elsewhere = link.contains("://") || path.is_empty();
                if !is_elsewhere && !page.with_file_name("").join(path).exists() {
                    dead.push(format!("{}: {link}", page.display()));
                }
            }
        }
        assert_eq!(dead, Vec::<String>::new());
    }
}
