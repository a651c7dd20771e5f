//! Writes files whole.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};

use super::error::BuildError;

/// Writes a file by renaming, so that a reader sees the old content or the new one. The caller holds the lock of the
/// directory, which makes the temporary name nobody else's.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<(), BuildError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".partial");
    let temporary = Path::new(&temporary);
    // The path may hold the rest of a killed build, or somebody's link: neither is written to.
    let _ = fs::remove_file(temporary);
    let made = OpenOptions::new().write(true).create_new(true).open(temporary);
    made.and_then(|mut file| file.write_all(content)).map_err(BuildError::io("write", temporary))?;
    fs::rename(temporary, path).map_err(BuildError::io("write", path))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_is_written_through_a_link() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::write(at("precious"), "precious").unwrap();
        for name in ["x.wasm", "x.wasm.partial"] {
            symlink(at("precious"), at(name)).unwrap();
        }
        write(&at("x.wasm"), b"component").unwrap();
        assert_eq!(
            (fs::read(at("x.wasm")).unwrap(), fs::read(at("precious")).unwrap()),
            (b"component".into(), b"precious".into())
        );
        assert!(!at("x.wasm").is_symlink());
    }
}
