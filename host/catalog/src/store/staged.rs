//! Publishing a local file: it is written under another name, made durable, and renamed, so that readers see the old
//! file or the new one.
//!
//! While a staged file is being written, its writer holds a lock on it. A staged file whose lock can be had has no
//! writer any more: the process was killed. So two processes may save the same dataset at the same time, and whoever
//! comes after a crash sweeps what it has left, at once.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// How the names of staged files end.
const SUFFIX: &str = ".wpipe~";
/// The most bytes of the file's name in that of its staged file: names have 255 bytes at most.
const LONGEST_STEM: usize = 180;
/// Somebody who sweeps may take a new file away before its writer has locked it, but hardly so often.
const ATTEMPTS: usize = 16;

/// How a file is published.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Publishing {
    /// Whether nobody is to write to it any more.
    pub(crate) read_only: bool,
    /// Whether it is one of so many in its folder that nobody looks there for what a crash has left: whoever owns the
    /// folder sweeps it as a whole.
    pub(crate) among_many: bool,
    /// Whether nothing may be there yet.
    pub(crate) is_new: bool,
}

/// Writes `content` to the file at `path`, whole or not at all, durable on return. Missing parents are made.
pub(super) fn publish<'c>(
    path: &Path,
    content: impl IntoIterator<Item = &'c Bytes>,
    how: Publishing,
) -> io::Result<()> {
    let (directory, name) = split(path)?;
    if !how.among_many {
        sweep(directory, name);
    }
    let mut staged = Staged::create(directory, name)?;
    for bytes in content {
        staged.file.write_all(bytes)?;
    }
    if how.read_only {
        // Nobody opens the file for writing by accident, so that it may be mapped. Renaming over it still works.
        let mut permissions = staged.file.metadata()?.permissions();
        permissions.set_readonly(true);
        staged.file.set_permissions(permissions)?;
    }
    if how.is_new { staged.publish_new(path, directory) } else { staged.publish(path, directory) }
}

/// Gives the file at `from` the name `to` as well, instead of whatever bears it. Missing parents are made. Durable
/// when the folder is synchronised.
pub(super) fn link(from: &Path, to: &Path) -> io::Result<()> {
    let (directory, name) = split(to)?;
    for _ in 0..ATTEMPTS {
        let identity = |path| fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()));
        // Renaming one name of a file over another does nothing, and would leave both.
        if identity(from)? == identity(to).unwrap_or_default() {
            return Ok(());
        }
        let staged = directory.join(staged_name(stem(&name.to_string_lossy())));
        match fs::hard_link(from, &staged) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_durably(directory)?;
                continue;
            }
            // Not every file system has hard links, and not every user may make them.
            Err(_) => return copy(from, to),
        }
        match fs::rename(&staged, to) {
            // Somebody sweeps.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            outcome => {
                let _ = fs::remove_file(&staged);
                return outcome;
            }
        }
    }
    Err(taken_away())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let (directory, name) = split(to)?;
    let mut source = File::open(from)?;
    let mut staged = Staged::create(directory, name)?;
    io::copy(&mut source, &mut staged.file)?;
    staged.file.set_permissions(source.metadata()?.permissions())?;
    staged.publish(to, directory)
}

fn split(path: &Path) -> io::Result<(&Path, &OsStr)> {
    path.parent().zip(path.file_name()).ok_or_else(|| io::ErrorKind::IsADirectory.into())
}

fn taken_away() -> io::Error {
    io::Error::other("the file was taken away again and again while it was being written")
}

/// Removes what writers of `directory/name` have left who are no more. Best effort: whatever stays is never read.
pub(super) fn sweep(directory: &Path, name: &OsStr) {
    let Some(stem) = name.to_str().map(stem) else { return };
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|file| is_staged(file, stem)) {
            let _ = remove_if_abandoned(&entry.path());
        }
    }
}

/// Does the same in every folder of `directory`, and removes those that are empty then: versions that never came to
/// be.
pub(super) fn sweep_versions(directory: &Path, name: &OsStr) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            sweep(&entry.path(), name);
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// Removes a staged file, unless somebody writes it.
pub(super) fn remove_if_abandoned(path: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    // Names are not used twice: if the file was published meanwhile, nothing bears this one.
    fs::remove_file(path)
}

/// A file that is being written, gone unless it is published.
struct Staged {
    file: File,
    path: PathBuf,
    is_published: bool,
}

