//! Everything below a local folder, with only permitted links followed.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::fs::{self, DirEntry, FileType, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::directory::OWN;

/// The links that are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// Within the folder that is walked.
    Within,
    /// To any place.
    Anywhere,
}

/// A found path.
#[derive(Debug)]
pub(super) enum Found {
    File(PathBuf, Metadata),
    Stray(Stray),
}

/// A path that is there, and is no file to be read as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// Its path below the folder that is walked, as far as that is text.
    pub name: String,
    /// The reason why it is not to be read.
    pub trouble: Trouble,
}

/// The reason why a stray is not to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// A link that leads out to this place, which is a folder or not.
    LeadsOut(PathBuf, bool),
    /// A link to a missing target.
    Broken(PathBuf),
    /// A link to a folder that it is in itself.
    Loop(PathBuf),
    /// A pipe, a socket or a device.
    Special(&'static str),
    /// Its name is no text, or has characters in it that no key of a store has.
    Name,
}

impl Stray {
    /// Returns true if the content below it is unknown as well.
    pub(crate) fn is_folder(&self) -> bool {
        matches!(self.trouble, Trouble::LeadsOut(_, true) | Trouble::Loop(_))
    }
}

impl fmt::Display for Stray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.escape_debug();
        match &self.trouble {
            Trouble::LeadsOut(target, _) => {
                write!(f, "its `{name}` is a link that leads out of it, to `{}`", target.display())
            }
            Trouble::Broken(target) => {
                write!(f, "its `{name}` is a link to `{}`, which does not exist", target.display())
            }
            Trouble::Loop(target) => {
                write!(f, "its `{name}` is a link to `{}`, which it is in itself", target.display())
            }
            Trouble::Special(what) => write!(f, "its `{name}` is {what}, no file"),
            Trouble::Name => write!(f, "the name of its `{name}` is not UTF-8, or has a control character in it"),
        }
    }
}

impl Error for Stray {}

/// Returns the kind of a file that is not read and written in the plain way.
pub(super) fn special(kind: FileType) -> Option<&'static str> {
    match kind {
        kind if kind.is_fifo() => Some("a pipe"),
        kind if kind.is_socket() => Some("a socket"),
        kind if kind.is_char_device() || kind.is_block_device() => Some("a device"),
        _ => None,
    }
}

/// A folder that is to be read.
struct Folder {
    path: PathBuf,
    /// The folders that it is in, by device and number, and itself.
    within: Vec<(u64, u64)>,
}

