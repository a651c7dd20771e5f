//! Names of versions, as Kedro has them: the time, with dots where file systems do not like colons.

use jiff::Timestamp;

/// The version that a save has when nobody says another: now.
pub(crate) fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H.%M.%S.%3fZ").to_string()
}

/// Whether a version may be called so: it is the name of one folder.
pub(crate) fn is_valid(version: &str) -> bool {
    let is_path = version.contains(['/', '\\']) || matches!(version, "" | "." | "..");
    !is_path && !version.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_names_of_folders_that_sort_by_time() {
        let version = now();
        assert!(is_valid(&version) && version.len() == "2026-01-31T23.59.59.999Z".len(), "{version}");
        for bad in ["", ".", "..", "a/b", "a\\b", "a\nb"] {
            assert!(!is_valid(bad), "{bad}");
        }
    }
}
