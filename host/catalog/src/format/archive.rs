//! `archive`: the archive itself, and behind it a footer that says what it is. No codec is faster than none.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;

use bytes::Bytes;
use object_store::PutPayload;
use wpipe_buffer::Buffer;
use wpipe_data::envelope::{FOOTER_SIZE, decode_footer, encode_footer};

use super::raw::pages;
use super::{Format, Identity, Refusal};
use crate::destination::Destination;
use crate::fault::Fault;
use crate::source::Source;

pub(super) const KIND: &str = "archive";

const WRITABLE_BY_ANYBODY: u32 = 0o222;

/// See the module.
#[derive(Debug)]
pub(super) struct Archive;

impl Format for Archive {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn schema(&self) -> Option<Identity> {
        None
    }

    fn load(&self, mut source: Source, expected: &Identity, to: &Destination) -> Result<Buffer, Refusal> {
        let (stored, length) = read_footer(&mut source)?;
        if let Some(mismatch) = stored.mismatch(expected) {
            return Err(Refusal::Schema(mismatch));
        }
        match source.into_file_if(|file| is_immutable(file).unwrap_or(false)) {
            Ok(file) => {
                let mapped = Buffer::from_immutable_file(file, length);
                Ok(mapped.map_err(|error| Fault::new(format!("it cannot be mapped: {error}")))?)
            }
            Err(source) => Ok(source.into_buffer(length, to)?),
        }
    }

    fn save(&self, buffer: &Buffer, schema: &Identity) -> Result<PutPayload, Fault> {
        let footer = encode_footer(buffer.len() as u64, &schema.name, schema.fingerprint);
        let footer = footer.map_err(|error| Fault::new(error.to_string()))?;
        Ok(PutPayload::from_iter([pages(buffer)?, Bytes::from(footer)]))
    }

    fn is_verbatim(&self) -> bool {
        true
    }

    fn read_only(&self) -> bool {
        true
    }
}

/// What the footer says the archive is, and its length in bytes.
fn read_footer(source: &mut Source) -> Result<(Identity, u64), Fault> {
    let length = source.size();
    let mut tail = [0; FOOTER_SIZE];
    let tail = source.read_tail(&mut tail)?;
    let footer = decode_footer(length, tail).map_err(|error| {
        Fault::new(error.to_string()).help("run the node that writes the dataset again, or correct its `type`")
    })?;
    Ok((Identity { name: footer.name, fingerprint: footer.fingerprint }, footer.length))
}

/// Whether nobody is expected to write to the file while it is mapped: it was published read-only, by this user. The
/// user can still change that by force; a page that is then cut off ends the process.
fn is_immutable(file: &File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    let own = metadata.uid() == rustix::process::geteuid().as_raw();
    Ok(own && metadata.mode() & WRITABLE_BY_ANYBODY == 0)
}
