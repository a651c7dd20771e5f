//! Random numbers that are the same on every machine: SplitMix64 (Steele, Lea and Flood, "Fast splittable
//! pseudorandom number generators", OOPSLA 2014).

/// A generator of random numbers.
pub(crate) struct Random(u64);

impl Random {
    /// The generator of one part of what a seed stands for.
    pub(crate) fn seeded(seed: u64, part: u64) -> Self {
        let mut random = Self(seed);
        // The parts' generators start at places that have nothing to do with each other.
        Self(random.next() ^ Self(part).next())
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number below `bound`, all of them as likely but for one part in 2⁶⁴.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// A number from 0 to 1, without 1: 53 bits.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number between `-most` and `most`, those near 0 likelier: the mean of three.
    pub(crate) fn around_zero(&mut self, most: f64) -> f64 {
        let sum = self.unit() + self.unit() + self.unit();
        (sum / 1.5 - 1.0) * most
    }

    /// Whether something happens that does so in such a share of cases.
    pub(crate) fn happens(&mut self, share: f64) -> bool {
        self.unit() < share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first values of the published reference implementation for the seed 1234567.
    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = Random(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn parts_differ_and_come_again() {
        let first = |seed, part| Random::seeded(seed, part).next();
        assert_eq!(first(7, 1), first(7, 1));
        assert_ne!(first(7, 1), first(7, 2));
        assert_ne!(first(7, 1), first(8, 1));
    }

    #[test]
    fn shares_are_what_they_say() {
        let mut random = Random::seeded(7, 0);
        let count = (0..10_000).filter(|_| random.happens(0.25)).count();
        assert!((2300..2700).contains(&count), "{count}");
        assert!(!random.happens(0.0));
    }
}
