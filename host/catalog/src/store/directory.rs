//! Open folders: files are made, renamed and removed within one, even if its name changes meanwhile.
//!
//! A folder called `.wpipe`, and everything below it, is this program's own. No link leads there: with a link in its
//! place, a run would write and remove files elsewhere.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, linkat, mkdirat, openat, renameat, statat, unlinkat};
use rustix::io::Errno;

use super::refusal::Refusal;

/// The name of folders that are this program's own as a whole.
pub(crate) const OWN: &str = ".wpipe";

/// An open folder.
#[derive(Debug)]
pub(super) struct Directory {
    folder: OwnedFd,
    path: PathBuf,
}

impl Directory {
    /// Opens the folder at `path`.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Self::walk(path, false)
    }

    /// Opens the folder at `path`, which is made if need be with its parents, so that they are there after a crash.
    pub(super) fn make(path: &Path) -> io::Result<Self> {
        match Self::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::walk(path, true),
            opened => opened,
        }
    }

    fn walk(path: &Path, makes: bool) -> io::Result<Self> {
        let (outside, own) = split(path);
        if makes {
            make_durably(&outside)?;
        }
        let folder = openat(CWD, &outside, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let mut here = Self { folder, path: outside };
        for part in own.iter() {
            here = match here.step(part) {
                Err(error) if makes && error.kind() == io::ErrorKind::NotFound => {
                    match mkdirat(&here.folder, part, Mode::from_raw_mode(0o777)) {
                        Ok(()) => here.sync()?,
                        Err(Errno::EXIST) => {}
                        Err(errno) => return Err(errno.into()),
                    }
                    here.step(part)?
                }
                stepped => stepped?,
            };
        }
        Ok(here)
    }

    /// Opens a folder in this one that is no link.
    fn step(&self, part: &OsStr) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(&self.folder, part, flags, Mode::empty()) {
            Ok(folder) => Ok(Self { folder, path: self.path.join(part) }),
            Err(Errno::NOTDIR | Errno::LOOP) if self.is_link(part) => Err(self.linked(part)),
            Err(errno) => Err(errno.into()),
        }
    }

    fn is_link(&self, name: &OsStr) -> bool {
        self.stat(name).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_symlink())
    }

    fn linked(&self, name: &OsStr) -> io::Error {
        let path = self.path.join(name);
        let target = fs::read_link(&path).map(|target| format!(" to `{}`", target.display())).unwrap_or_default();
        let shown = path.display();
        Refusal::new(
            format!("`{shown}` is a link{target}, and what is in `{OWN}` is written and removed without asking"),
            format!("remove the link (`rm '{shown}'`); to keep it elsewhere, mount a folder there"),
        )
        .into()
    }

    /// Returns the properties of the file of this name in the folder, which may be a link.
    pub(super) fn stat(&self, name: &OsStr) -> io::Result<Stat> {
        Ok(statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Creates a new file, to be written.
    pub(super) fn create(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(openat(&self.folder, name, flags, Mode::from_raw_mode(0o666))?.into())
    }

    /// Opens a file that is no link, to be read. No kind of file makes it wait.
    pub(super) fn read(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        match openat(&self.folder, name, flags, Mode::empty()) {
            Ok(file) => Ok(file.into()),
            Err(Errno::LOOP) => Err(self.linked(name)),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Gives a file in this folder another name there, and replaces any file of that name.
    pub(super) fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(renameat(&self.folder, from, &self.folder, to)?)
    }

    /// Gives a file in this folder a name in another as well, which must be free.
    pub(super) fn link(&self, from: &OsStr, folder: &Self, to: &OsStr) -> io::Result<()> {
        Ok(linkat(&self.folder, from, &folder.folder, to, AtFlags::empty())?)
    }

    /// Removes a file, or the link of this name.
    pub(super) fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(&self.folder, name, AtFlags::empty())?)
    }

    /// Makes its list of files durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder: File = openat(self.folder.as_fd(), ".", flags, Mode::empty())?.into();
        match folder.sync_all() {
            // Not every file system supports this, and then it is not needed.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            outcome => outcome,
        }
    }
}

