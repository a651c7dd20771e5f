//! Random numbers that are the same on every machine: SplitMix64 (Steele, Lea and Flood, "Fast splittable
//! pseudorandom number generators", OOPSLA 2014).

/// A generator of random numbers.
pub(crate) struct Random(u64);

impl Random {
    /// The generator that a seed stands for.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number below `bound`, all of them as likely but for one part in 2⁶⁴.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// The numbers below `len` in random order (Fisher and Yates).
    pub(crate) fn permutation(&mut self, len: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..len).collect();
        for last in (1..len).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permutation_holds_each_number_once() {
        let mut order = Random::seeded(7).permutation(150);
        assert_ne!(order, (0..150).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..150).collect::<Vec<_>>());
    }

    #[test]
    fn the_seed_decides_the_order() {
        assert_eq!(Random::seeded(7).permutation(150), Random::seeded(7).permutation(150));
        assert_ne!(Random::seeded(7).permutation(150), Random::seeded(8).permutation(150));
    }

    #[test]
    fn nothing_can_be_permuted() {
        assert_eq!(Random::seeded(7).permutation(0), [0; 0]);
    }

    /// The first values of the published reference implementation for the seed 1234567.
    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = Random::seeded(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }
}
