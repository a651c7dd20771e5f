//! `archive`: the archive itself, and behind it a footer with its schema. No codec is faster than none.
//!
//! The footer holds a digest of the archive (XXH3, 128 bits), which is checked before the content is used: an archive
//! is taken as it is, so a bit that the disk or the network has changed would be read as data. It finds accidents, not
//! forgers. With `verify = false` an archive is mapped without being read.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;

use bytes::Bytes;
use object_store::PutPayload;
use twox_hash::XxHash3_128;
use wpipe_buffer::Buffer;
use wpipe_data::envelope::{FOOTER_SIZE, Footer, decode_footer};

use super::raw::pages;
use super::{Checked, Format, Identity, Refusal};
use crate::destination::Destination;
use crate::fault::Fault;
use crate::options::Options;
use crate::source::Source;

pub(super) const KIND: &str = "archive";

const WRITABLE_BY_ANYBODY: u32 = 0o222;

/// The format `archive`.
#[derive(Debug)]
pub(super) struct Archive {
    verify: bool,
}

impl Archive {
    /// Opens the format. Options: `verify`.
    pub(super) fn open(options: &mut Options<'_>) -> Self {
        Self { verify: options.bool("verify").unwrap_or(true) }
    }
}

impl Format for Archive {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn schema(&self) -> Option<Identity> {
        None
    }

    fn load(&self, mut source: Source, expected: &Identity, to: &Destination) -> Result<Buffer, Refusal> {
        let footer = read_footer(&mut source)?;
        let stored = Identity { name: footer.name, fingerprint: footer.fingerprint };
        if let Some(mismatch) = stored.mismatch(expected) {
            return Err(Refusal::Schema(mismatch));
        }
        let buffer = into_buffer(source, footer.length, to)?;
        if let Some(digest) = footer.digest.filter(|_| self.verify) {
            check_digest(&buffer, digest)?;
        }
        Ok(buffer)
    }

    fn check(&self, mut source: Source, to: &Destination) -> Result<Checked, Fault> {
        let footer = read_footer(&mut source)?;
        let buffer = into_buffer(source, footer.length, to)?;
        match footer.digest {
            Some(digest) => check_digest(&buffer, digest).map(|()| Checked::Whole),
            None => Ok(Checked::WithoutDigest),
        }
    }

    fn save(&self, buffer: &Buffer, schema: &Identity) -> Result<PutPayload, Fault> {
        let pages = pages(buffer)?;
        let Identity { name, fingerprint } = schema.clone();
        let footer = Footer { length: buffer.len() as u64, name, fingerprint, digest: Some(digest_of(&pages)) };
        let footer = footer.encode().map_err(|error| Fault::new(error.to_string()))?;
        Ok(PutPayload::from_iter([pages, Bytes::from(footer)]))
    }

    fn is_verbatim(&self) -> bool {
        true
    }

    fn read_only(&self) -> bool {
        true
    }
}

fn read_footer(source: &mut Source) -> Result<Footer, Fault> {
    let length = source.size();
    let mut tail = [0; FOOTER_SIZE];
    let tail = source.read_tail(&mut tail)?;
    decode_footer(length, tail).map_err(|error| {
        Fault::new(error.to_string()).help("run the node that writes the dataset again, or correct its `type`")
    })
}

/// Returns the archive, mapped if that is safe.
fn into_buffer(source: Source, length: u64, to: &Destination) -> Result<Buffer, Fault> {
    match source.into_file_if(|file| is_immutable(file).unwrap_or(false)) {
        Ok(file) => Buffer::from_immutable_file(file, length)
            .map_err(|error| Fault::new(format!("it cannot be mapped: {error}"))),
        Err(source) => source.into_buffer(length, to),
    }
}

fn digest_of(bytes: &[u8]) -> u128 {
    XxHash3_128::oneshot(bytes)
}

fn check_digest(buffer: &Buffer, expected: u128) -> Result<(), Fault> {
    let found = digest_of(&pages(buffer)?);
    if found == expected {
        return Ok(());
    }
    Err(Fault::new(format!(
        "damaged: its content is not what was saved (its digest is {found:032x}, and the footer has {expected:032x})"
    ))
    .help("restore the file, or run the node that writes the dataset again; `verify = false` reads it as it is"))
}

/// Returns true if nobody is expected to write to the file while it is mapped: it was published read-only, by this
/// user. The user can still change that by force; a page that is then cut off ends the process.
fn is_immutable(file: &File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    let own = metadata.uid() == rustix::process::geteuid().as_raw();
    Ok(own && metadata.mode() & WRITABLE_BY_ANYBODY == 0)
}
