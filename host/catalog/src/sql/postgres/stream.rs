//! The binary form of `COPY` (<https://www.postgresql.org/docs/current/sql-copy.html>, "Binary Format").

use std::ops::Range;

use bytes::Bytes;

/// The beginning of a stream.
pub(super) const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
/// The end of a stream: a number of fields that no row has.
pub(super) const END: [u8; 2] = (-1_i16).to_be_bytes();
/// The length of a value that is missing.
pub(super) const MISSING: [u8; 4] = (-1_i32).to_be_bytes();

/// A reader that takes rows out of a stream, which comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// The received part of a row that is not whole yet.
    rest: Vec<u8>,
    has_begun: bool,
    has_ended: bool,
    fields: Vec<Option<Range<usize>>>,
}

/// The fields of a row; `None` if a value is missing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'r> {
    bytes: &'r [u8],
    fields: &'r [Option<Range<usize>>],
}

impl<'r> Row<'r> {
    pub(super) fn get(&self, at: usize) -> Option<&'r [u8]> {
        self.fields.get(at)?.clone().map(|range| &self.bytes[range])
    }
}

impl Reader {
    /// Calls `each` with every row that is whole. Fails with [`Malformed`] if the stream is none.
    pub(super) fn take<E: From<Malformed>>(
        &mut self,
        piece: &Bytes,
        mut each: impl FnMut(Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut kept = std::mem::take(&mut self.rest);
        let bytes: &[u8] = if kept.is_empty() {
            piece
        } else {
            kept.extend_from_slice(piece);
            &kept
        };
        let mut at = 0;
        if !self.has_begun {
            match header(bytes)? {
                Some(length) => (at, self.has_begun) = (length, true),
                None => {
                    self.rest = bytes.to_vec();
                    return Ok(());
                }
            }
        }
        while !self.has_ended && at < bytes.len() {
            match self.row(bytes, at)? {
                Some(end) if !self.has_ended => {
                    each(Row { bytes, fields: &self.fields })?;
                    at = end;
                }
                Some(end) => at = end,
                None => break,
            }
        }
        self.rest = bytes[at..].to_vec();
        Ok(())
    }

    /// Returns true if the stream has come to its end.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Finds the fields of the row at `at`, and its end; `None` if it is not whole.
    fn row(&mut self, bytes: &[u8], at: usize) -> Result<Option<usize>, Malformed> {
        self.fields.clear();
        let Some(count) = bytes.get(at..at + 2) else { return Ok(None) };
        let count = i16::from_be_bytes([count[0], count[1]]);
        if count == -1 {
            self.has_ended = true;
            return Ok(Some(at + 2));
        }
        let mut at = at + 2;
        for _ in 0..count {
            let Some(length) = bytes.get(at..at + 4) else { return Ok(None) };
            let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
            at += 4;
            match usize::try_from(length) {
                Err(_) if length == -1 => self.fields.push(None),
                Err(_) => return Err(Malformed),
                Ok(length) => {
                    if bytes.len() - at < length {
                        return Ok(None);
                    }
                    self.fields.push(Some(at..at + length));
                    at += length;
                }
            }
        }
        Ok(Some(at))
    }
}

/// Returns the length of the header; `None` if it is not whole.
fn header(bytes: &[u8]) -> Result<Option<usize>, Malformed> {
    let fixed = SIGNATURE.len() + 8;
    if bytes.len() < fixed {
        return Ok(None);
    }
    let extension: [u8; 4] = bytes[fixed - 4..fixed].try_into().map_err(|_| Malformed)?;
    let length = fixed + usize::try_from(u32::from_be_bytes(extension)).map_err(|_| Malformed)?;
    if !bytes.starts_with(SIGNATURE) {
        return Err(Malformed);
    }
    Ok((bytes.len() >= length).then_some(length))
}

/// The error that the stream is no `COPY` in its binary form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_whole_however_they_are_cut() {
        let mut stream = SIGNATURE.to_vec();
        stream.extend([0; 8]);
        for text in ["a", "", "long"] {
            stream.extend(2_i16.to_be_bytes());
            stream.extend((text.len() as i32).to_be_bytes());
            stream.extend(text.as_bytes());
            stream.extend(MISSING);
        }
        stream.extend(END);
        for size in 1..=stream.len() {
            let mut reader = Reader::default();
            let mut rows = Vec::new();
            for piece in stream.chunks(size) {
                let piece = Bytes::copy_from_slice(piece);
                let read = reader.take::<Malformed>(&piece, |row| {
                    assert_eq!(row.get(1), None);
                    rows.push(row.get(0).expect("a text").to_vec());
                    Ok(())
                });
                assert_eq!(read, Ok(()));
            }
            assert!(reader.has_ended());
            assert_eq!(rows, [b"a".to_vec(), b"".to_vec(), b"long".to_vec()], "pieces of {size} bytes");
        }
    }
}
