//! The parts of an object that have been fetched, of those that a load needs.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

use bytes::Bytes;

/// Parts that are no further apart are fetched as one: a request costs about as much as these bytes.
const NEAR: u64 = 256 << 10;

/// The parts of an object that have been fetched. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parts(BTreeMap<u64, Bytes>);

impl Parts {
    pub(crate) fn add(&mut self, start: u64, bytes: Bytes) {
        self.0.insert(start, bytes);
    }

    /// Returns the number of bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.values().map(|part| part.len() as u64).sum()
    }

    /// Returns the bytes from a position on, `most` or as many as there are; `None` if there are none.
    pub(crate) fn from(&self, position: u64, most: usize) -> Option<Bytes> {
        let found = self.slice(position, most);
        found.or_else(|| self.behind(position).max_by_key(Bytes::len).filter(|found| !found.is_empty()))
    }

    /// Returns so many bytes from a position on, if all are there.
    pub(crate) fn slice(&self, position: u64, length: usize) -> Option<Bytes> {
        self.behind(position).find(|found| found.len() >= length).map(|found| found.slice(..length))
    }

    /// Returns the bytes from a position on that each part has which begins before it.
    fn behind(&self, position: u64) -> impl Iterator<Item = Bytes> {
        let before = self.0.range(..=position).rev();
        before.filter_map(move |(start, part)| {
            let offset = usize::try_from(position - start).ok().filter(|offset| *offset <= part.len())?;
            Some(part.slice(offset..))
        })
    }

    /// Returns true if it has all bytes of a range.
    pub(crate) fn has(&self, range: &Range<u64>) -> bool {
        usize::try_from(range.end - range.start).is_ok_and(|length| self.slice(range.start, length).is_some())
    }

    /// Returns all `size` bytes of the object; those that were not fetched are zero.
    pub(crate) fn whole(&self, size: usize) -> io::Result<Bytes> {
        let mut whole = Vec::new();
        whole.try_reserve_exact(size)?;
        whole.resize(size, 0);
        for (start, part) in &self.0 {
            let places = usize::try_from(*start).ok().and_then(|start| whole.get_mut(start..start + part.len()));
            places.ok_or(io::ErrorKind::UnexpectedEof)?.copy_from_slice(part);
        }
        Ok(whole.into())
    }
}

/// Returns ranges in their order, with those that overlap or are near joined.
pub(crate) fn joined(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.retain(|range| range.start < range.end);
    ranges.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(NEAR) => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_found_within_one_part() {
        let mut parts = Parts::default();
        parts.add(10, Bytes::from_static(b"abc"));
        parts.add(20, Bytes::from_static(b"de"));
        assert_eq!(parts.slice(11, 2).as_deref(), Some(&b"bc"[..]));
        assert_eq!(parts.slice(20, 2).as_deref(), Some(&b"de"[..]));
        assert_eq!(
            [parts.slice(9, 2), parts.slice(12, 2), parts.slice(13, 1), parts.slice(30, 1)],
            [const { None }; 4]
        );
        assert_eq!(parts.from(12, 100).as_deref(), Some(&b"c"[..]));
        assert_eq!(parts.bytes(), 5);
        assert!(parts.has(&(10..13)) && !parts.has(&(10..14)));
        parts.add(12, Bytes::from_static(b"c"));
        assert!(parts.has(&(10..13)), "whatever else is there");
    }

    #[test]
    fn near_ranges_are_fetched_as_one() {
        let far = 2 * NEAR;
        assert_eq!(joined(vec![far + 10..far + 20, 0..5, 3..10, 7..8, 9..9]), [0..10, far + 10..far + 20]);
        let both = 0..6 + NEAR;
        assert_eq!(joined(vec![0..5, 5 + NEAR..6 + NEAR]), [both]);
    }
}
