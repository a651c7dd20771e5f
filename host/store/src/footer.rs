//! The footer of an object: whole pages behind those of the content, so that a window shows none of it.
//!
//! ```text
//! content, zeros to the end of the page │ description (JSON), zeros │ trailer
//! ```
//!
//! The trailer ends the file, 64 bytes, little-endian:
//!
//! ```text
//! length of the content │ of the description │ format │ checksum │ digest of the content │ its checksum │ magic
//!           8           │          4         │    4   │    16    │           16          │       8      │   8
//! ```
//!
//! The checksum is of the description and the first 16 bytes. The digest is written once the object is published, so
//! that nobody waits for it; its checksum is 0 until then.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::digest::digest;
use crate::{ObjectDescription, StoreError};

/// The format of objects that this version writes, and the newest that it reads.
const FORMAT: u32 = 1;
const MAGIC: [u8; 8] = *b"WPSTORE\n";
const TRAILER: usize = 64;
const CHECKED: usize = 16;
const DIGEST_AT: usize = 32;
const MAGIC_AT: usize = TRAILER - MAGIC.len();
/// The most bytes of a description; ids of partitions have at most 1 KiB.
const MOST: usize = 1 << 20;

/// What the footer of an object says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Footer {
    /// The length of the content.
    pub(crate) length: u64,
    pub(crate) description: ObjectDescription,
    /// The digest of the content, if it was written.
    pub(crate) digest: Option<u128>,
}

impl Footer {
    /// Returns the place of the footer in the file, and its bytes.
    pub(crate) fn encode(&self) -> Result<(u64, Vec<u8>), StoreError> {
        let json = serde_json::to_vec(&self.description)
            .ok()
            .filter(|json| json.len() <= MOST)
            .ok_or_else(|| StoreError::Names { dataset: self.description.dataset.clone() })?;
        let mut trailer = [0; TRAILER];
        trailer[..8].copy_from_slice(&self.length.to_le_bytes());
        trailer[8..12].copy_from_slice(&(json.len() as u32).to_le_bytes());
        trailer[12..16].copy_from_slice(&FORMAT.to_le_bytes());
        let checksum = checksum(&trailer, &json);
        trailer[CHECKED..DIGEST_AT].copy_from_slice(&checksum.to_le_bytes());
        trailer[DIGEST_AT..MAGIC_AT].copy_from_slice(&sealed(self.digest));
        trailer[MAGIC_AT..].copy_from_slice(&MAGIC);
        let (start, size) = (whole_pages(self.length), footer_size(json.len()));
        let mut bytes = json;
        bytes.resize(size - TRAILER, 0);
        bytes.extend_from_slice(&trailer);
        Ok((start, bytes))
    }

    /// Reads the footer of a file of `size` bytes; a text says what is wrong with it.
    pub(crate) fn read(file: &File, size: u64) -> io::Result<Result<Self, String>> {
        let mut trailer = [0; TRAILER];
        let Some(at) = size.checked_sub(TRAILER as u64) else {
            return Ok(Err(format!("it has {size} bytes: it was cut off")));
        };
        file.read_exact_at(&mut trailer, at)?;
        let bad = |what: &str| Ok(Err(what.to_owned()));
        if trailer[MAGIC_AT..] != MAGIC {
            return bad("its last bytes are not those of an object: it was cut off, or is no object");
        }
        let format = u32::from_le_bytes(part(&trailer, 12));
        if format > FORMAT {
            return Ok(Err(format!(
                "a newer wpipe has written it: its format is {format}, {FORMAT} is the newest here"
            )));
        }
        let (length, json) = (u64::from_le_bytes(part(&trailer, 0)), u32::from_le_bytes(part(&trailer, 8)) as usize);
        if json > MOST || length > size || size != whole_pages(length) + footer_size(json) as u64 {
            return Ok(Err(format!("it has {size} bytes, and its footer tells of {length} in front of it")));
        }
        let mut text = vec![0; json];
        file.read_exact_at(&mut text, whole_pages(length))?;
        if checksum(&trailer, &text) != u128::from_le_bytes(part(&trailer, CHECKED)) {
            return bad("the checksum of its footer does not fit");
        }
        let Ok(description) = serde_json::from_slice(&text) else {
            return bad("its footer cannot be read");
        };
        let digest = u128::from_le_bytes(part(&trailer, DIGEST_AT));
        let is_sealed = sealed(Some(digest)) == trailer[DIGEST_AT..MAGIC_AT];
        Ok(Ok(Self { length, description, digest: is_sealed.then_some(digest) }))
    }

    /// Writes the digest of the content of a published file.
    pub(crate) fn seal(file: &File, digest: u128) -> io::Result<()> {
        let size = file.metadata()?.len();
        file.write_all_at(&sealed(Some(digest)), size - (TRAILER - DIGEST_AT) as u64)
    }
}

/// Returns the bytes of an object that is this long and has such a description.
pub(crate) fn object_size(length: u64, footer: &[u8]) -> u64 {
    whole_pages(length) + footer.len() as u64
}

fn footer_size(json: usize) -> usize {
    (json + TRAILER).next_multiple_of(rustix::param::page_size())
}

fn whole_pages(length: u64) -> u64 {
    length.next_multiple_of(rustix::param::page_size() as u64)
}

fn checksum(trailer: &[u8; TRAILER], json: &[u8]) -> u128 {
    digest(&[&trailer[..CHECKED], json].concat())
}

/// Returns a digest and its checksum as they are in a trailer.
fn sealed(of: Option<u128>) -> [u8; MAGIC_AT - DIGEST_AT] {
    let mut bytes = [0; MAGIC_AT - DIGEST_AT];
    if let Some(of) = of {
        bytes[..16].copy_from_slice(&of.to_le_bytes());
        let own = digest(&of.to_le_bytes()).to_le_bytes();
        bytes[16..].copy_from_slice(&own[..8]);
    }
    bytes
}

fn part<const N: usize>(trailer: &[u8; TRAILER], at: usize) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&trailer[at..at + N]);
    bytes
}
