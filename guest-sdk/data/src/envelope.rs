//! The footer that marks a file as a wpipe archive.
//!
//! The archive's bytes come first, so that a reader maps the file and attaches it from offset 0. Their description
//! follows in [`FOOTER_SIZE`] bytes, little-endian:
//!
//! ```text
//! archive bytes │ name, zero-padded │ fingerprint │ archive length │ name length │ digest │ checksum │ version │ magic
//!       …       │        128        │      8      │       8        │      4      │   16   │    8     │    4    │   8
//! ```
//!
//! Version and magic end every footer there will ever be, whatever stands before them. The digest is of the archive's
//! bytes; their holder computes and checks it. Footers of version 1 have none. The checksum is FNV-1a of the footer
//! without checksum, version and magic.
//!
//! ```
//! use wpipe_data::envelope::{FOOTER_SIZE, Footer, decode_footer};
//!
//! let mut file = b"an archive".to_vec();
//! let footer = Footer { length: 10, name: "Model".to_owned(), fingerprint: 42, digest: Some(0xd1ce) };
//! file.extend(footer.encode()?);
//!
//! let tail = &file[file.len() - FOOTER_SIZE..];
//! assert_eq!(decode_footer(file.len() as u64, tail)?, footer);
//! # Ok::<(), wpipe_data::envelope::EnvelopeError>(())
//! ```

use crate::MAX_NAME_LENGTH;
use crate::fingerprint::checksum;

/// The size of a footer, in bytes.
pub const FOOTER_SIZE: usize = MAGIC_AT + MAGIC.len();

/// The newest version of the footer.
pub const VERSION: u32 = 2;

/// The version of footers without a digest.
const WITHOUT_DIGEST: u32 = 1;

/// The size of a footer without a digest, in bytes.
const SIZE_WITHOUT_DIGEST: usize = FOOTER_SIZE - DIGEST_SIZE;

const DIGEST_SIZE: usize = size_of::<u128>();

const MAGIC: [u8; 8] = *b"WPIPEARC";

const FINGERPRINT_AT: usize = MAX_NAME_LENGTH;
const LENGTH_AT: usize = FINGERPRINT_AT + 8;
const NAME_LENGTH_AT: usize = LENGTH_AT + 8;
const DIGEST_AT: usize = NAME_LENGTH_AT + 4;
const CHECKSUM_AT: usize = DIGEST_AT + DIGEST_SIZE;
const VERSION_AT: usize = CHECKSUM_AT + 8;
const MAGIC_AT: usize = VERSION_AT + 4;

/// The description of the archive before a footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// The archive's length in bytes: the file's first bytes.
    pub length: u64,
    /// The schema's name.
    pub name: String,
    /// The schema's fingerprint.
    pub fingerprint: u64,
    /// The digest of the archive's bytes; `None` in footers of older versions of wpipe.
    pub digest: Option<u128>,
}

impl Footer {
    /// Returns the bytes of the footer, to be written right after the archive.
    ///
    /// # Errors
    ///
    /// Fails with [`EnvelopeError::NameTooLong`].
    pub fn encode(&self) -> Result<Vec<u8>, EnvelopeError> {
        let name = self.name.as_bytes();
        let name_length = match u32::try_from(name.len()) {
            Ok(name_length) if name.len() <= MAX_NAME_LENGTH => name_length,
            _ => return Err(EnvelopeError::NameTooLong { length: name.len() }),
        };
        let mut footer = Vec::with_capacity(FOOTER_SIZE);
        footer.extend_from_slice(name);
        footer.resize(MAX_NAME_LENGTH, 0);
        footer.extend_from_slice(&self.fingerprint.to_le_bytes());
        footer.extend_from_slice(&self.length.to_le_bytes());
        footer.extend_from_slice(&name_length.to_le_bytes());
        if let Some(digest) = self.digest {
            footer.extend_from_slice(&digest.to_le_bytes());
        }
        footer.extend_from_slice(&checksum(&footer).to_le_bytes());
        let version = if self.digest.is_some() { VERSION } else { WITHOUT_DIGEST };
        footer.extend_from_slice(&version.to_le_bytes());
        footer.extend_from_slice(&MAGIC);
        Ok(footer)
    }

