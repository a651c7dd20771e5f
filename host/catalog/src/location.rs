//! Where a dataset is: from the manifest's words to a store and a key in it.

use std::fs;
use std::path::{Component, Path, PathBuf};

use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;

use crate::options::OptionError;

/// Where a dataset is, as the manifest says it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// A file, relative to the catalog's root.
    Path(String),
    /// A URL. Only `file://` works so far.
    Url(String),
}

impl Location {
    /// For people: as the manifest has it, without credentials or queries.
    pub(crate) fn display(&self) -> String {
        match self {
            Self::Path(path) => path.clone(),
            Self::Url(url) => without_credentials(url),
        }
    }

    /// The file's key in the store of all local files, and its path.
    pub(crate) fn resolve(&self, root: &Path) -> Result<(Key, PathBuf), OptionError> {
        let (option, key) = match self {
            Self::Path(path) => ("path", key_of_path(root, path)),
            Self::Url(url) => ("url", key_of_url(url)),
        };
        key.and_then(|key| {
            let path = LocalFileSystem::new().path_to_filesystem(&key).map_err(|_| reserved(&key))?;
            Ok((key, path))
        })
        .map_err(|error| OptionError { key: Some(option.to_owned()), ..error })
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
        // `..` leads up from where a link points to, not from where it lies.
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
    let Some((scheme, rest)) = url.split_once("://") else {
        let help = "write `path = \"…\"` for a file next to the manifest".to_owned();
        return Err(wrong(format!("`{shown}` is not a URL, expected `file:///…`"), Some(help)));
    };
    if scheme != "file" {
        let help = "only `file://` works in this version: write `path = \"…\"` for a file next to the manifest";
        return Err(wrong(format!("`{scheme}` URLs are not supported yet"), Some(help.to_owned())));
    }
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
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

/// A URL without what stands before `@` in its host, and without its query and fragment.
fn without_credentials(url: &str) -> String {
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

    fn resolve(location: Location) -> Result<PathBuf, String> {
        location.resolve(Path::new("/data")).map(|(_, path)| path).map_err(|error| error.message)
    }

    #[test]
    fn paths_are_relative_to_the_root() {
        let path = |path: &str| resolve(Location::Path(path.to_owned()));
        assert_eq!(path("a/b c%20.csv"), Ok(PathBuf::from("/data/a/b c%20.csv")));
        assert_eq!(path("./a/../ä.csv"), Ok(PathBuf::from("/data/ä.csv")));
        assert_eq!(path("/else/where"), Ok(PathBuf::from("/else/where")));
        assert!(path("a#1").is_err());
        assert!(path("a/").is_err());
        assert!(path("").is_err());
    }

    #[test]
    fn urls_of_files_are_absolute() {
        let url = |url: &str| resolve(Location::Url(url.to_owned()));
        assert_eq!(url("file:///a/b%20c.csv"), Ok(PathBuf::from("/a/b c.csv")));
        assert_eq!(url("file://localhost/a"), Ok(PathBuf::from("/a")));
        assert!(url("file://host/a").is_err());
        assert_eq!(url("s3://bucket/key"), Err("`s3` URLs are not supported yet".to_owned()));
    }

    #[test]
    fn credentials_are_never_shown() {
        let shown = Location::Url("s3://me:secret@host/key?token=secret#secret".to_owned()).display();
        assert_eq!(shown, "s3://host/key");
    }
}
