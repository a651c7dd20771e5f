//! Publishing a local file: it is written under another name, made durable, and renamed, so that readers see the old
//! file or the new one.
//!
//! While a staged file is being written, its writer holds a lock on it. A staged file whose lock is free has no writer
//! any more: the process was killed. So two processes may save the same dataset at the same time, and the next one
//! after a crash sweeps the leftovers at once.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use rustix::fs::{FileType, FlockOperation, flock};
use rustix::io::Errno;

use super::directory::{Directory, OWN};
use super::kept::Kept;
use super::nature::{Direction, Nature, Target};
use super::overwrite::{is_in_the_way, overwrite};
use super::refusal::Refusal;
use crate::progress::Progress;

/// The end of the names of staged files.
const SUFFIX: &str = ".wpipe~";
/// The most bytes of the file's name in that of its staged file: names have 255 bytes at most.
const LONGEST_STEM: usize = 180;
/// The number of attempts: a sweeper may take a new file away before its writer has locked it, but hardly so often.
const ATTEMPTS: usize = 16;

/// The way in which a file is published.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Publishing {
    /// True if nobody is to write to it any more.
    pub(crate) read_only: bool,
    /// True if it is one of so many in its folder that leftovers of a crash are not looked for: the folder's owner
    /// sweeps it as a whole.
    pub(crate) among_many: bool,
    /// True if nothing may be there yet.
    pub(crate) is_new: bool,
}

/// The number of bytes written between two updates of the progress.
const PIECE: usize = 8 << 20;

/// Writes `content` to the file at `path`, whole or not at all, durable on return. Missing parents are made. The target
/// of a link is replaced and the link stays, and the new file keeps the owner and access of the old one.
pub(super) fn publish<'c>(
    path: &Path,
    content: impl IntoIterator<Item = &'c Bytes>,
    how: Publishing,
    progress: &Progress,
) -> io::Result<()> {
    let content: Vec<_> = content.into_iter().collect();
    if how.among_many || how.is_new {
        return replace(path, &content, how, None, progress);
    }
    let target = Target::of(path, Direction::Write)?;
    let old = match target.nature {
        Nature::Nothing => None,
        Nature::File => Some(Kept::at(&target.path)?),
        Nature::Directory => return Err(io::ErrorKind::IsADirectory.into()),
        // Streams are written in another way.
        _ => return Err(no_file()),
    };
    if let Some(old) = &old {
        old.check_replaceable(&target.path)?;
    }
    match replace(&target.path, &content, how, old.as_ref(), progress) {
        Err(error) if old.is_some() && is_in_the_way(&error, &target.path) => overwrite(&target.path, &content, error),
        outcome => outcome,
    }
}

fn replace(
    path: &Path,
    content: &[&Bytes],
    how: Publishing,
    old: Option<&Kept>,
    progress: &Progress,
) -> io::Result<()> {
    let (directory, name) = split(path)?;
    if !how.among_many {
        sweep(directory, name);
    }
    let mut staged = Staged::create(directory, name)?;
    for bytes in content.iter().flat_map(|bytes| bytes.chunks(PIECE)) {
        staged.file.write_all(bytes)?;
        progress.add(bytes.len());
    }
    if let Some(old) = old {
        old.give(&staged.file, path);
    }
    if how.read_only {
        // Nobody opens the file for writing by accident, so that it may be mapped. Renaming over it still works.
        let mut permissions = staged.file.metadata()?.permissions();
        permissions.set_readonly(true);
        staged.file.set_permissions(permissions)?;
    }
    if how.is_new { staged.publish_new(name) } else { staged.publish(name) }
}

