//! Reads files that a user names whole, without waiting and without reading on for ever.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// Reads the file at `path`, which has at most `most` bytes.
///
/// # Errors
///
/// Fails if it cannot be read, is larger, or is no file: a pipe could be waited for for ever, and a device has no end.
pub fn read_file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open_file(path)?;
    let mut content = Vec::new();
    // One more byte shows if there is more.
    file.take(most.saturating_add(1)).read_to_end(&mut content)?;
    if content.len() as u64 > most {
        return Err(io::Error::other(format!("it is larger than {} MiB", most >> 20)));
    }
    Ok(content)
}

/// Opens the file at `path` to read it.
///
/// # Errors
///
/// Fails if it cannot be opened, or is no file.
pub fn open_file(path: &Path) -> io::Result<File> {
    let opened = OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits() as i32).open(path);
    let file = match opened {
        // A socket answers so.
        Err(_) if path.metadata().is_ok_and(|there| !there.is_file()) => {
            return Err(no_file(path.metadata()?.file_type()));
        }
        opened => opened?,
    };
    let kind = file.metadata()?.file_type();
    if kind.is_file() { Ok(file) } else { Err(no_file(kind)) }
}

fn no_file(kind: FileType) -> io::Error {
    let what = match kind {
        kind if kind.is_dir() => "a directory",
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    };
    io::Error::other(format!("it is {what}, and a file is expected"))
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, Mode, mkfifoat};

    use super::*;

    #[test]
    fn only_files_are_read_and_as_much_as_is_allowed() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("file"), [7; 1 << 20]).unwrap();
        assert_eq!(read_file(&at("file"), 1 << 20).unwrap().len(), 1 << 20);
        mkfifoat(CWD, at("pipe"), Mode::RUSR).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        let told = |path: &Path| read_file(path, (1 << 20) - 1).unwrap_err().to_string();
        assert_eq!(told(&at("file")), "it is larger than 0 MiB");
        assert_eq!(told(&at("pipe")), "it is a pipe, and a file is expected");
        assert_eq!(told(&at("socket")), "it is a socket, and a file is expected");
        assert_eq!(told(&at(".")), "it is a directory, and a file is expected");
        assert_eq!(told(Path::new("/dev/zero")), "it is a device, and a file is expected");
        assert!(told(&at("nothing")).contains("No such file"));
    }
}