/// Gives everything below `root` to `take`, but for folders. Files that vanish before they are looked at are left out.
///
/// # Errors
///
/// Fails if a folder cannot be read.
pub(super) fn walk(root: &Path, links: Links, mut take: impl FnMut(Found)) -> io::Result<()> {
    let real = fs::canonicalize(root)?;
    let own = identity(&fs::metadata(root)?);
    let mut folders = VecDeque::from([Folder { path: root.to_owned(), within: vec![own] }]);
    while let Some(folder) = folders.pop_front() {
        let entries = match fs::read_dir(&folder.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder.path != root => continue,
            entries => entries?,
        };
        for entry in entries {
            let walking = Walking { root, real: &real, links, folder: &folder };
            match walking.look(&entry?) {
                Ok(Some(Looked::Found(found))) => take(found),
                Ok(Some(Looked::Folder(inner))) => folders.push_back(inner),
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

struct Walking<'w> {
    root: &'w Path,
    real: &'w Path,
    links: Links,
    folder: &'w Folder,
}

enum Looked {
    Found(Found),
    Folder(Folder),
}

impl Walking<'_> {
    fn look(&self, entry: &DirEntry) -> io::Result<Option<Looked>> {
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            return self.follow(path);
        }
        let metadata = entry.metadata()?;
        Ok(Some(self.sort(path, metadata)))
    }

    fn sort(&self, path: PathBuf, metadata: Metadata) -> Looked {
        if metadata.is_dir() {
            let within = self.folder.within.iter().copied().chain([identity(&metadata)]).collect();
            return Looked::Folder(Folder { path, within });
        }
        match special(metadata.file_type()) {
            Some(what) => self.stray(&path, Trouble::Special(what)),
            None => Looked::Found(Found::File(path, metadata)),
        }
    }

    fn follow(&self, path: PathBuf) -> io::Result<Option<Looked>> {
        if path.strip_prefix(self.root).is_ok_and(|name| name.iter().any(|part| part == OWN)) {
            // No folder of this program's own is a link, so it belongs to others, and is let alone.
            return Ok(None);
        }
        let target = fs::read_link(&path)?;
        let (real, metadata) = match fs::canonicalize(&path).and_then(|real| Ok((real, fs::metadata(&path)?))) {
            Ok(there) => there,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Some(self.stray(&path, Trouble::Broken(target))));
            }
            // A link to itself, or round about.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                return Ok(Some(self.stray(&path, Trouble::Loop(target))));
            }
            Err(error) => return Err(error),
        };
        if self.links == Links::Within && !real.starts_with(self.real) {
            return Ok(Some(self.stray(&path, Trouble::LeadsOut(target, metadata.is_dir()))));
        }
        if metadata.is_dir() && self.folder.within.contains(&identity(&metadata)) {
            return Ok(Some(self.stray(&path, Trouble::Loop(target))));
        }
        Ok(Some(self.sort(path, metadata)))
    }

    fn stray(&self, path: &Path, trouble: Trouble) -> Looked {
        let name = path.strip_prefix(self.root).unwrap_or(path).to_string_lossy().into_owned();
        Looked::Found(Found::Stray(Stray { name, trouble }))
    }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use rustix::fs::{CWD, Mode, mkfifoat};

    use super::*;

    #[test]
    fn links_are_followed_as_far_as_they_may_be_and_what_else_is_there_is_told() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |path: &str| directory.path().join(path);
        for folder in ["root/a", "root/.wpipe", "out/deep"] {
            fs::create_dir_all(at(folder)).expect("folders");
        }
        for file in ["root/a/x", "root/y", "root/.wpipe/set.json", "out/deep/z"] {
            fs::write(at(file), "text").expect("a file");
        }
        let out = at("out");
        for (target, link) in [
            (Path::new("a"), "root/inner"),
            (Path::new("y"), "root/y2"),
            (Path::new("."), "root/round"),
            (Path::new("nothing"), "root/broken"),
            (Path::new("self"), "root/self"),
            (&out, "root/outer"),
            (&out, "root/.wpipe/run"),
        ] {
            symlink(target, at(link)).expect("a link");
        }
        mkfifoat(CWD, at("root/pipe"), Mode::RUSR).expect("a pipe");
        let names = |links| {
            let (mut files, mut strays) = (Vec::new(), Vec::new());
            let take = |found| match found {
                Found::File(path, _) => {
                    files.push(path.strip_prefix(at("root")).expect("within").display().to_string());
                }
                Found::Stray(stray) => strays.push((stray.name, stray.trouble)),
            };
            walk(&at("root"), links, take).expect("walked");
            files.sort();
            strays.sort_by(|a, b| a.0.cmp(&b.0));
            (files, strays)
        };
        let (files, strays) = names(Links::Within);
        assert_eq!(files, [".wpipe/set.json", "a/x", "inner/x", "y", "y2"]);
        let own = |name: &str, trouble| (name.to_owned(), trouble);
        let expected = [
            own("broken", Trouble::Broken("nothing".into())),
            own("outer", Trouble::LeadsOut(out, true)),
            own("pipe", Trouble::Special("a pipe")),
            own("round", Trouble::Loop(".".into())),
            own("self", Trouble::Loop("self".into())),
        ];
        assert_eq!(strays, expected);
        let (files, strays) = names(Links::Anywhere);
        assert_eq!(files, [".wpipe/set.json", "a/x", "inner/x", "outer/deep/z", "y", "y2"]);
        assert_eq!(strays.len(), 4);
    }
}