/// Gives the file at `from` the name `to` as well, and replaces any file or link of that name. Missing parents are
/// made. Durable when the folder is synchronised. The file then keeps the owner and access of the one that it replaces.
pub(super) fn link(from: &Path, to: &Path) -> io::Result<()> {
    let (directory, name) = split(to)?;
    let (source, source_name) = split(from)?;
    let source = Directory::open(source)?;
    for _ in 0..ATTEMPTS {
        let directory = Directory::make(directory)?;
        let file = source.stat(source_name)?;
        if !FileType::from_raw_mode(file.st_mode).is_file() {
            return Err(no_file());
        }
        match directory.stat(name) {
            // Renaming one name of a file over another does nothing, and would leave both.
            Ok(there) if (there.st_dev, there.st_ino) == (file.st_dev, file.st_ino) => return Ok(()),
            Ok(there) => match FileType::from_raw_mode(there.st_mode) {
                FileType::RegularFile => {
                    let old = directory.read(name).and_then(|old| Kept::of(&old));
                    // A file that this user cannot read was not theirs.
                    if let (Ok(old), Ok(new)) = (old, source.read(source_name)) {
                        old.give(&new, to);
                    }
                }
                FileType::Symlink => {}
                FileType::Directory => return Err(io::ErrorKind::IsADirectory.into()),
                _ => return Err(no_file()),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let staged = staged_name(stem(&name.to_string_lossy()));
        let staged = OsStr::new(&staged);
        match source.link(source_name, &directory, staged) {
            Ok(()) => {}
            // Another process has removed the folder, since it was empty.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            // Not every file system has hard links, and not every user may make them.
            Err(_) => return copy(&source, source_name, to),
        }
        match directory.rename(staged, name) {
            // Another process sweeps.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            outcome => {
                let _ = directory.remove(staged);
                return outcome;
            }
        }
    }
    Err(taken_away())
}

fn copy(source: &Directory, source_name: &OsStr, to: &Path) -> io::Result<()> {
    let (directory, name) = split(to)?;
    let mut source = source.read(source_name)?;
    let mut staged = Staged::create(directory, name)?;
    io::copy(&mut source, &mut staged.file)?;
    staged.file.set_permissions(source.metadata()?.permissions())?;
    staged.publish(name)
}

/// Removes the file at `path`, or the link of this name, and the folders that become empty, as stores without folders
/// have it.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let (directory, name) = split(path)?;
    Directory::open(directory)?.remove(name)?;
    let _ = directory.ancestors().try_for_each(|folder| {
        remove_mark(folder)?;
        fs::remove_dir(folder)
    });
    Ok(())
}

/// Removes the mark of a folder of this program's own, if there is nothing else in it: then it is as good as empty.
fn remove_mark(folder: &Path) -> io::Result<()> {
    if !folder.iter().any(|part| part == OWN) {
        return Ok(());
    }
    let entries: Vec<_> = fs::read_dir(folder)?.take(2).collect::<io::Result<_>>()?;
    match &*entries {
        [mark] if mark.file_name() == OWN => Directory::open(folder)?.remove(OsStr::new(OWN)),
        _ => Ok(()),
    }
}

fn split(path: &Path) -> io::Result<(&Path, &OsStr)> {
    path.parent().zip(path.file_name()).ok_or_else(|| io::ErrorKind::IsADirectory.into())
}

fn no_file() -> io::Error {
    Refusal::new("what is there is no file", "remove it, or store the dataset elsewhere").into()
}

fn taken_away() -> io::Error {
    io::Error::other("the file was taken away again and again while it was being written")
}

/// Removes leftovers of writers of `directory/name` that have ended; returns true if there were any. Best effort:
/// remaining files are never read.
pub(super) fn sweep(directory: &Path, name: &OsStr) -> bool {
    let Some(stem) = name.to_str().map(stem) else { return false };
    let mut has_swept = false;
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|file| is_staged(file, stem)) {
            has_swept |= remove_if_abandoned(&entry.path()).is_ok();
        }
    }
    has_swept
}

/// Does the same in every folder of `directory`, and removes those that are empty then: versions that never came to be.
/// A folder in which nothing was swept belongs to others.
pub(super) fn sweep_versions(directory: &Path, name: &OsStr) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) && sweep(&entry.path(), name) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// Removes a staged file, unless it has a writer.
pub(super) fn remove_if_abandoned(path: &Path) -> io::Result<()> {
    let (directory, name) = split(path)?;
    let directory = Directory::open(directory)?;
    let file = directory.read(name)?;
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    // Names are not used twice: if the file was published meanwhile, no file has this one.
    directory.remove(name)
}

/// A file that is being written; removed unless it is published.
struct Staged {
    file: File,
    directory: Directory,
    name: String,
    is_published: bool,
}

