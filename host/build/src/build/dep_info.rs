//! Reads cargo's dep-info: the sources that went into an artefact, with those of path dependencies.

use std::path::PathBuf;

/// Returns the sources in a `.d` file: `artefact: source source …`, where a backslash escapes a space in a path.
pub(super) fn sources(dep_info: &str) -> Vec<PathBuf> {
    dep_info.lines().filter_map(|line| line.split_once(": ")).flat_map(|(_, sources)| split(sources)).collect()
}

fn split(sources: &str) -> Vec<PathBuf> {
    let mut paths = vec![String::new()];
    let mut characters = sources.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.next_if_eq(&' ').is_some() => current(&mut paths).push(' '),
            ' ' => paths.push(String::new()),
            other => current(&mut paths).push(other),
        }
    }
    paths.into_iter().filter(|path| !path.is_empty()).map(PathBuf::from).collect()
}

fn current(paths: &mut [String]) -> &mut String {
    paths.last_mut().expect("splitting starts with one path")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_what_stands_behind_the_colon() {
        let sources = sources("/t/node.wasm: /node/src/lib.rs /node/build.rs\n\n/node/src/lib.rs:\n");
        assert_eq!(sources, [PathBuf::from("/node/src/lib.rs"), "/node/build.rs".into()]);
    }

    #[test]
    fn an_escaped_space_belongs_to_the_path_and_other_backslashes_do_too() {
        let sources = sources(r"/my\ work/t/node.wasm: /my\ work/src/lib.rs C:\node\src\lib.rs");
        assert_eq!(sources, [PathBuf::from("/my work/src/lib.rs"), r"C:\node\src\lib.rs".into()]);
    }
}
