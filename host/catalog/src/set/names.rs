//! From ids to names of objects and back: the id, the suffix, and nothing else.

use crate::store::{OWN, is_any_staged};

/// The folder of everything that is no partition.
pub(super) const RESERVED: &str = OWN;
/// The mark of a run's folder as one that this program has made: no partition has this name.
const MARK: &str = OWN;
/// The most bytes of a part of a name, as file systems have it.
const LONGEST_PART: usize = 255;
/// The most bytes of a run's id: a key has room for it.
pub(super) const LONGEST_RUN: usize = 64;
/// The most bytes of a key, as buckets have it.
pub(super) const LONGEST_KEY: usize = 1024;

/// Returns the id of the partition that an object of this name is, if it is one.
pub(super) fn id_of<'n>(name: &'n str, suffix: &str) -> Option<&'n str> {
    name.strip_suffix(suffix).filter(|id| !id.is_empty() && !id.ends_with('/') && !is_reserved(name))
}

/// Returns the name of the mark of a run's folder.
pub(super) fn mark_of(run: &str) -> String {
    format!("{RESERVED}/{run}/{MARK}")
}

/// Returns true if an object of this name marks a run's folder.
pub(super) fn is_mark(name: &str) -> bool {
    run_of(name).is_some_and(|run| name == mark_of(run))
}

/// Returns the run in whose folder an object is, if it is in one.
pub(super) fn run_of(name: &str) -> Option<&str> {
    let rest = name.strip_prefix(RESERVED)?.strip_prefix('/')?;
    rest.split_once('/').map(|(run, _)| run).filter(|run| check_run(run).is_ok())
}

/// Returns true if an object of this name is ours, and no partition. Sets and projects within the root have such a
/// folder as well.
pub(super) fn is_reserved(name: &str) -> bool {
    name.split('/').any(|part| part == RESERVED)
}

/// Fails with the reason why no partition can have this id.
pub(super) fn check(id: &str, suffix: &str) -> Result<(), String> {
    if id.is_empty() {
        return Err("it is empty".to_owned());
    }
    let name = format!("{id}{suffix}");
    if id.ends_with('/') {
        return Err("it ends with `/`".to_owned());
    }
    if is_reserved(&name) {
        return Err(format!("`{RESERVED}` is reserved"));
    }
    name.split('/').try_for_each(check_part)
}

/// Fails with the reason why a manifest cannot name this: it would lead elsewhere. Other programs may have used names
/// that we would not save.
pub(super) fn check_found(id: &str, suffix: &str) -> Result<(), String> {
    let name = format!("{id}{suffix}");
    if id.is_empty() || is_reserved(&name) || name.contains(|character: char| character.is_ascii_control()) {
        return Err("no partition has such an id".to_owned());
    }
    match name.split('/').find(|part| matches!(*part, "" | "." | "..")) {
        Some(part) => Err(format!("a part of it is `{part}`")),
        None => Ok(()),
    }
}

/// Fails with the reason why no run can have this name: it is the name of a folder beside the manifest.
pub(super) fn check_run(run: &str) -> Result<(), String> {
    match run {
        run if run.contains('/') => Err("it has a `/`".to_owned()),
        run if run.len() > LONGEST_RUN => Err(format!("it has {} bytes, and {LONGEST_RUN} are the most", run.len())),
        run if run.ends_with(".json") => Err("it ends with `.json`".to_owned()),
        run => check_part(run),
    }
}

/// Fails with the reason why no partition can have this suffix.
pub(super) fn check_suffix(suffix: &str) -> Result<(), String> {
    // Suffixes begin at the end of ids.
    format!("_{suffix}").split('/').try_for_each(check_part)
}

fn check_part(part: &str) -> Result<(), String> {
    let reserved_number = part.split_once('#').map(|(_, number)| number);
    match part {
        "" => Err("a part of it is empty".to_owned()),
        "." | ".." => Err(format!("a part of it is `{part}`")),
        part if part.contains(|character: char| character.is_ascii_control()) => {
            Err("it holds a control character".to_owned())
        }
        part if part.len() > LONGEST_PART => {
            Err(format!("a part of its name has {} bytes, and {LONGEST_PART} are the most", part.len()))
        }
        part if is_any_staged(part)
            || reserved_number
                .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())) =>
        {
            Err("it is called like a file that is still being written".to_owned())
        }
        _ => Ok(()),
    }
}

/// Returns a name as messages show it.
pub(super) fn shown(id: &str) -> String {
    wpipe_text::one_line(id).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_name_without_the_suffix() {
        assert_eq!(id_of("2020.01.csv", ".csv"), Some("2020.01"));
        assert_eq!(id_of("a.csv.csv", ".csv"), Some("a.csv"));
        assert_eq!(id_of("a/b c%20*", ""), Some("a/b c%20*"));
        assert_eq!(id_of("a/part.csv", "/part.csv"), Some("a"));
        for none in [".csv", "a/.csv", "a.CSV", "a.csv~", ".wpipe/run/a.csv", "a/.wpipe/b.csv"] {
            assert_eq!(id_of(none, ".csv"), None, "{none}");
        }
    }

    #[test]
    fn what_no_object_can_be_called_is_told() {
        for good in ["a", "a.b", ".a", "...", "a/b", " ", "%2e%2e", "*", "ä\u{301}", "a#1b", ".wpipe~", "a\\b", "1#"] {
            assert_eq!(check(good, ".csv"), Ok(()), "{good}");
        }
        let long = "x".repeat(LONGEST_PART - 3);
        let bad = [
            "",
            "/",
            "a/",
            "/a",
            "a//b",
            ".",
            "..",
            "a/../b",
            "./a",
            "a\0b",
            "a\nb",
            ".wpipe",
            ".wpipe/a",
            "a/.wpipe/b",
            &long,
        ];
        for bad in bad {
            // The suffix is left out if it would hide the fault of the last part.
            let suffix = if bad.len() > 100 { ".csv" } else { "" };
            assert!(check(bad, suffix).is_err(), "{bad}");
        }
        for bad in ["", "/", "a//b", "..", "a/../b", "a\0", ".wpipe/a", "a/.wpipe"] {
            assert!(check_found(bad, "").is_err(), "{bad}");
        }
        assert!(check_found("a#12", "").is_ok() && check_found(&long, ".csv").is_ok());
        assert!(check("a#12", "").is_err() && check("a#12", ".csv").is_ok());
        assert!(check(".x.1-a-2.wpipe~", "").is_err() && check(&long[4..], ".csv").is_ok());
    }

    #[test]
    fn suffixes_and_runs_are_parts_of_names() {
        for good in ["", ".csv", "/part.csv", "."] {
            assert!(check_suffix(good).is_ok(), "{good}");
        }
        for bad in ["/", "/../x", ".csv/", "\n"] {
            assert!(check_suffix(bad).is_err(), "{bad}");
        }
        assert!(check_run("2026-01-31T23.59.59Z").is_ok());
        for bad in ["", ".", "..", "a/b", "set.json", "\0", &"x".repeat(LONGEST_RUN + 1)] {
            assert!(check_run(bad).is_err(), "{bad}");
        }
    }
}
