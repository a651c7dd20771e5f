//! The directory of a store: who may write there, and its parts. Everything within is reached from its descriptor, so
//! that nobody can turn the way to it meanwhile.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, Mode, OFlags, fchmod, mkdirat, open, openat, renameat, unlinkat};
use rustix::io::Errno;
use rustix::process::{geteuid, getgid, getgroups};

use crate::lock::Lock;
use crate::{Settings, StoreError};

/// The format of the directory: its parts and their names. The next line names the start of the machine.
const FORMAT: &str = "wpipe store 1";
const FORMAT_FILE: &str = "format";

/// An open directory of a store.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) path: PathBuf,
    root: OwnedFd,
    /// The objects by their ids.
    pub(crate) objects: OwnedFd,
    /// A directory for each pipeline, with the entries of its datasets.
    pub(crate) names: OwnedFd,
    /// A file for each run that is at work.
    pub(crate) runs: OwnedFd,
    /// Files that processes lock.
    pub(crate) locks: OwnedFd,
    /// The group whose members share it.
    group: Option<u32>,
}

impl Directory {
    pub(crate) fn open(settings: &Settings) -> Result<Self, StoreError> {
        let path = std::path::absolute(&settings.path).unwrap_or_else(|_| settings.path.clone());
        let is_shared = settings.is_shared_with_group;
        let unfit = |reason: String| StoreError::Unfit { path: path.clone(), reason };
        let failed = |doing, source| StoreError::Io { doing, path: path.clone(), source };
        let mode = mode(is_shared);
        match rustix::fs::mkdir(&path, mode) {
            Err(Errno::EXIST) => {}
            Err(Errno::NOENT) => {
                let parent = path.parent().unwrap_or(&path);
                let reason = if parent.is_dir() { "takes no directories" } else { "does not exist: create it" };
                return Err(unfit(format!("the directory `{}` {reason}, or correct the path", parent.display())));
            }
            result => {
                result.map_err(|errno| failed("create", errno.into()))?;
                // The user's mask may have taken something away.
                let created = open(&path, flags(), Mode::empty()).map_err(|errno| failed("open", errno.into()))?;
                fchmod(&created, mode).map_err(|errno| failed("change the mode of", errno.into()))?;
            }
        }
        let root = match open(&path, flags(), Mode::empty()) {
            Err(Errno::LOOP | Errno::NOTDIR) if fs::symlink_metadata(&path).is_ok_and(|of| of.is_symlink()) => {
                let to = fs::read_link(&path).unwrap_or_default().display().to_string();
                return Err(unfit(format!(
                    "it is a symbolic link, to `{to}`, which can be turned: name the directory itself"
                )));
            }
            Err(Errno::NOTDIR) => return Err(unfit("it is no directory".to_owned())),
            opened => opened.map_err(|errno| unfit(format!("it cannot be opened: {}", io::Error::from(errno))))?,
        };
        let group = check(&root, is_shared).map_err(unfit)?;
        if let Some(found) = foreign(&root).map_err(|source| failed("list", source))? {
            let found = wpipe_text::one_line(&found).into_owned();
            return Err(unfit(format!(
                "it is no store and has files of others, such as `{found}`: name a directory that is empty or does not exist"
            )));
        }
        let part = |name: &str| {
            let at = path.join(name);
            let failed = |doing, errno: Errno| StoreError::Io { doing, path: at.clone(), source: errno.into() };
            match mkdirat(&root, name, mode) {
                Err(Errno::EXIST) => {}
                result => result.map_err(|errno| failed("create", errno))?,
            }
            let part = openat(&root, name, flags(), Mode::empty()).map_err(|errno| failed("open", errno))?;
            let owned = part.try_clone().map(File::from).and_then(|part| part.metadata());
            if is_shared && owned.is_ok_and(|of| of.uid() == geteuid().as_raw()) {
                fchmod(&part, mode).map_err(|errno| failed("change the mode of", errno))?;
            }
            check(&part, is_shared).map_err(|reason| StoreError::Unfit { path: at.clone(), reason })?;
            Ok(part)
        };
        let (objects, names, runs, locks) = (part("objects")?, part("names")?, part("runs")?, part("locks")?);
        let directory = Self { path: path.clone(), root, objects, names, runs, locks, group };
        directory.check_format()?;
        Ok(directory)
    }