impl Staged {
    fn create(directory: &Path, name: &OsStr) -> io::Result<Self> {
        for _ in 0..ATTEMPTS {
            let directory = Directory::make(directory)?;
            let staged = staged_name(stem(&name.to_string_lossy()));
            let file = match directory.create(OsStr::new(&staged)) {
                Ok(file) => file,
                // Another process has removed the folder, since it was empty.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let staged = Self { file, directory, name: staged, is_published: false };
            // If files cannot be locked at all, nobody else can take the lock either, and nothing is swept.
            let taken = flock(&staged.file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK);
            if !taken && staged.file.metadata()?.nlink() > 0 {
                return Ok(staged);
            }
        }
        Err(taken_away())
    }

    fn publish(mut self, name: &OsStr) -> io::Result<()> {
        self.file.sync_all()?;
        self.directory.rename(OsStr::new(&self.name), name)?;
        self.is_published = true;
        self.directory.sync()
    }

    /// Publishes it under a free name; `AlreadyExists` if it is taken. Of several who try, one succeeds.
    fn publish_new(mut self, name: &OsStr) -> io::Result<()> {
        self.file.sync_all()?;
        match self.directory.link(OsStr::new(&self.name), &self.directory, name) {
            // The other name goes with this value.
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            // Not every file system has hard links.
            Err(_) => {
                let _claim = Claim::make(&self.directory, name)?;
                match self.directory.stat(name) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                    Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
                }
                self.directory.rename(OsStr::new(&self.name), name)?;
                self.is_published = true;
            }
        }
        self.directory.sync()
    }
}

/// A file beside another one: only its maker may give that one its name. Left by a crash, it keeps the name from being
/// used, which does no harm to a name that tells the time.
struct Claim<'d> {
    directory: &'d Directory,
    name: String,
}

impl<'d> Claim<'d> {
    fn make(directory: &'d Directory, name: &OsStr) -> io::Result<Self> {
        let name = format!(".{}.claim", stem(&name.to_string_lossy()));
        directory.create(OsStr::new(&name))?;
        Ok(Self { directory, name })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let _ = self.directory.remove(OsStr::new(&self.name));
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.is_published {
            let _ = self.directory.remove(OsStr::new(&self.name));
        }
    }
}

/// Returns a name that no other process, here or elsewhere, and no other file of this one has:
/// `.x.csv.4711-18c5f1e2a3b4c5d6-0.wpipe~`.
fn staged_name(stem: &str) -> String {
    static CHANCE: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    // Numbers of processes are used again, and in containers all have the same.
    let chance = CHANCE.get_or_init(|| RandomState::new().hash_one(SystemTime::now()));
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!(".{stem}.{}-{chance:x}-{count}{SUFFIX}", process::id())
}

/// Returns as much of a file's name as its staged files bear.
fn stem(name: &str) -> &str {
    &name[..name.floor_char_boundary(LONGEST_STEM)]
}

/// Returns true if `file` is a staged file of a file with this stem.
fn is_staged(file: &str, stem: &str) -> bool {
    let rest = file.strip_prefix('.').and_then(|file| file.strip_prefix(stem)).and_then(|rest| rest.strip_prefix('.'));
    rest.and_then(|rest| rest.strip_suffix(SUFFIX)).is_some_and(are_numbers)
}

/// Returns true if `file` is named like a staged file of any file.
pub(crate) fn is_any_staged(file: &str) -> bool {
    let rest = file.strip_prefix('.').and_then(|file| file.strip_suffix(SUFFIX));
    rest.and_then(|rest| rest.rsplit_once('.')).is_some_and(|(_, numbers)| are_numbers(numbers))
}

