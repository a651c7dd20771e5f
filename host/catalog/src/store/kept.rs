//! What of a file outlives its replacement: its mode, its owner and group, and what is attached to it (access lists,
//! labels). A file is replaced by another one, and people expect that it stays theirs.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{Gid, OFlags, Uid, XattrFlags, fchown, fgetxattr, flistxattr, fsetxattr};
use wpipe_data::envelope::{FOOTER_SIZE, decode_footer};

use super::refusal::Refusal;

const PERMISSIONS: u32 = 0o777;
const WRITABLE_BY_ANYBODY: u32 = 0o222;
/// Archives take it away again; what takes the place of one is an ordinary file.
const WRITABLE_BY_OWNER: u32 = 0o200;
/// The most bytes of the names, and of a value, that are carried over, as Linux has it.
const MOST_BYTES: usize = 64 << 10;

/// See the module.
#[derive(Debug)]
pub(super) struct Kept {
    mode: u32,
    owner: (u32, u32),
    attached: Vec<(Vec<u8>, Vec<u8>)>,
    is_archive: bool,
}

impl Kept {
    /// That of an open file.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { attached: attached(file), is_archive: is_archive(file, &metadata), ..Self::known(&metadata) })
    }

    /// That of the file at `path`.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        match OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path) {
            Ok(file) => Self::of(&file),
            // Not everybody who may replace a file may read it.
            Err(_) => Ok(Self::known(&fs::metadata(path)?)),
        }
    }

    fn known(metadata: &Metadata) -> Self {
        let (mode, owner) = (metadata.mode() & PERMISSIONS, (metadata.uid(), metadata.gid()));
        Self { mode, owner, attached: Vec::new(), is_archive: false }
    }

    /// An error if somebody has said that nobody is to write to the file at `path`. Archives are so by themselves.
    pub(super) fn check_replaceable(&self, path: &Path) -> io::Result<()> {
        if self.mode & WRITABLE_BY_ANYBODY != 0 || self.is_archive {
            return Ok(());
        }
        let shown = path.display();
        let reason = format!("`{shown}` is there and read-only, for every user");
        Err(Refusal::new(reason, format!("let it be replaced (`chmod u+w '{shown}'`), or store the dataset elsewhere"))
            .into())
    }

    /// Gives all of it to the file that takes the place of the one at `path`, as far as this user may.
    pub(super) fn give(&self, file: &File, path: &Path) {
        let Ok(metadata) = file.metadata() else { return };
        if (metadata.uid(), metadata.gid()) != self.owner && !self.give_owner(file) {
            let (user, group) = self.owner;
            tracing::warn!(
                "`{}` was of user {user} and group {group}, and this user may not give it to them",
                path.display()
            );
        }
        for (name, value) in &self.attached {
            // Labels that the system gives by itself cannot be set by everybody.
            let _ = fsetxattr(file, name.as_slice(), value, XattrFlags::empty());
        }
        // After the owner, and after access lists, which both change it.
        let mode = if self.is_archive { self.mode | WRITABLE_BY_OWNER } else { self.mode };
        if file.metadata().is_ok_and(|metadata| metadata.mode() & PERMISSIONS != mode) {
            let _ = file.set_permissions(Permissions::from_mode(mode));
        }
    }

    /// Whether owner and group are both as they were.
    fn give_owner(&self, file: &File) -> bool {
        let (user, group) = (Uid::from_raw(self.owner.0), Gid::from_raw(self.owner.1));
        if fchown(file, Some(user), Some(group)).is_ok() {
            return true;
        }
        // The group alone may be given by any of its members.
        let _ = fchown(file, None, Some(group));
        false
    }
}

/// The attributes of a file by name.
fn attached(file: &File) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut buffer = vec![0; MOST_BYTES];
    let Ok(length) = flistxattr(file, buffer.as_mut_slice()) else { return Vec::new() };
    let names: Vec<_> =
        buffer[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect();
    let value = |name: Vec<u8>| {
        let length = fgetxattr(file, name.as_slice(), buffer.as_mut_slice()).ok()?;
        Some((name, buffer[..length].to_vec()))
    };
    names.into_iter().filter_map(value).collect()
}

/// Whether a file that nobody writes to is an archive of this program's own.
fn is_archive(mut file: &File, metadata: &Metadata) -> bool {
    if metadata.mode() & WRITABLE_BY_ANYBODY != 0 || metadata.len() < FOOTER_SIZE as u64 {
        return false;
    }
    let mut tail = [0; FOOTER_SIZE];
    let read = file.seek(SeekFrom::End(-(FOOTER_SIZE as i64))).and_then(|_| file.read_exact(&mut tail));
    read.is_ok() && decode_footer(metadata.len(), &tail).is_ok()
}