    /// Returns the size of the footer itself, in bytes.
    pub fn size(&self) -> usize {
        if self.digest.is_some() { FOOTER_SIZE } else { SIZE_WITHOUT_DIGEST }
    }
}

/// The reason why a file's end is no footer, or cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// The file does not end as a wpipe archive does.
    #[error("not a wpipe archive, or one that was cut off: its last bytes are not the footer's")]
    NotAnArchive,
    /// There is a footer, but the file does not have the length that it gives.
    #[error("truncated: the footer tells of {expected} bytes, the file has {actual}")]
    Truncated {
        /// The file's size by its footer, in bytes.
        expected: u64,
        /// The file's size, in bytes.
        actual: u64,
    },
    /// The footer's checksum does not fit.
    #[error("damaged: the footer's checksum does not fit its content")]
    Damaged,
    /// A newer wpipe wrote the file.
    #[error("written by a newer version of wpipe: footer version {found}, the newest known here is {VERSION}")]
    NewerVersion {
        /// The footer's version.
        found: u32,
    },
    /// A schema's name has no room in the footer.
    #[error("the schema's name is {length} bytes long, at most {MAX_NAME_LENGTH} are allowed")]
    NameTooLong {
        /// The name's length in bytes.
        length: usize,
    },
}

/// Returns the footer of an archive of `length` bytes without a digest, as in version 1. It belongs right behind the
/// archive.
///
/// # Errors
///
/// Fails with [`EnvelopeError::NameTooLong`].
pub fn encode_footer(length: u64, name: &str, fingerprint: u64) -> Result<Vec<u8>, EnvelopeError> {
    Footer { length, name: name.to_owned(), fingerprint, digest: None }.encode()
}

/// Reads the footer of a file of `file_length` bytes from `tail`, its last [`FOOTER_SIZE`] bytes or more (or all
/// of a shorter file).
///
/// # Errors
///
/// Fails if `tail` does not end with a whole footer of a known version, or if the footer contradicts the file's length.
pub fn decode_footer(file_length: u64, tail: &[u8]) -> Result<Footer, EnvelopeError> {
    let Some((rest, _)) = tail.split_last_chunk::<8>().filter(|(_, magic)| **magic == MAGIC) else {
        return Err(EnvelopeError::NotAnArchive);
    };
    let (_, version) = rest.split_last_chunk::<4>().ok_or(EnvelopeError::NotAnArchive)?;
    let found = u32::from_le_bytes(*version);
    if found > VERSION {
        return Err(EnvelopeError::NewerVersion { found });
    }
    let has_digest = found != WITHOUT_DIGEST;
    let size = if has_digest { FOOTER_SIZE } else { SIZE_WITHOUT_DIGEST };
    let Some(start) = tail.len().checked_sub(size) else {
        return Err(EnvelopeError::Truncated { expected: size as u64, actual: tail.len() as u64 });
    };
    let footer = &tail[start..];
    let checked = size - (FOOTER_SIZE - CHECKSUM_AT);
    if found == 0 || checksum(&footer[..checked]) != word(footer, checked) {
        return Err(EnvelopeError::Damaged);
    }
    let length = word(footer, LENGTH_AT);
    let expected = length.saturating_add(size as u64);
    if expected != file_length {
        return Err(EnvelopeError::Truncated { expected, actual: file_length });
    }
    let half = |at| u128::from(word(footer, at));
    let digest = has_digest.then(|| half(DIGEST_AT) | half(DIGEST_AT + 8) << 64);
    Ok(Footer { length, name: name(footer)?, fingerprint: word(footer, FINGERPRINT_AT), digest })
}

