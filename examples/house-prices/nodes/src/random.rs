//! Random cells that are the same on every machine, each by itself: SplitMix64 (Steele, Lea and Flood, "Fast splittable
//! pseudorandom number generators", OOPSLA 2014), whose n-th number needs none of those before it.

/// The step of the generator's state.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The numbers of one column, by row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream {
    start: u64,
}

impl Stream {
    /// Returns one of the streams that belong to a seed. They begin at places that have nothing to do with each other.
    pub(crate) fn of(seed: u64, part: u64) -> Self {
        Self { start: mix(seed.wrapping_add(STEP)) ^ mix(part.wrapping_add(STEP)) }
    }

    /// Returns a number below `bound`, which has at most 32 bits, for a row.
    pub(crate) fn below(self, row: usize, bound: u64) -> u64 {
        let bits = mix(self.start.wrapping_add((row as u64).wrapping_add(1).wrapping_mul(STEP)));
        ((bits >> 32) * bound) >> 32
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first values of the published reference implementation for the seed 1234567.
    #[test]
    fn the_generator_is_the_published_one() {
        let stream = Stream { start: 1_234_567 };
        let expected = [6_457_827_717_110_365_317_u64, 3_203_168_211_198_807_973];
        assert_eq!([0, 1].map(|row| stream.below(row, 1 << 32)), expected.map(|bits| bits >> 32));
    }

    #[test]
    fn streams_differ_and_come_again() {
        let first = |seed, part| Stream::of(seed, part).below(0, 1 << 32);
        assert_eq!(first(7, 1), first(7, 1));
        assert_ne!(first(7, 1), first(7, 2));
        assert_ne!(first(7, 1), first(8, 1));
    }
}
