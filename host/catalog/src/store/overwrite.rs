//! Writing to a file in its place: if its folder does not let it be replaced, as with a file that is mounted into a
//! container by itself. Then readers may see half of it, and a crash may leave half of it, which is reported.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use bytes::Bytes;
use rustix::fs::{AtFlags, CWD, FallocateFlags, OFlags, StatxAttributes, StatxFlags, fallocate, statx};
use rustix::io::Errno;

use super::refusal::Refusal;

/// Returns true if the file at `path` cannot be replaced because it is mounted by itself.
pub(super) fn is_in_the_way(error: &io::Error, path: &Path) -> bool {
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::BUSY | Errno::XDEV) => true,
        // Its folder is not the one that people mean.
        Some(Errno::ACCESS | Errno::PERM | Errno::ROFS) => is_mounted(path),
        _ => false,
    }
}

fn is_mounted(path: &Path) -> bool {
    let known = statx(CWD, path, AtFlags::empty(), StatxFlags::empty());
    known.is_ok_and(|known| known.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

/// Writes `content` to the file at `path`, which could not be replaced. Nothing of it is changed before there is room
/// for all.
///
/// # Errors
///
/// Fails with the reason why it could not be replaced, if it cannot be written to either.
pub(super) fn overwrite(path: &Path, content: &[&Bytes], replacing: io::Error) -> io::Result<()> {
    let shown = path.display();
    let metadata = path.metadata()?;
    if metadata.mode() & 0o222 == 0 {
        // A process may have its pages mapped: a file that becomes shorter would end it.
        let reason = format!("it cannot be replaced ({replacing}), and is read-only");
        return Err(Refusal::new(reason, "store the dataset elsewhere").into());
    }
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let Ok(mut file) = OpenOptions::new().write(true).custom_flags(flags.bits() as i32).open(path) else {
        return Err(replacing);
    };
    let length = content.iter().map(|bytes| bytes.len() as u64).sum();
    if length > 0
        && let Err(errno @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) =
            fallocate(&file, FallocateFlags::KEEP_SIZE, 0, length)
    {
        return Err(errno.into());
    }
    tracing::warn!(
        "`{shown}` cannot be replaced as a whole ({replacing}), as it is with a file that is mounted by itself: it is \
         written in place, so that a reader, or a crash, may see half of it; mount its folder instead"
    );
    for bytes in content {
        file.write_all(bytes)?;
    }
    file.set_len(length)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_written_in_its_place_whole_and_to_its_end() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("x");
        fs::write(&path, "something longer").expect("a file");
        let inode = path.metadata().expect("a file").ino();
        let (one, two) = (Bytes::from_static(b"ne"), Bytes::from_static(b"w"));
        overwrite(&path, &[&one, &two], Errno::BUSY.into()).expect("written");
        assert_eq!(fs::read(&path).expect("a file"), b"new");
        assert_eq!(path.metadata().expect("a file").ino(), inode);
        overwrite(&path, &[], Errno::BUSY.into()).expect("written");
        assert_eq!(fs::read(&path).expect("a file"), b"");
    }

    #[test]
    fn a_file_that_somebody_may_have_mapped_is_not() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("x");
        fs::write(&path, "old").expect("a file");
        fs::set_permissions(&path, Permissions::from_mode(0o444)).expect("permissions");
        let error = overwrite(&path, &[&Bytes::from_static(b"new")], Errno::BUSY.into()).expect_err("read-only");
        assert!(error.to_string().contains("cannot be replaced"), "{error}");
        assert_eq!(fs::read(&path).expect("a file"), b"old");
    }

    #[test]
    fn only_a_mount_has_a_folder_that_others_may_not_write_to_left_out_of_account() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("x");
        fs::write(&path, "").expect("a file");
        assert!(is_in_the_way(&Errno::BUSY.into(), &path) && is_in_the_way(&Errno::XDEV.into(), &path));
        assert!(!is_in_the_way(&Errno::ACCESS.into(), &path) && !is_in_the_way(&Errno::NOSPC.into(), &path));
        assert!(is_in_the_way(&Errno::ROFS.into(), Path::new("/")), "a mount");
    }
}
