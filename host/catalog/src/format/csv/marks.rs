//! Finding the ends of fields and lines, 64 bytes at a time.

use wide::u8x16;

/// The number of bytes that are examined at once: one bit of a word for each.
const BLOCK: usize = 64;
const LANE: usize = 16;

/// The positions of delimiters and line breaks, in order.
#[derive(Debug, Clone)]
pub(super) struct Marks<'t> {
    bytes: &'t [u8],
    delimiter: u8,
    /// The start of the current block.
    block: usize,
    /// The remaining marks of it.
    bits: u64,
}

impl<'t> Marks<'t> {
    /// Creates the marks from a position on.
    pub(super) fn new(bytes: &'t [u8], delimiter: u8, from: usize) -> Self {
        let mut marks = Self { bytes, delimiter, block: 0, bits: 0 };
        marks.go_to(from);
        marks
    }

    /// Goes on, or back, to a position.
    pub(super) fn go_to(&mut self, position: usize) {
        self.block = position;
        self.bits = self.find();
    }

    /// Leaves out the marks before a position that is further on.
    pub(super) fn skip_to(&mut self, position: usize) {
        match position - self.block {
            ahead if ahead < BLOCK => self.bits &= u64::MAX << ahead,
            _ => self.go_to(position),
        }
    }

    /// Returns the next one, or the end of the bytes.
    #[inline]
    pub(super) fn next(&mut self) -> usize {
        while self.bits == 0 {
            if self.block + BLOCK >= self.bytes.len() {
                return self.bytes.len();
            }
            self.block += BLOCK;
            self.bits = self.find();
        }
        let at = self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        self.block + at
    }

    /// Returns the marks of the current block.
    #[inline]
    fn find(&self) -> u64 {
        let rest = self.bytes.get(self.block..).unwrap_or_default();
        let Some(block) = rest.first_chunk::<BLOCK>() else {
            let is_mark = |byte: u8| byte == self.delimiter || byte == b'\n' || byte == b'\r';
            return rest.iter().enumerate().fold(0, |bits, (at, byte)| bits | u64::from(is_mark(*byte)) << at);
        };
        let [delimiter, line_feed, carriage_return] = [self.delimiter, b'\n', b'\r'].map(u8x16::splat);
        let mut bits = 0;
        for (at, lane) in block.chunks_exact(LANE).enumerate() {
            let mut bytes = [0; LANE];
            bytes.copy_from_slice(lane);
            let lane = u8x16::new(bytes);
            let marks = lane.simd_eq(delimiter) | lane.simd_eq(line_feed) | lane.simd_eq(carriage_return);
            bits |= u64::from(marks.to_bitmask()) << (at * LANE);
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_mark_is_found_once(text in "[a,;\n\r\"]{0,300}", from in any::<prop::sample::Index>(), skip in 0_usize..200) {
            let bytes = text.as_bytes();
            let from = from.index(bytes.len() + 1);
            let expected = |from: usize| {
                let marks = (from..bytes.len()).filter(|at| matches!(bytes[*at], b',' | b'\n' | b'\r'));
                marks.collect::<Vec<_>>()
            };
            let found = |marks: &mut Marks<'_>| {
                std::iter::from_fn(|| Some(marks.next()).filter(|at| *at < bytes.len())).collect::<Vec<_>>()
            };
            prop_assert_eq!(found(&mut Marks::new(bytes, b',', from)), expected(from));
            let mut marks = Marks::new(bytes, b',', from);
            let skipped = (from + skip).min(bytes.len());
            marks.skip_to(skipped);
            prop_assert_eq!(found(&mut marks), expected(skipped));
        }
    }
}
