//! The properties of a file that outlive its replacement: its mode, its owner and group, and its attributes (access
//! lists, labels). A file is replaced by another one, and people expect that it stays theirs.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{Gid, OFlags, Uid, XattrFlags, fchown, fgetxattr, flistxattr, fsetxattr};
use wpipe_data::envelope::{FOOTER_SIZE, decode_footer};

use super::refusal::Refusal;

const PERMISSIONS: u32 = 0o777;
const WRITABLE_BY_ANYBODY: u32 = 0o222;
/// The bit that archives take away; a file that replaces an archive is an ordinary one.
const WRITABLE_BY_OWNER: u32 = 0o200;
/// The most bytes of the names, and of a value, that are carried over, as Linux has it.
const MOST_BYTES: usize = 64 << 10;

/// The properties of a file that outlive its replacement.
#[derive(Debug)]
pub(super) struct Kept {
    mode: u32,
    owner: (u32, u32),
    attached: Vec<(Vec<u8>, Vec<u8>)>,
    is_archive: bool,
}

impl Kept {
    /// Returns the properties of an open file.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { attached: attached(file), is_archive: is_archive(file, &metadata), ..Self::known(&metadata) })
    }

    /// Returns the properties of the file at `path`.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        match OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path) {
            Ok(file) => Self::of(&file),
            // Some who may replace a file may not read it.
            Err(_) => Ok(Self::known(&fs::metadata(path)?)),
        }
    }

    fn known(metadata: &Metadata) -> Self {
        let (mode, owner) = (metadata.mode() & PERMISSIONS, (metadata.uid(), metadata.gid()));
        Self { mode, owner, attached: Vec::new(), is_archive: false }
    }

    /// Fails if the file at `path` was made read-only by hand. Archives are read-only by themselves.
    pub(super) fn check_replaceable(&self, path: &Path) -> io::Result<()> {
        if self.mode & WRITABLE_BY_ANYBODY != 0 || self.is_archive {
            return Ok(());
        }
        let shown = path.display();
        let reason = format!("`{shown}` is there and read-only, for every user");
        Err(Refusal::new(reason, format!("let it be replaced (`chmod u+w '{shown}'`), or store the dataset elsewhere"))
            .into())
    }

    /// Gives all of it to the file that replaces the one at `path`, as far as this user may.
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
            // Not every user may set labels that the system gives by itself.
            let _ = fsetxattr(file, name.as_slice(), value, XattrFlags::empty());
        }
        // The mode comes after the owner and the access lists, which both change it.
        let mode = if self.is_archive { self.mode | WRITABLE_BY_OWNER } else { self.mode };
        if file.metadata().is_ok_and(|metadata| metadata.mode() & PERMISSIONS != mode) {
            let _ = file.set_permissions(Permissions::from_mode(mode));
        }
    }

    /// Gives owner and group; returns true if both are as they were.
    fn give_owner(&self, file: &File) -> bool {
        let (user, group) = (Uid::from_raw(self.owner.0), Gid::from_raw(self.owner.1));
        if fchown(file, Some(user), Some(group)).is_ok() {
            return true;
        }
        // Any member of a group may give the group alone.
        let _ = fchown(file, None, Some(group));
        false
    }
}

/// Returns the attributes of a file by name.
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

/// Returns true if a read-only file is an archive of this program's own.
fn is_archive(mut file: &File, metadata: &Metadata) -> bool {
    if metadata.mode() & WRITABLE_BY_ANYBODY != 0 || metadata.len() < FOOTER_SIZE as u64 {
        return false;
    }
    let mut tail = [0; FOOTER_SIZE];
    let read = file.seek(SeekFrom::End(-(FOOTER_SIZE as i64))).and_then(|_| file.read_exact(&mut tail));
    read.is_ok() && decode_footer(metadata.len(), &tail).is_ok()
}
