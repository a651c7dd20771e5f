//! The location of a dataset: from the manifest's words to a store and a key in it.

use std::fs;
use std::path::{Component, Path, PathBuf};

use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;

use crate::options::OptionError;
use crate::store::STANDARD;

/// The location of a dataset, as the manifest has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// A file, relative to the catalog's root.
    Path(String),
    /// A URL, such as `s3://bucket/key`. It may hold `${env:NAME}`.
    Url(String),
    /// A key below the prefix of a store of the catalog.
    Store {
        /// The store's name.
        store: String,
        /// The key; empty if the store is a database.
        path: String,
    },
    /// A database, such as `sqlite:data/sales.db`. It may hold `${env:NAME}`.
    Connection(String),
}

impl Location {
    /// Returns the end of the object's name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Path(path) | Self::Store { path, .. } => path,
            // A query is no part of the name.
            Self::Url(url) => url.split(['?', '#']).next().unwrap_or_default(),
            // A database gives its contents no file name.
            Self::Connection(_) => "",
        }
    }

    /// Returns the location that `path` means beside this one: a path, a URL, or a key in the same store.
    pub(crate) fn of_same_kind(&self, path: &str) -> Self {
        let path = path.to_owned();
        match self {
            Self::Path(_) => Self::Path(path),
            Self::Url(_) => Self::Url(path),
            Self::Store { store, .. } => Self::Store { store: store.clone(), path },
            Self::Connection(_) => self.clone(),
        }
    }
}

/// Returns the key of the file at `path`, and its absolute path. Relative ones start from `root`.
pub(crate) fn file_of_path(root: &Path, path: &str) -> Result<(Key, PathBuf), OptionError> {
    // As everywhere on the command line; a file of that name is `./-`.
    let path = if path == "-" { STANDARD } else { path };
    key_of_path(root, path).and_then(with_path).map_err(|error| of_option("path", error))
}

/// Returns the key of the file of a `file://` URL, and its path.
pub(crate) fn file_of_url(url: &str) -> Result<(Key, PathBuf), OptionError> {
    key_of_url(url).and_then(with_path).map_err(|error| of_option("url", error))
}

/// Checks that an object can be at `path` below a prefix.
pub(crate) fn check_key(path: &str) -> Result<(), OptionError> {
    let shown = format!("`{path}`");
    let message = match path {
        "" => "is empty, expected a key below the store's prefix".to_owned(),
        path if path.ends_with('/') => format!("{shown} names a directory, expected a key"),
        path if path.starts_with('/') => format!("{shown} begins with `/`, expected a key below the store's prefix"),
        path if path.split('/').any(|part| matches!(part, "" | "." | "..")) => {
            format!("{shown} has an empty part, `.` or `..`, which no key has")
        }
        _ => return Ok(()),
    };
    Err(of_option("path", wrong(message, None)))
}

/// Returns the base of a URL, up to its host, and the key behind it.
pub(crate) fn split_url(url: &str) -> Result<(&str, &str), OptionError> {
    let shown = without_credentials(url);
    let (scheme, rest) = url.split_once("://").ok_or_else(|| {
        let help = "write `path = \"…\"` for a file next to the manifest".to_owned();
        of_option("url", wrong(format!("`{shown}` is not a URL, expected such as `s3://bucket/key`"), Some(help)))
    })?;
    let host = scheme.len() + "://".len() + rest.find('/').unwrap_or(rest.len());
    let key = url[host..].trim_start_matches('/');
    let path = key.split(['?', '#']).next().unwrap_or_default();
    if path.is_empty() || path.ends_with('/') {
        let expected = format!("{}/key", shown.trim_end_matches('/'));
        return Err(of_option("url", wrong(format!("`{shown}` names no object, expected such as `{expected}`"), None)));
    }
    Ok((&url[..host], key))
}

fn of_option(option: &str, error: OptionError) -> OptionError {
    OptionError { key: Some(option.to_owned()), ..error }
}

fn with_path(key: Key) -> Result<(Key, PathBuf), OptionError> {
    match LocalFileSystem::new().path_to_filesystem(&key) {
        Ok(path) => Ok((key, path)),
        Err(_) => Err(reserved(&key)),
    }
}