    /// Checks the format, and forgets everything if the machine was started anew: what was on its way to a disk then is
    /// not known to be whole.
    fn check_format(&self) -> Result<(), StoreError> {
        let now = format!("{FORMAT}\n{}", start_of_machine());
        if self.format()?.as_deref() == Some(now.as_str()) {
            return Ok(());
        }
        let _lock = self.lock("format")?;
        match self.format()? {
            Some(before) if before == now => return Ok(()),
            Some(before) if before.lines().next() != Some(FORMAT) => {
                let found = before.lines().next().unwrap_or_default();
                let found = wpipe_text::one_line(found);
                let reason =
                    format!("another version of wpipe made it: its format is `{found}`, and `{FORMAT}` is known here");
                return Err(StoreError::Unfit { path: self.path.clone(), reason });
            }
            Some(_) => {
                empty(&self.names).map_err(|source| self.io("empty", "names", "", source))?;
                empty(&self.objects).map_err(|source| self.io("empty", "objects", "", source))?;
            }
            None => {}
        }
        self.replace(&self.root, FORMAT_FILE, now.as_bytes())
            .map_err(|source| self.io("write", FORMAT_FILE, "", source))
    }

    fn format(&self) -> Result<Option<String>, StoreError> {
        let file = match openat(&self.root, FORMAT_FILE, file_flags(), Mode::empty()) {
            Err(Errno::NOENT) => return Ok(None),
            file => file.map_err(|errno| self.io("open", FORMAT_FILE, "", errno.into()))?,
        };
        let mut text = String::new();
        let read = File::from(file).take(4096).read_to_string(&mut text);
        read.map_err(|source| self.io("read", FORMAT_FILE, "", source))?;
        Ok(Some(text))
    }

    /// Waits for a lock that processes hold for a moment.
    pub(crate) fn lock(&self, name: &str) -> Result<Lock, StoreError> {
        Lock::wait(&self.locks, name).map_err(|source| self.io("lock", "locks", name, source))
    }

    /// Takes such a lock; `None` if another process has it.
    pub(crate) fn try_lock(&self, name: &str) -> Result<Option<Lock>, StoreError> {
        Lock::take(&self.locks, name).map_err(|source| self.io("lock", "locks", name, source))
    }

    /// Writes a file as a whole, in place of the one of that name.
    pub(crate) fn replace(&self, folder: &OwnedFd, name: &str, content: &[u8]) -> io::Result<()> {
        let temporary = temporary(name);
        let written = self.create(folder, &temporary, content);
        let renamed = written.and_then(|()| Ok(renameat(folder, &*temporary, folder, name)?));
        if renamed.is_err() {
            let _ = unlinkat(folder, &*temporary, AtFlags::empty());
        }
        renamed
    }

    fn create(&self, folder: &OwnedFd, name: &str, content: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mut file = File::from(openat(folder, name, flags, Mode::RUSR | Mode::WUSR)?);
        io::Write::write_all(&mut file, content)?;
        Ok(fchmod(&file, self.file_mode())?)
    }

    /// Returns the mode of files that nobody writes to any more.
    pub(crate) fn file_mode(&self) -> Mode {
        if self.group.is_some() { Mode::RUSR | Mode::RGRP } else { Mode::RUSR }
    }

    /// Returns the mode of folders.
    pub(crate) fn folder_mode(&self) -> Mode {
        mode(self.group.is_some())
    }

    /// Opens a file of the store to read it, if it exists and nobody else than who may use the store could have written
    /// it.
    pub(crate) fn open_file(&self, folder: &OwnedFd, name: &str) -> Result<Option<File>, StoreError> {
        let untrusted = |reason: &str| StoreError::Untrusted { path: self.path_of(name), reason: reason.to_owned() };
        let file = match openat(folder, name, file_flags(), Mode::empty()) {
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(untrusted("it is a symbolic link")),
            file => File::from(file.map_err(|errno| self.io("open", "", name, errno.into()))?),
        };
        let of = file.metadata().map_err(|source| self.io("look at", "", name, source))?;
        if !of.is_file() {
            return Err(untrusted("it is no file"));
        }
        if of.uid() != geteuid().as_raw() && self.group != Some(of.gid()) {
            return Err(untrusted(&format!("it belongs to user {}", of.uid())));
        }
        if of.mode() & 0o022 != 0 {
            return Err(untrusted(&format!("others may write to it: its mode is {:o}", of.mode() & 0o7777)));
        }
        Ok(Some(file))
    }

    /// Returns the names in one of its folders.
    pub(crate) fn list(&self, folder: &OwnedFd) -> Result<Vec<String>, StoreError> {
        list(folder).map_err(|source| self.io("list", "", "", source))
    }

    pub(crate) fn io(&self, doing: &'static str, part: &str, name: &str, source: io::Error) -> StoreError {
        let path =
            [part, name].into_iter().filter(|part| !part.is_empty()).fold(self.path.clone(), |at, part| at.join(part));
        StoreError::Io { doing, path, source }
    }

