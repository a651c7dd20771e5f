//! Where cargo takes the SDK from.

use std::path::{Path, PathBuf};

use super::NewError;

/// The place of the SDK, as `Cargo.toml` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sdk {
    /// A version that is published.
    Version(String),
    /// The folder of the crate.
    Path(PathBuf),
    /// The address of a repository.
    Git(String),
}

impl Sdk {
    /// Reads a place as people write it: a version, a folder (of the crate, or of a clone of wpipe), or the address of a
    /// repository.
    ///
    /// # Errors
    ///
    /// [`NewError::NotSdk`] if the folder is another.
    pub fn parse(text: &str) -> Result<Self, NewError> {
        let is_version = text.trim_start_matches(['=', '^', '~']).starts_with(|c: char| c.is_ascii_digit());
        let is_address = text.contains("://") || (text.starts_with("git@") && text.contains(':'));
        match () {
            () if is_address => Ok(Self::Git(text.to_owned())),
            () if is_version && !text.contains(['/', '\\']) => Ok(Self::Version(text.to_owned())),
            () => {
                let path = Path::new(text);
                at(path).map(Self::Path).ok_or_else(|| NewError::NotSdk { path: path.to_owned() })
            }
        }
    }

    /// Returns the place that fits this command: the same version if it came from a registry, or the sources that it
    /// was built from.
    ///
    /// # Errors
    ///
    /// [`NewError::NoSdk`] if those are gone.
    pub fn of_this_command() -> Result<Self, NewError> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
        if sources.components().any(|part| part.as_os_str() == "registry") {
            return Ok(Self::Version(env!("CARGO_PKG_VERSION").to_owned()));
        }
        at(&sources.join("../..")).map(Self::Path).ok_or(NewError::NoSdk)
    }

    /// Returns the value of the dependency in `Cargo.toml`.
    pub(super) fn dependency(&self) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Self::Version(version) => text(version),
            Self::Path(path) => format!("{{ path = {} }}", text(&path.to_string_lossy())),
            Self::Git(address) => format!("{{ git = {} }}", text(address)),
        }
    }
}

/// Returns the crate's folder, if `path` is it or a clone with it.
fn at(path: &Path) -> Option<PathBuf> {
    let is_sdk = |folder: &PathBuf| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.trim() == "name = \"wpipe-sdk\"")
    };
    [path.to_owned(), path.join("guest-sdk")].into_iter().find(is_sdk)?.canonicalize().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_what_it_looks_like() {
        let version = |text: &str| Sdk::Version(text.to_owned());
        assert_eq!(Sdk::parse("0.1").expect("a version"), version("0.1"));
        assert_eq!(Sdk::parse("=0.1.2").expect("a version"), version("=0.1.2"));
        for address in ["https://example.com/wpipe.git", "ssh://git@example.com/wpipe", "git@example.com:wpipe.git"] {
            assert_eq!(Sdk::parse(address).expect("an address"), Sdk::Git(address.to_owned()));
        }
        let clone = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let sdk = Sdk::parse(clone).expect("a clone");
        assert_eq!(Sdk::parse(&format!("{clone}/guest-sdk")).expect("the crate"), sdk);
        assert_eq!(Sdk::of_this_command().expect("its sources"), sdk);
        assert!(matches!(Sdk::parse("no/such/folder"), Err(NewError::NotSdk { .. })));
    }

    #[test]
    fn a_place_is_quoted() {
        let path = Sdk::Path("a \"b\"\\c".into());
        assert_eq!(path.dependency(), r#"{ path = "a \"b\"\\c" }"#);
        assert_eq!(Sdk::Version("0.1".to_owned()).dependency(), "\"0.1\"");
    }
}
