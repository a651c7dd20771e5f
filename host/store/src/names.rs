//! Names of pipelines and datasets as names of files.

use crate::ObjectId;

/// The most bytes of a file's name, less than every file system has.
const LONGEST: usize = 200;

/// Returns the name of the file for `name`: letters, digits and some signs are themselves, other bytes are `%XX`. One
/// that would be too long ends in its digest.
pub(crate) fn file_name(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for (at, byte) in name.bytes().enumerate() {
        let is_plain = byte.is_ascii_alphanumeric() || b"_-@".contains(&byte) || byte == b'.' && at > 0;
        if is_plain { encoded.push(char::from(byte)) } else { encoded += &format!("%{byte:02x}") }
    }
    if encoded.len() <= LONGEST {
        return encoded;
    }
    let digest = ObjectId::of(&[name]);
    encoded.truncate(LONGEST - digest.as_str().len() - 1);
    format!("{encoded}%{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_elsewhere_and_different_names_stay_different() {
        let long = |end: &str| "x".repeat(3000) + end;
        let names =
            ["a", "A", "a/b", "..", ".", "", ".hidden", "a.b", "a%2fb", "ä", "a b", "\0", &long("1"), &long("2")];
        let files: std::collections::BTreeSet<_> = names.iter().map(|name| file_name(name)).collect();
        assert_eq!(files.len(), names.len());
        for file in files.iter().filter(|file| !file.is_empty()) {
            assert!(file.len() <= LONGEST && !file.contains('/') && !file.starts_with('.'), "{file}");
        }
        assert_eq!(file_name("train_x"), "train_x");
        assert_eq!(file_name("features.eu@csv"), "features.eu@csv");
    }
}
