//! Bit maps as Arrow has them: bit `i` is bit `i % 8` of byte `i / 8`.

use core::fmt;
use core::ops::Range;

/// Returns the bit at `index`.
pub(super) fn get(bits: &[u8], index: usize) -> bool {
    bits[index / 8] >> (index % 8) & 1 == 1
}

/// Sets the bit at `index` to `value`.
pub(super) fn set(bits: &mut [u8], index: usize, value: bool) {
    let mask = 1 << (index % 8);
    if value {
        bits[index / 8] |= mask;
    } else {
        bits[index / 8] &= !mask;
    }
}

/// Returns the number of ones among the first `length` bits.
pub(super) fn count_ones(bits: &[u8], length: usize) -> usize {
    let (whole, rest) = (length / 8, length % 8);
    let mut count: usize = bits[..whole].iter().map(|byte| byte.count_ones() as usize).sum();
    if rest > 0 {
        count += (bits[whole] & ((1 << rest) - 1)).count_ones() as usize;
    }
    count
}

/// Sets the first `length` bits and clears the rest of the last byte.
pub(super) fn fill(bits: &mut [u8], length: usize) {
    bits.fill(0xff);
    if !length.is_multiple_of(8) {
        bits[length / 8] = (1 << (length % 8)) - 1;
    }
}

/// Clears all bits from `length` on.
pub(super) fn clear(bits: &mut [u8], length: usize) {
    bits[length.div_ceil(8)..].fill(0);
    if !length.is_multiple_of(8) {
        bits[length / 8] &= (1 << (length % 8)) - 1;
    }
}

/// Sets the bits of the range `to` to those of `source` from the one at `from` on.
fn copy(bits: &mut [u8], to: Range<usize>, source: &[u8], from: usize) {
    let mut at = to.start;
    // One by one up to a whole byte, and behind the last one.
    while at < to.end && !at.is_multiple_of(8) {
        set(bits, at, get(source, from + at - to.start));
        at += 1;
    }
    let (whole, first) = ((to.end - at) / 8, from + at - to.start);
    let (source_bytes, shift) = (&source[first / 8..], first % 8);
    let target = &mut bits[at / 8..][..whole];
    if shift == 0 {
        target.copy_from_slice(&source_bytes[..whole]);
    } else if whole > 0 {
        for (byte, pair) in target.iter_mut().zip(source_bytes[..=whole].windows(2)) {
            *byte = pair[0] >> shift | pair[1] << (8 - shift);
        }
    }
    for at in at + whole * 8..to.end {
        set(bits, at, get(source, from + at - to.start));
    }
}

/// The values of a bool column.
#[derive(Clone, Copy)]
pub struct BoolColumn<'t> {
    bits: &'t [u8],
    /// The first row's bit.
    start: usize,
    rows: usize,
}

impl<'t> BoolColumn<'t> {
    pub(super) fn new(bits: &'t [u8], rows: usize) -> Self {
        Self { bits, start: 0, rows }
    }

    /// Returns some of its rows.
    pub(super) fn part(self, rows: Range<usize>) -> Self {
        assert!(rows.end <= self.rows, "row {} of {}", rows.end, self.rows);
        Self { bits: self.bits, start: self.start + rows.start, rows: rows.len() }
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Returns true if the table has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Returns the value in a row.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    #[must_use]
    pub fn get(&self, row: usize) -> bool {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        get(self.bits, self.start + row)
    }

    /// Returns all values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = bool> + use<'t> {
        let column = *self;
        (self.start..self.start + self.rows).map(move |bit| get(column.bits, bit))
    }
}

impl fmt::Debug for BoolColumn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Bits that are being written: the values of a bool column, or a validity map.
#[derive(Debug)]
pub struct BitsMut<'c> {
    bits: &'c mut [u8],
    rows: usize,
}

impl<'c> BitsMut<'c> {
    pub(super) fn new(bits: &'c mut [u8], rows: usize) -> Self {
        Self { bits, rows }
    }

    /// Sets the bit of a row.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    pub fn set(&mut self, row: usize, value: bool) {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        set(self.bits, row, value);
    }

    /// Sets the bits of `rows`, from the first one, to those of `bits` from the one at `from` on.
    ///
    /// # Panics
    ///
    /// If there are not as many rows or bits, as indexing a slice does.
    pub fn copy_from(&mut self, rows: Range<usize>, bits: &[u8], from: usize) {
        assert!(rows.end <= self.rows, "row {} of {}", rows.end, self.rows);
        copy(self.bits, rows, bits, from);
    }

    /// Returns the bytes themselves: bit `i` is bit `i % 8` of byte `i / 8`; bits behind the last row do not count.
    pub fn bytes(&mut self) -> &mut [u8] {
        self.bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_start_at_the_least_significant_one() {
        let mut bits = [0; 2];
        set(&mut bits, 1, true);
        set(&mut bits, 8, true);
        assert_eq!(bits, [0b10, 0b1]);
        set(&mut bits, 1, false);
        assert_eq!(bits, [0, 0b1]);
    }

    #[test]
    fn bits_are_copied_from_and_to_any_place() {
        let source: Vec<u8> = (0..9_u8).map(|byte| byte.wrapping_mul(151) ^ 0x5a).collect();
        for (start, from, count) in triples_below(20, 24, 40) {
            for background in [0x00, 0xff] {
                let mut bits = [background; 9];
                copy(&mut bits, start..start + count, &source, from);
                for at in 0..bits.len() * 8 {
                    let expected = match (start..start + count).contains(&at) {
                        true => get(&source, from + at - start),
                        false => background == 0xff,
                    };
                    assert_eq!(get(&bits, at), expected, "{start} {from} {count}: {at}");
                }
            }
        }
    }

    /// All triples below these numbers.
    fn triples_below(first: usize, second: usize, third: usize) -> impl Iterator<Item = (usize, usize, usize)> {
        (0..first).flat_map(move |a| (0..second).flat_map(move |b| (0..third).map(move |c| (a, b, c))))
    }

    #[test]
    fn only_bits_of_rows_count() {
        assert_eq!(count_ones(&[0xff, 0xff], 11), 11);
        let mut bits = [0; 2];
        fill(&mut bits, 11);
        assert_eq!(bits, [0xff, 0b111]);
        fill(&mut bits, 16);
        assert_eq!(bits, [0xff, 0xff]);
    }
}