/// Returns the part of a path within which links are followed, and the part that is this program's own.
fn split(path: &Path) -> (PathBuf, PathBuf) {
    let mut parts = path.components();
    let is_outside = |part: &Component<'_>| part.as_os_str() != OWN;
    let mut outside: PathBuf = parts.clone().take_while(is_outside).collect();
    parts.by_ref().take(outside.components().count()).for_each(drop);
    if outside.as_os_str().is_empty() {
        outside.push(".");
    }
    (outside, parts.collect())
}

/// Checks that neither a folder of this program's own at `path` nor one that it is in is a link. It may be missing.
///
/// # Errors
///
/// Fails with the help if one is a link; also if the file system does not say.
pub fn check_own_folder(path: &Path) -> io::Result<()> {
    match Directory::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        opened => opened.map(drop),
    }
}

/// Makes a folder and its parents, so that they are there after a crash.
fn make_durably(directory: &Path) -> io::Result<()> {
    let missing: Vec<_> = directory.ancestors().take_while(|path| !path.exists()).collect();
    fs::create_dir_all(directory)?;
    missing.into_iter().filter_map(Path::parent).try_for_each(sync_directory)
}

/// Makes a folder's list of files durable.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    let directory = if directory == Path::new("") { Path::new(".") } else { directory };
    Directory::open(directory)?.sync()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn paths_are_split_where_this_programs_own_begins() {
        let split = |path: &str| {
            let (outside, own) = super::split(Path::new(path));
            (outside.display().to_string(), own.display().to_string())
        };
        let pair = |outside: &str, own: &str| (outside.to_owned(), own.to_owned());
        assert_eq!(split("/a/b"), pair("/a/b", ""));
        assert_eq!(split("/a/.wpipe/b/.wpipe"), pair("/a", ".wpipe/b/.wpipe"));
        assert_eq!(split(".wpipe"), pair(".", ".wpipe"));
        assert_eq!(split("/.wpipe2/x"), pair("/.wpipe2/x", ""));
    }

    #[test]
    fn links_are_followed_up_to_this_programs_own_and_no_further() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |path: &str| directory.path().join(path);
        fs::create_dir_all(at("real/.wpipe/run")).expect("folders");
        fs::create_dir_all(at("elsewhere")).expect("a folder");
        symlink("real", at("link")).expect("a link");
        Directory::open(&at("link/.wpipe/run")).expect("a folder");
        Directory::make(&at("link/.wpipe/other/deep")).expect("made");
        assert!(at("real/.wpipe/other/deep").is_dir());
        symlink(at("elsewhere"), at("real/.wpipe/linked")).expect("a link");
        for path in ["link/.wpipe/linked", "link/.wpipe/linked/deep"] {
            for refused in [Directory::open(&at(path)), Directory::make(&at(path))] {
                let error = refused.expect_err("a link");
                assert!(Refusal::within(&error).is_some_and(|refusal| refusal.reason.contains("is a link")), "{error}");
            }
        }
        assert_eq!(fs::read_dir(at("elsewhere")).expect("a folder").count(), 0);
        let run = Directory::open(&at("real/.wpipe")).expect("a folder");
        symlink(at("elsewhere"), at("real/.wpipe/set.json")).expect("a link");
        assert!(Refusal::within(&run.read(OsStr::new("set.json")).expect_err("a link")).is_some());
    }

    #[test]
    fn what_is_done_in_an_open_folder_stays_in_it_when_its_name_is_taken_by_a_link() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |path: &str| directory.path().join(path);
        fs::create_dir_all(at(".wpipe")).expect("a folder");
        fs::create_dir_all(at("elsewhere")).expect("a folder");
        fs::write(at("elsewhere/x"), "precious").expect("a file");
        let own = Directory::open(&at(".wpipe")).expect("a folder");
        fs::rename(at(".wpipe"), at("moved")).expect("moved");
        symlink("elsewhere", at(".wpipe")).expect("a link");
        own.create(OsStr::new("y")).expect("made");
        own.rename(OsStr::new("y"), OsStr::new("x")).expect("renamed");
        assert_eq!(fs::read(at("elsewhere/x")).expect("a file"), b"precious");
        own.remove(OsStr::new("x")).expect("removed");
        assert_eq!(fs::read(at("elsewhere/x")).expect("a file"), b"precious");
    }
}