/// Returns true for process, time and count, as the names of staged files have them.
fn are_numbers(numbers: &str) -> bool {
    let mut parts = numbers.split('-');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.clone().count() == 3 && parts.all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linked_file_bears_both_names_and_nothing_else_is_left() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = |name| directory.path().join(name);
        let (from, to) = (path("from"), path("folder/to"));
        fs::write(&from, "new").expect("a file");
        for _ in 0..2 {
            link(&from, &to).expect("linked");
            assert_eq!(fs::read(&to).expect("a file"), b"new");
        }
        fs::write(path("other"), "newer").expect("a file");
        link(&path("other"), &to).expect("linked");
        assert_eq!(
            (fs::read(&to).expect("a file"), fs::read(&from).expect("a file")),
            (b"newer".into(), b"new".into())
        );
        let source = Directory::open(directory.path()).expect("a directory");
        copy(&source, OsStr::new("from"), &to).expect("copied");
        assert_eq!(fs::read(&to).expect("a file"), b"new");
        assert_eq!(fs::read_dir(path("folder")).expect("a directory").count(), 1);
        assert!(link(&path("nothing"), &to).is_err());
    }

    #[test]
    fn of_many_who_publish_one_new_file_one_succeeds() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("x");
        let how = Publishing { is_new: true, ..Publishing::default() };
        let start = std::sync::Barrier::new(8);
        let publishing = |number: usize| {
            let content = Bytes::from(number.to_string());
            start.wait();
            publish(&path, [&content], how, &Progress::default()).map(|()| number)
        };
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let publishing = &publishing;
            let threads: Vec<_> = (0..8).map(|number| scope.spawn(move || publishing(number))).collect();
            threads.into_iter().map(|thread| thread.join().expect("an outcome")).collect()
        });
        let (published, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        let published: Vec<_> = published.into_iter().flatten().collect();
        assert_eq!(published.len(), 1);
        assert_eq!(fs::read_to_string(&path).expect("a file"), published[0].to_string());
        assert!(
            refused
                .iter()
                .all(|outcome| { outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists) })
        );
        assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 1);
    }

    #[test]
    fn a_name_is_claimed_by_one() {
        let directory = tempfile::tempdir().expect("a directory");
        let (directory, name) = (Directory::open(directory.path()).expect("a folder"), OsStr::new("x"));
        let claim = Claim::make(&directory, name).expect("nobody has it");
        let other = Claim::make(&directory, name).err().map(|error| error.kind());
        assert_eq!(other, Some(io::ErrorKind::AlreadyExists));
        drop(claim);
        assert!(Claim::make(&directory, name).is_ok());
    }

    #[test]
    fn only_staged_files_of_the_same_name_are_remains() {
        assert!(is_staged(&staged_name("x.csv"), "x.csv"));
        assert!(is_staged(".x.csv.1-a-2.wpipe~", "x.csv"));
        assert!(is_any_staged(&staged_name("x.csv")) && is_any_staged(".x.1-a-2.wpipe~"));
        for other in ["x.csv", ".x.csv.wpipe~", ".x.csv.1-2.wpipe~", ".x.csv.1-2-g.wpipe~", ".y.csv.1-2-3.wpipe~"] {
            assert!(!is_staged(other, "x.csv"), "{other}");
            assert_eq!(is_any_staged(other), other.starts_with(".y"), "{other}");
        }
    }

    #[test]
    fn long_names_have_staged_names_that_fit() {
        let name = "ä".repeat(127);
        let staged = staged_name(stem(&name));
        assert!(staged.len() <= 255 && is_staged(&staged, stem(&name)));
    }

    #[test]
    fn what_is_being_written_is_left_and_what_nobody_writes_is_swept() {
        let directory = tempfile::tempdir().expect("a directory");
        let name = OsStr::new("x");
        let written = Staged::create(directory.path(), name).expect("a file");
        let abandoned = directory.path().join(staged_name("x"));
        fs::write(&abandoned, "half").expect("a file");
        let other = directory.path().join(staged_name("y"));
        fs::write(&other, "half").expect("a file");
        sweep(directory.path(), name);
        let path = directory.path().join(&written.name);
        assert!(path.exists() && !abandoned.exists() && other.exists());
        drop(written);
        assert!(!path.exists());
    }

    #[test]
    fn versions_that_never_came_to_be_are_swept() {
        let directory = tempfile::tempdir().expect("a directory");
        for (version, file) in [("1", staged_name("x")), ("2", "x".to_owned()), ("3", staged_name("y"))] {
            fs::create_dir(directory.path().join(version)).expect("a directory");
            fs::write(directory.path().join(version).join(file), "").expect("a file");
        }
        // The owner of an empty folder is unknown.
        fs::create_dir(directory.path().join("4")).expect("a directory");
        sweep_versions(directory.path(), OsStr::new("x"));
        let left = |version| directory.path().join(version).exists();
        assert_eq!((left("1"), left("2"), left("3"), left("4")), (false, true, true, true));
    }
}
