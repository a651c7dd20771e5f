//! Places as they compare: two entries may mean the same, or one may lie within the other, however they are written.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::place::Place;

/// A place in a form that is equal for equal places: a store, and the parts of a key in it. The places below a place
/// follow it directly in this order.
///
/// Of local files that is the real path, as far as it exists: links are followed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    store: Arc<str>,
    parts: Vec<String>,
}

impl Address {
    /// Returns the address of a local folder.
    pub fn of_folder(path: &Path) -> Self {
        let real = real_path(path);
        let plain = real.components().filter_map(|component| match component {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            _ => None,
        });
        Self { store: "".into(), parts: plain.collect() }
    }

    /// Returns the address of a part of a server, or of a file: `server` tells it from others, and is empty for files.
    #[cfg(feature = "sql")]
    pub(crate) fn of_server(server: &str, parts: impl IntoIterator<Item = String>) -> Self {
        Self { store: server.into(), parts: parts.into_iter().collect() }
    }

    /// Returns the address of a part within this.
    #[cfg(feature = "sql")]
    pub(crate) fn joined(mut self, part: impl Into<String>) -> Self {
        self.parts.push(part.into());
        self
    }

    /// Returns the name of this below `root`, parts joined by `/`; `None` if it is not below it.
    pub fn below(&self, root: &Self) -> Option<String> {
        let rest = self.parts.strip_prefix(root.parts.as_slice())?;
        (self.store == root.store && !rest.is_empty()).then(|| rest.join("/"))
    }

    /// Returns a text that is equal for equal addresses, and reveals nothing else: the store's part may hold values
    /// from the environment.
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for part in [&*self.store].into_iter().chain(self.parts.iter().map(String::as_str)) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Returns the last part; empty for the root of a store.
    pub fn name(&self) -> &str {
        self.parts.last().map(String::as_str).unwrap_or_default()
    }
}

impl Place {
    /// Returns the [`Address`] of the place. Asks the file system about links, and nobody else.
    pub(crate) fn address(&self) -> Address {
        match &self.path {
            Some(path) => Address::of_folder(path),
            None => {
                let parts = self.key.as_ref().split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
                Address { store: self.opened.identity.clone(), parts }
            }
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The store's part may hold values from the environment.
        write!(f, "Address({})", self.parts.join("/"))
    }
}

/// Returns `path` with all links followed, as far as it exists.
fn real_path(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let real = path.ancestors().find_map(|there| {
        let missing = path.strip_prefix(there).ok()?;
        Some(there.canonicalize().ok()?.join(missing))
    });
    real.unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_store(store: &str, key: &str) -> Address {
        Address { store: store.into(), parts: key.split('/').map(str::to_owned).collect() }
    }

    #[test]
    fn what_lies_below_is_told_by_whole_parts() {
        let root = of_store("a", "x/y");
        assert_eq!(of_store("a", "x/y/z/w").below(&root).as_deref(), Some("z/w"));
        for other in [of_store("a", "x/yz"), of_store("a", "x"), of_store("b", "x/y/z"), root.clone()] {
            assert_eq!(other.below(&root), None, "{other:?}");
        }
        let mut all = [of_store("a", "x/y-z"), of_store("a", "x/y/z"), root.clone(), of_store("a", "x/y!")];
        all.sort();
        assert_eq!(all[..2], [root, of_store("a", "x/y/z")]);
    }

    #[test]
    fn a_link_and_what_it_leads_to_are_one_place_also_for_what_is_not_there_yet() {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(directory.path().join("real")).expect("a folder");
        std::os::unix::fs::symlink("real", directory.path().join("link")).expect("a link");
        let at = |name: &str| Address::of_folder(&directory.path().join(name));
        assert_eq!(at("link/not/there"), at("real/not/there"));
        assert_eq!(at("./real/"), at("link"));
        assert_ne!(at("real"), at("other"));
    }
}
