//! The names that a project may have: a crate of cargo's is called so, and a folder.

use std::path::Path;

use super::NewError;

/// The most bytes of a name: some file systems and registries take no more.
const LONGEST: usize = 64;

/// Returns the name of the project in `directory`.
pub(super) fn of(directory: &Path) -> Result<String, NewError> {
    let last = directory.file_name().map(ToOwned::to_owned);
    // `.` and `..` have a name as well.
    let last = last.or_else(|| Some(directory.canonicalize().ok()?.file_name()?.to_owned())).unwrap_or_default();
    let name = last.to_string_lossy().into_owned();
    match fault(&name) {
        None => Ok(name),
        Some(why) => Err(NewError::Name { suggestion: similar(&name), name, why }),
    }
}

fn fault(name: &str) -> Option<&'static str> {
    let first = name.chars().next();
    match () {
        () if name.is_empty() => Some("it is empty"),
        () if !first.is_some_and(|c| c.is_ascii_alphabetic()) => Some("it does not begin with a letter from a to z"),
        () if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') => {
            Some("it has other characters than letters from a to z, digits, `-` and `_`")
        }
        () if name.len() > LONGEST => Some("it is longer than 64 characters"),
        () => None,
    }
}

/// Returns the name without what is wrong with it.
fn similar(name: &str) -> Option<String> {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-");
    let mut similar = joined.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).to_owned();
    similar.truncate(LONGEST);
    (fault(&similar).is_none()).then_some(similar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_the_path_is_the_name() {
        for (path, name) in [("sales", "sales"), ("work/Sales_2", "Sales_2"), ("/a/b-c/", "b-c")] {
            assert_eq!(of(Path::new(path)).expect("a name"), name);
        }
        assert!(of(Path::new("/")).is_err());
    }

    #[test]
    fn other_names_are_refused_with_a_similar_one() {
        let long = "x".repeat(65);
        for (path, suggestion) in [
            ("my sales", Some("my-sales")),
            ("2026", None),
            ("2026-sales", Some("sales")),
            ("-x", Some("x")),
            ("größe", Some("gr-e")),
            ("a.b", Some("a-b")),
            ("\u{1b}[31m", Some("m")),
            (&long, Some(&long[..64])),
        ] {
            let Err(NewError::Name { suggestion: found, .. }) = of(Path::new(path)) else {
                panic!("`{path}` is a name");
            };
            assert_eq!(found.as_deref(), suggestion, "{path}");
        }
    }
}