impl Staged {
    fn create(directory: &Path, name: &OsStr) -> io::Result<Self> {
        for _ in 0..ATTEMPTS {
            let path = directory.join(staged_name(stem(&name.to_string_lossy())));
            let file = match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    make_durably(directory)?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let staged = Self { file, path, is_published: false };
            // Where files cannot be locked at all, nobody else can take the lock either, and nothing is swept.
            let taken = flock(&staged.file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK);
            if !taken && staged.file.metadata()?.nlink() > 0 {
                return Ok(staged);
            }
        }
        Err(taken_away())
    }

    fn publish(mut self, path: &Path, directory: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, path)?;
        self.is_published = true;
        sync_directory(directory)
    }

    /// Publishes it where nothing is; `AlreadyExists` if something is. Of several who try, one succeeds.
    fn publish_new(mut self, path: &Path, directory: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        match fs::hard_link(&self.path, path) {
            // The other name goes when this does.
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            // Not every file system has hard links.
            Err(_) => {
                let _claim = Claim::make(path)?;
                if path.try_exists()? {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                fs::rename(&self.path, path)?;
                self.is_published = true;
            }
        }
        sync_directory(directory)
    }
}

/// A file beside another one: whoever made it is the one who may give that one its name. Left by a crash, it keeps the
/// name from being used, which nobody minds of a name that tells the time.
struct Claim(PathBuf);

impl Claim {
    fn make(path: &Path) -> io::Result<Self> {
        let (directory, name) = split(path)?;
        let claim = directory.join(format!(".{}.claim", stem(&name.to_string_lossy())));
        File::create_new(&claim)?;
        Ok(Self(claim))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.is_published {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes a directory and its parents, so that they are there after a crash.
fn make_durably(directory: &Path) -> io::Result<()> {
    let missing: Vec<_> = directory.ancestors().take_while(|path| !path.exists()).collect();
    fs::create_dir_all(directory)?;
    missing.into_iter().filter_map(Path::parent).try_for_each(sync_directory)
}

/// Makes durable which files a directory has.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    let directory = if directory == Path::new("") { Path::new(".") } else { directory };
    match File::open(directory)?.sync_all() {
        // Not every file system can, and then it is not needed.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        outcome => outcome,
    }
}

/// A name that no other process, here or elsewhere, and no other file of this one has:
/// `.x.csv.4711-18c5f1e2a3b4c5d6-0.wpipe~`.
fn staged_name(stem: &str) -> String {
    static CHANCE: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    // Numbers of processes are used again, and in containers all have the same.
    let chance = CHANCE.get_or_init(|| RandomState::new().hash_one(SystemTime::now()));
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!(".{stem}.{}-{chance:x}-{count}{SUFFIX}", process::id())
}

/// As much of a file's name as its staged files bear.
fn stem(name: &str) -> &str {
    &name[..name.floor_char_boundary(LONGEST_STEM)]
}

/// Whether `file` is a staged file of a file with this stem.
fn is_staged(file: &str, stem: &str) -> bool {
    let rest = file.strip_prefix('.').and_then(|file| file.strip_prefix(stem)).and_then(|rest| rest.strip_prefix('.'));
    rest.and_then(|rest| rest.strip_suffix(SUFFIX)).is_some_and(are_numbers)
}

/// Whether `file` is called like a staged file of whatever file.
pub(crate) fn is_any_staged(file: &str) -> bool {
    let rest = file.strip_prefix('.').and_then(|file| file.strip_suffix(SUFFIX));
    rest.and_then(|rest| rest.rsplit_once('.')).is_some_and(|(_, numbers)| are_numbers(numbers))
}

/// Process, time and count, as the names of staged files have them.
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
        copy(&from, &to).expect("copied");
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
            publish(&path, [&content], how).map(|()| number)
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
        let path = directory.path().join("x");
        let claim = Claim::make(&path).expect("nobody has it");
        let other = Claim::make(&path).err().map(|error| error.kind());
        assert_eq!(other, Some(io::ErrorKind::AlreadyExists));
        drop(claim);
        assert!(Claim::make(&path).is_ok());
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
        assert!(written.path.exists() && !abandoned.exists() && other.exists());
        let path = written.path.clone();
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
        sweep_versions(directory.path(), OsStr::new("x"));
        let left = |version| directory.path().join(version).exists();
        assert_eq!((left("1"), left("2"), left("3")), (false, true, true));
    }
}
