//! The kind of a path: a file, or a stream that is read and written as it comes and never replaced.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FsWord, OFlags, major, minor, statfs};

use super::refusal::Refusal;

/// The most links in a row that are followed, as the system has it.
const MOST_LINKS: usize = 40;

/// The meaning of `path = "-"`: standard input for readers, and standard output for writers. Nothing else can have this
/// name, as the others there are numbers.
pub(crate) const STANDARD: &str = "/dev/fd/-";

/// File systems of which the kernel makes up every file, so that sizes say nothing: proc, sysfs, debugfs, tracefs,
/// securityfs, cgroup, cgroup2, bpf.
const MADE_UP: [FsWord; 8] =
    [0x9fa0, 0x6265_6572, 0x6462_6720, 0x7472_6163, 0x7363_6673, 0x0027_e0eb, 0x6367_7270, 0xcafe_4a11];
const PROC: FsWord = 0x9fa0;

/// The target of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The path behind all links, so that the file can be replaced and the links stay.
    pub(super) path: PathBuf,
    pub(super) nature: Nature,
}

/// The kind of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Nature {
    Nothing,
    File,
    Directory,
    /// A descriptor of this process: 0 is the standard input, and so on.
    Descriptor(u32),
    /// A descriptor that is not open.
    Closed(u32),
    Pipe,
    /// A file that the kernel makes up when it is read.
    MadeUp,
    /// `/dev/null`, `/dev/full` or a terminal: devices that are read and written like files.
    Plain,
    /// Another device.
    Device,
    Socket,
}

/// The direction of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// A load.
    Read,
    /// A save.
    Write,
}

impl Target {
    /// Returns the target of `path` for a reader or a writer.
    pub(crate) fn of(path: &Path, direction: Direction) -> io::Result<Self> {
        if path == Path::new(STANDARD) {
            let descriptor = if direction == Direction::Read { 0 } else { 1 };
            return Ok(Self { path: path.to_owned(), nature: Nature::of_descriptor(descriptor) });
        }
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            let metadata = match fs::symlink_metadata(&path) {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let nature = match own_descriptor(&path) {
                        Some(number) => Nature::Closed(number),
                        None if is_made_up(parent(&path)) => Nature::MadeUp,
                        None => Nature::Nothing,
                    };
                    return Ok(Self { path, nature });
                }
                Err(error) => return Err(error),
            };
            if !metadata.is_symlink() {
                let nature = Nature::of(&path, &metadata);
                return Ok(Self { path, nature });
            }
            if let Some(descriptor) = own_descriptor(&path) {
                return Ok(Self { path, nature: Nature::of_descriptor(descriptor) });
            }
            if is_in_proc(&path) {
                // Such as a descriptor of another process: it leads to the file and not to its name.
                let nature = match Nature::of(&path, &fs::metadata(&path)?) {
                    Nature::File => Nature::MadeUp,
                    nature => nature,
                };
                return Ok(Self { path, nature });
            }
            path = parent(&path).join(fs::read_link(&path)?);
        }
        Err(rustix::io::Errno::LOOP.into())
    }

    /// Returns true if it is read to its end, whatever its stated size, and written into.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.nature, Nature::Descriptor(_) | Nature::Pipe | Nature::MadeUp | Nature::Plain)
    }

    /// Returns the descriptor of this process that it is.
    pub(crate) fn descriptor(&self) -> Option<u32> {
        match self.nature {
            Nature::Descriptor(number) => Some(number),
            _ => None,
        }
    }

    /// Returns the identity of a pipe or a terminal, if it is one; `/dev/null` and files made up by the kernel suffice
    /// for all.
    pub(crate) fn stream(&self) -> Option<String> {
        let metadata = match self.nature {
            Nature::Descriptor(number) => fs::metadata(format!("/proc/self/fd/{number}")),
            Nature::Pipe => fs::metadata(&self.path),
            _ => return None,
        };
        let metadata = metadata.ok()?;
        let is_null = metadata.file_type().is_char_device() && major(metadata.rdev()) == 1;
        (!is_null).then(|| format!("{}:{}", metadata.dev(), metadata.ino()))
    }

    /// Fails if nobody can read from it, or write to it.
    pub(crate) fn check(&self, direction: Direction) -> Result<(), Refusal> {
        let reads = direction == Direction::Read;
        let what = match self.nature {
            Nature::Closed(number) => {
                let arrow = if reads { '<' } else { '>' };
                let help = format!("redirect it, in a shell by `{number}{arrow} file`");
                return Err(Refusal::new(format!("descriptor {number} is not open"), help));
            }
            Nature::Device => "it is a device",
            Nature::Socket => "it is a socket",
            Nature::MadeUp if !reads => "it is in a file system of the kernel's, such as `/proc`",
            _ => return Ok(()),
        };
        let help = match reads {
            true => "read from a file, from a pipe, or from standard input by `path = \"-\"`",
            false => "write to a file, to a pipe, to `/dev/null`, or to standard output by `path = \"-\"`",
        };
        Err(Refusal::new(what, help))
    }
}