    fn path_of(&self, name: &str) -> PathBuf {
        if crate::ObjectId::try_from(name.to_owned()).is_ok() {
            return self.path.join("objects").join(name);
        }
        self.path.join("names").join(name)
    }

    /// Returns the path of an object.
    pub(crate) fn object_path(&self, id: &crate::ObjectId) -> PathBuf {
        self.path.join("objects").join(id.as_str())
    }
}

/// Returns a name beside `name` that nobody else uses.
pub(crate) fn temporary(name: &str) -> String {
    use std::sync::atomic::{AtomicU64, Ordering};

    static NEXT: AtomicU64 = AtomicU64::new(0);
    let short: String = name.chars().take(40).collect();
    format!(".{short}.{}.{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}

/// Flags to open a file of which it is not known what it is.
pub(crate) fn file_flags() -> OFlags {
    OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK
}

pub(crate) fn list(folder: &OwnedFd) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != "." && name != ".." {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Returns a file of somebody else in a directory that is no store: a store removes what it does not need, and must not
/// take it for its own.
fn foreign(root: &OwnedFd) -> io::Result<Option<String>> {
    const PARTS: [&str; 4] = ["objects", "names", "runs", "locks"];
    let names = list(root)?;
    let is_store = |names: &[String]| names.iter().any(|name| name == FORMAT_FILE);
    if is_store(&names) {
        return Ok(None);
    }
    let (parts, others): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| PARTS.contains(&name.as_str()));
    let other = others.into_iter().find(|name| !name.starts_with(&format!(".{FORMAT_FILE}.")));
    // Only locks are taken before the format is written.
    let within = |part: &String| match openat(root, part.as_str(), flags(), Mode::empty()) {
        Ok(folder) => Some(format!("{part}/{}", list(&folder).ok()?.first()?)),
        Err(_) => Some(part.clone()),
    };
    let found = other.or_else(|| parts.iter().filter(|part| *part != "locks").find_map(within));
    // Another process may have made the store in the meantime.
    Ok(found.filter(|_| !list(root).is_ok_and(|names| is_store(&names))))
}

/// Removes all files of a folder, and of the folders in it.
fn empty(folder: &OwnedFd) -> io::Result<()> {
    for name in list(folder)? {
        match openat(folder, &*name, flags(), Mode::empty()) {
            Ok(inner) => {
                empty(&inner)?;
                unlinkat(folder, &*name, AtFlags::REMOVEDIR)?;
            }
            Err(_) => unlinkat(folder, &*name, AtFlags::empty())?,
        }
    }
    Ok(())
}

fn mode(is_shared: bool) -> Mode {
    // New entries of a shared directory belong to its group.
    if is_shared { Mode::RWXU | Mode::RWXG | Mode::SGID } else { Mode::RWXU }
}

/// Checks that nobody else can write to a directory. Returns the group that shares it.
fn check(directory: &OwnedFd, is_shared: bool) -> Result<Option<u32>, String> {
    let of = directory.try_clone().map(File::from).and_then(|directory| directory.metadata());
    let of = of.map_err(|error| format!("it cannot be looked at: {error}"))?;
    let (me, mode) = (geteuid().as_raw(), of.mode() & 0o777);
    if !is_shared {
        if of.uid() != me {
            return Err(format!("it belongs to user {}, and this is user {me}: name another directory", of.uid()));
        }
        if mode & 0o077 != 0 {
            return Err(format!(
                "others may enter it, since its mode is {mode:o}: run `chmod 700` on it, or share it with its group by \
                 `group = true` of `[store]`"
            ));
        }
        return Ok(None);
    }
    let is_member = getgid().as_raw() == of.gid()
        || getgroups().is_ok_and(|groups| groups.iter().any(|group| group.as_raw() == of.gid()));
    if of.uid() != me && !is_member {
        return Err(format!("it belongs to user {} and group {}, of which this user is no member", of.uid(), of.gid()));
    }
    if mode & 0o007 != 0 {
        return Err(format!("everybody may enter it, since its mode is {mode:o}: run `chmod 2770` on it"));
    }
    if mode & 0o070 != 0o070 {
        return Err(format!("its group may not use it, since its mode is {mode:o}: run `chmod 2770` on it"));
    }
    Ok(Some(of.gid()))
}

/// Returns what tells this start of the machine from others.
fn start_of_machine() -> String {
    fs::read_to_string(Path::new("/proc/sys/kernel/random/boot_id")).unwrap_or_default().trim().to_owned()
}