fn word(footer: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&footer[at..at + 8]);
    u64::from_le_bytes(word)
}

fn name(footer: &[u8]) -> Result<String, EnvelopeError> {
    let mut length = [0; 4];
    length.copy_from_slice(&footer[NAME_LENGTH_AT..DIGEST_AT]);
    let length = u32::from_le_bytes(length) as usize;
    footer[..MAX_NAME_LENGTH]
        .get(..length)
        .and_then(|name| str::from_utf8(name).ok())
        .map(str::to_owned)
        .ok_or(EnvelopeError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: u128 = 0x0123_4567_89ab_cdef_0011_2233_4455_6677;

    fn footer() -> Footer {
        Footer { length: 100, name: "vec<f64>".to_owned(), fingerprint: 0xfeed, digest: Some(DIGEST) }
    }

    fn file() -> Vec<u8> {
        let mut file = vec![7; 100];
        file.extend(footer().encode().expect("the name is short"));
        file
    }

    fn decode(file: &[u8]) -> Result<Footer, EnvelopeError> {
        decode_footer(file.len() as u64, &file[file.len().saturating_sub(FOOTER_SIZE)..])
    }

    #[test]
    fn a_footer_is_read_as_it_was_written() {
        assert_eq!(decode(&file()), Ok(footer()));
        assert_eq!(file().len() - 100, FOOTER_SIZE);
    }

    #[test]
    fn a_footer_of_version_1_is_read_and_has_no_digest() {
        let mut file = vec![7; 100];
        file.extend(encode_footer(100, "vec<f64>", 0xfeed).expect("the name is short"));
        // Files looked so before footers had digests.
        assert_eq!((file.len(), file[file.len() - 12..][..4].to_vec()), (100 + 168, vec![1, 0, 0, 0]));
        let footer = Footer { length: 100, name: "vec<f64>".to_owned(), fingerprint: 0xfeed, digest: None };
        assert_eq!((decode(&file), footer.size()), (Ok(footer), 168));
        assert!(matches!(decode(&file[1..]), Err(EnvelopeError::Truncated { .. })));
        for index in 100..file.len() {
            let mut file = file.clone();
            file[index] ^= 0x40;
            assert!(decode(&file).is_err(), "byte {index}");
        }
    }

    #[test]
    fn another_file_is_not_an_archive() {
        assert_eq!(decode(b"a,b\n1,2\n"), Err(EnvelopeError::NotAnArchive));
        assert_eq!(decode(b""), Err(EnvelopeError::NotAnArchive));
        let file = file();
        assert_eq!(decode(&file[..file.len() - 1]), Err(EnvelopeError::NotAnArchive));
    }

    #[test]
    fn a_file_without_its_beginning_is_truncated() {
        let actual = (99 + FOOTER_SIZE) as u64;
        assert_eq!(decode(&file()[1..]), Err(EnvelopeError::Truncated { expected: actual + 1, actual }));
        let file = file();
        let end = &file[file.len() - 20..];
        assert!(matches!(decode(end), Err(EnvelopeError::Truncated { .. })));
    }

    #[test]
    fn a_newer_version_says_so() {
        let mut file = file();
        let at = file.len() - 12;
        file[at] = 9;
        assert_eq!(decode(&file), Err(EnvelopeError::NewerVersion { found: 9 }));
    }

    #[test]
    fn no_flipped_byte_of_a_footer_goes_unnoticed() {
        for index in 100..file().len() {
            let mut file = file();
            file[index] ^= 0x40;
            assert!(decode(&file).is_err(), "byte {index}");
        }
    }

    #[test]
    fn a_long_name_is_refused() {
        let name = "x".repeat(MAX_NAME_LENGTH + 1);
        assert_eq!(encode_footer(0, &name, 0), Err(EnvelopeError::NameTooLong { length: 129 }));
    }
}