impl Nature {
    /// Returns a descriptor of this process. In the place of a standard one that is closed, Rust opens `/dev/null` for
    /// reading and writing when the program begins, and everything written there would be lost.
    fn of_descriptor(number: u32) -> Self {
        let about = fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap_or_default();
        let flags = about.lines().find_map(|line| u32::from_str_radix(line.strip_prefix("flags:")?.trim(), 8).ok());
        let stands_in =
            number <= 2 && flags.is_some_and(|flags| OFlags::from_bits_retain(flags).contains(OFlags::RDWR));
        let is_null = || {
            let metadata = fs::metadata(format!("/proc/self/fd/{number}"));
            metadata.is_ok_and(|there| {
                there.file_type().is_char_device() && (major(there.rdev()), minor(there.rdev())) == NULL
            })
        };
        if stands_in && is_null() { Self::Closed(number) } else { Self::Descriptor(number) }
    }

    fn of(path: &Path, metadata: &Metadata) -> Self {
        match metadata.file_type() {
            kind if kind.is_dir() => Self::Directory,
            kind if kind.is_fifo() => Self::Pipe,
            kind if kind.is_socket() => Self::Socket,
            kind if kind.is_char_device() => match is_plain(metadata.rdev()) {
                true => Self::Plain,
                false => Self::Device,
            },
            kind if kind.is_block_device() => Self::Device,
            _ if is_made_up(path) => Self::MadeUp,
            _ => Self::File,
        }
    }
}

/// The numbers of `/dev/null`.
const NULL: (u32, u32) = (1, 3);

/// Returns true if a device is `/dev/null`, `/dev/full` or a terminal, by the numbers that Linux gives them.
fn is_plain(device: u64) -> bool {
    matches!((major(device), minor(device)), (1, 3 | 7) | (4, _) | (5, 0..=1) | (136..=143, _))
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) => Path::new("."),
        None => path,
    }
}

fn is_made_up(path: &Path) -> bool {
    statfs(path).is_ok_and(|system| MADE_UP.contains(&system.f_type))
}

fn is_in_proc(path: &Path) -> bool {
    statfs(parent(path)).is_ok_and(|system| system.f_type == PROC)
}

/// Returns the number of the descriptor of this process that a path in its `/proc/self/fd` names.
fn own_descriptor(path: &Path) -> Option<u32> {
    let number = path.file_name()?.to_str()?.parse().ok()?;
    if !is_in_proc(path) {
        return None;
    }
    let folder = fs::canonicalize(parent(path)).ok()?;
    let is_own = folder.ends_with("fd") && folder.starts_with(fs::canonicalize("/proc/self").ok()?);
    is_own.then_some(number)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::symlink;

    use rustix::fs::{CWD, Mode, mkfifoat};

    use super::*;

    fn nature(path: impl AsRef<Path>) -> Nature {
        Target::of(path.as_ref(), Direction::Write).expect("it can be looked at").nature
    }

    #[test]
    fn devices_pipes_and_what_the_kernel_makes_up_are_told_from_files() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |name: &str| directory.path().join(name);
        fs::write(at("file"), "").expect("a file");
        mkfifoat(CWD, at("pipe"), Mode::RUSR).expect("a pipe");
        let _listener = std::os::unix::net::UnixListener::bind(at("socket")).expect("a socket");
        let expected = [
            (at("nothing"), Nature::Nothing),
            (at("file"), Nature::File),
            (at("."), Nature::Directory),
            (at("pipe"), Nature::Pipe),
            (at("socket"), Nature::Socket),
            ("/dev/null".into(), Nature::Plain),
            ("/dev/full".into(), Nature::Plain),
            ("/dev/zero".into(), Nature::Device),
            ("/dev/urandom".into(), Nature::Device),
            ("/proc/self/status".into(), Nature::MadeUp),
            ("/proc/nothing".into(), Nature::MadeUp),
            ("/sys/nothing".into(), Nature::MadeUp),
            ("/proc/self/exe".into(), Nature::MadeUp),
            ("/dev/stdin".into(), Nature::Descriptor(0)),
            ("/dev/stdout".into(), Nature::Descriptor(1)),
            ("/dev/fd/2".into(), Nature::Descriptor(2)),
            ("/proc/self/fd/1".into(), Nature::Descriptor(1)),
            ("/dev/fd/987654".into(), Nature::Closed(987_654)),
            (STANDARD.into(), Nature::Descriptor(1)),
        ];
        for (path, nature) in expected {
            assert_eq!(self::nature(&path), nature, "{}", path.display());
        }
    }

    #[test]
    fn links_are_followed_to_what_is_meant_and_no_further_than_a_descriptor() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |name: &str| directory.path().join(name);
        let file = fs::File::create(at("file")).expect("a file");
        let descriptor = file.as_raw_fd();
        let target = PathBuf::from(format!("/proc/self/fd/{descriptor}"));
        for (target, link) in [(&target, "to_open"), (&at("file"), "to_file"), (&"to_file".into(), "to_link")] {
            symlink(target, at(link)).expect("a link");
        }
        symlink("/dev/null", at("to_null")).expect("a link");
        symlink("nowhere/x", at("broken")).expect("a link");
        symlink("round", at("round")).expect("a link");
        assert_eq!(nature(at("to_open")), Nature::Descriptor(descriptor as u32));
        let place = |name| Target::of(&at(name), Direction::Write).expect("it can be looked at");
        assert_eq!(place("to_link"), Target { path: at("file"), nature: Nature::File });
        assert_eq!(nature(at("to_null")), Nature::Plain);
        assert_eq!(place("broken"), Target { path: at("nowhere/x"), nature: Nature::Nothing });
        assert!(Target::of(&at("round"), Direction::Write).is_err());
    }
}
