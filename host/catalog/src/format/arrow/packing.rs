//! Buffers as a file has them: plain, or each compressed by itself behind its length.

use std::io::Read;
use std::ops::Range;

use super::messages::PREFIX;
use crate::format::stored::Stored;
use crate::table::Unfit;

/// The way in which buffers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Lz4,
    Zstd,
}

impl Packing {
    /// Fills `into` with a buffer's bytes from `from` on.
    pub(super) fn read(self, stored: &Stored, place: &Range<u64>, from: u64, into: &mut [u8]) -> Result<(), Unfit> {
        let of_plain = |start: u64, into: &mut [u8]| {
            let start = start.checked_add(from).ok_or(Unfit::Misstated)?;
            if start.checked_add(into.len() as u64).is_none_or(|end| end > place.end) {
                return Err(Unfit::Misstated);
            }
            stored.read_at(start, into).map_err(|_| Unfit::Misstated)
        };
        if self == Self::Plain || into.is_empty() {
            return of_plain(place.start, into);
        }
        match unpacked_length(stored, place)? {
            None => of_plain(place.start + PREFIX as u64, into),
            Some(length) if from == 0 && length == into.len() => {
                let packed = stored.slice(place.start, self::length(place)?).map_err(|_| Unfit::Misstated)?;
                self.unpack(&packed[PREFIX..], into)
            }
            // It has more bytes than are wanted.
            Some(_) => Err(Unfit::Misstated),
        }
    }

    fn unpack(self, packed: &[u8], into: &mut [u8]) -> Result<(), Unfit> {
        let unpacked = match self {
            Self::Zstd => zstd::bulk::decompress_to_buffer(packed, into),
            _ => lz4_flex::frame::FrameDecoder::new(packed).read_exact(into).map(|()| into.len()),
        };
        if unpacked.ok() == Some(into.len()) { Ok(()) } else { Err(Unfit::Misstated) }
    }
}

/// Returns the length that a packed buffer says to unpack to; `None` if it is not packed.
pub(super) fn unpacked_length(stored: &Stored, place: &Range<u64>) -> Result<Option<usize>, Unfit> {
    let mut prefix = [0; PREFIX];
    if length(place)? < PREFIX {
        return Err(Unfit::Misstated);
    }
    stored.read_at(place.start, &mut prefix).map_err(|_| Unfit::Misstated)?;
    match i64::from_le_bytes(prefix) {
        -1 => Ok(None),
        length => usize::try_from(length).map(Some).map_err(|_| Unfit::Misstated),
    }
}

pub(super) fn length(place: &Range<u64>) -> Result<usize, Unfit> {
    usize::try_from(place.end - place.start).map_err(|_| Unfit::Misstated)
}