fn wrong(message: String, help: Option<String>) -> OptionError {
    OptionError { key: None, message, help }
}

fn key_of_path(root: &Path, path: &str) -> Result<Key, OptionError> {
    if path.is_empty() {
        return Err(wrong("is empty, expected the path of a file".to_owned(), None));
    }
    if path.ends_with('/') {
        return Err(wrong(format!("`{path}` names a directory, expected the path of a file"), None));
    }
    let unusable = |reason: String| wrong(format!("{path:?} cannot be used: {reason}"), None);
    let mut joined = root.join(path);
    if joined.components().any(|component| component == Component::ParentDir) {
        // `..` leads up from a link's target, not from the link.
        joined = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()).join(path);
    }
    let absolute = std::path::absolute(joined).map_err(|error| unusable(error.to_string()))?;
    Key::from_absolute_path(without_parents(&absolute))
        .map_err(|_| unusable("it holds a character that stores do not take".to_owned()))
}

fn without_parents(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(plain.pop()),
            component => plain.push(component),
        }
    }
    plain
}

fn key_of_url(url: &str) -> Result<Key, OptionError> {
    let shown = without_credentials(url);
    let path = url.strip_prefix("file://").unwrap_or(url);
    let path = path.strip_prefix("localhost").unwrap_or(path);
    if !path.starts_with('/') {
        return Err(wrong(format!("`{shown}` has a host, expected `file:///…` with three slashes"), None));
    }
    if path.ends_with('/') {
        return Err(wrong(format!("`{shown}` names a directory, expected a file"), None));
    }
    let unusable = |_| wrong(format!("{shown:?} cannot be used: it holds what no path does"), None);
    Key::from_url_path(path).map_err(unusable)
}

fn reserved(key: &Key) -> OptionError {
    let name = key.filename().unwrap_or_default();
    let help = "choose a name that does not end in `#` and digits".to_owned();
    wrong(format!("`{name}` is reserved for files that are still being written"), Some(help))
}

/// Returns a URL without the part before `@` in its host, and without its query and fragment.
pub(crate) fn without_credentials(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let Some((scheme, rest)) = url[..end].split_once("://") else {
        return url[..end].to_owned();
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(file: Result<(Key, PathBuf), OptionError>) -> Result<PathBuf, String> {
        file.map(|(_, path)| path).map_err(|error| error.message)
    }

    #[test]
    fn paths_are_relative_to_the_root() {
        let path = |path| plain(file_of_path(Path::new("/data"), path));
        assert_eq!(path("a/b c%20.csv"), Ok(PathBuf::from("/data/a/b c%20.csv")));
        assert_eq!(path("./a/../ä.csv"), Ok(PathBuf::from("/data/ä.csv")));
        assert_eq!(path("/else/where"), Ok(PathBuf::from("/else/where")));
        assert!(path("a#1").is_err());
        assert!(path("a/").is_err());
        assert!(path("").is_err());
    }

    #[test]
    fn urls_of_files_are_absolute() {
        let url = |url| plain(file_of_url(url));
        assert_eq!(url("file:///a/b%20c.csv"), Ok(PathBuf::from("/a/b c.csv")));
        assert_eq!(url("file://localhost/a"), Ok(PathBuf::from("/a")));
        assert!(url("file://host/a").is_err());
    }

    #[test]
    fn urls_of_objects_have_a_host_and_a_key() {
        assert_eq!(split_url("s3://lake/a/b.csv"), Ok(("s3://lake", "a/b.csv")));
        for bad in ["s3://lake", "s3://lake/", "s3://lake/a/", "s3://lake/?a", "lake/a"] {
            assert!(split_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_lie_below_their_prefix() {
        assert!(check_key("a/ä b.csv").is_ok());
        for bad in ["", "/a", "a/", "a//b", "../a", "a/./b"] {
            assert!(check_key(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn credentials_are_never_shown() {
        assert_eq!(without_credentials("s3://me:secret@host/key?token=secret#secret"), "s3://host/key");
    }
}
