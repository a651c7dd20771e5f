//! The ranges of linear memory that no window takes at the moment. They are used again, since memory never shrinks.

use std::ops::Range;

/// Free ranges in bytes, ascending, disjoint and not touching.
#[derive(Debug, Default)]
pub(crate) struct Ranges(Vec<Range<u64>>);

impl Ranges {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Takes the lowest `len` bytes that start at a multiple of `alignment` and end at or before `limit`.
    pub(crate) fn take(&mut self, len: u64, alignment: u64, limit: u64) -> Option<u64> {
        let fit = |range: &Range<u64>| {
            let start = range.start.next_multiple_of(alignment);
            (start + len <= range.end.min(limit)).then_some(start)
        };
        let (index, start) = self.0.iter().enumerate().find_map(|(index, range)| Some((index, fit(range)?)))?;
        let range = self.0.remove(index);
        self.give(range.start..start);
        self.give(start + len..range.end);
        Some(start)
    }

    /// Adds a range, which is free from then on.
    pub(crate) fn give(&mut self, mut range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        let from = self.0.partition_point(|other| other.end < range.start);
        let to = self.0.partition_point(|other| other.start <= range.end);
        if let Some(touching) = self.0.get(from..to).filter(|touching| !touching.is_empty()) {
            range = range.start.min(touching[0].start)..range.end.max(touching[touching.len() - 1].end);
        }
        self.0.splice(from..to, [range]);
    }

    /// Takes the range that starts at `start`, if it has `len` bytes: a window extends so into free memory.
    pub(crate) fn take_at(&mut self, start: u64, len: u64) -> bool {
        let Some(index) = self.0.iter().position(|range| range.start == start && range.end - start >= len) else {
            return false;
        };
        let range = self.0.remove(index);
        self.give(start + len..range.end);
        true
    }

    /// Returns the start of the free range that ends at `end`, or else `end` itself.
    pub(crate) fn trailing(&self, end: u64) -> u64 {
        self.0.last().filter(|range| range.end == end).map_or(end, |range| range.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_used_again() {
        let mut free = Ranges::new();
        free.give(10..30);
        assert_eq!(free.take(10, 1, u64::MAX), Some(10));
        assert_eq!(free.take(20, 1, u64::MAX), None);
        assert_eq!(free.take(10, 1, 29), None);
        assert_eq!(free.take(10, 1, 30), Some(20));
        assert_eq!(free.take(1, 1, u64::MAX), None);
    }

    #[test]
    fn what_alignment_leaves_over_stays_free() {
        let mut free = Ranges::new();
        free.give(3..40);
        assert_eq!(free.take(8, 16, u64::MAX), Some(16));
        assert_eq!(free.0, [3..16, 24..40]);
    }

    #[test]
    fn neighbours_become_one() {
        let mut free = Ranges::new();
        for range in [10..20, 40..50, 0..5, 20..40, 7..7] {
            free.give(range);
        }
        assert_eq!(free.0, [0..5, 10..50]);
        assert_eq!(free.trailing(50), 10);
        assert_eq!(free.trailing(60), 60);
    }

    #[test]
    fn a_window_extends_into_the_free_range_behind_it() {
        let mut free = Ranges::new();
        free.give(10..20);
        assert!(!free.take_at(11, 1));
        assert!(!free.take_at(10, 11));
        assert!(free.take_at(10, 4));
        assert_eq!((free.0.len(), free.trailing(20)), (1, 14));
    }
}
