//! Files and folders that only this user reads: journals and records contain parameters and messages of nodes.

use std::fs::{DirBuilder, File, Permissions, set_permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Makes a folder private, and creates it if there is none.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        // Sets and other programs keep their own folders in it.
        std::fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // It may be the folder of another user, who has let this one write to it.
            let _ = set_permissions(path, Permissions::from_mode(0o700));
            Ok(())
        }
        made => made,
    }
}

/// Makes a new, private file to write to, in place of one that is there.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    File::options().write(true).create_new(true).mode(0o600).open(path)
}
