//! A 64-bit digest of a layout, computed while compiling: 64-bit FNV-1a
//! (<http://www.isthe.com/chongo/tech/comp/fnv/>).
//!
//! It must be the same in a guest and in the host, whatever compiler built them. So it digests names and sizes that the
//! source fixes, never `type_name` or a `TypeId`.

/// The start of every fingerprint: two archives of one type differ when rkyv lays them out differently.
const FORMAT: &str = "rkyv 0.8, little-endian, aligned, 32-bit pointers";

/// FNV-1a's offset basis for 64 bits.
const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
/// FNV-1a's prime for 64 bits.
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// A digest under construction.
///
/// ```
/// use wpipe_data::Fingerprint;
///
/// const POINT: u64 = Fingerprint::new().text("struct").text("x").text("f64").finish();
/// const OTHER: u64 = Fingerprint::new().text("struct").text("y").text("f64").finish();
/// assert_ne!(POINT, OTHER);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Returns a digest of only the archive format's own name.
    #[must_use]
    pub const fn new() -> Self {
        Self(OFFSET_BASIS).text(FORMAT)
    }

    /// Adds a text and its length, so that `"ab", "c"` and `"a", "bc"` differ.
    #[must_use]
    pub const fn text(self, text: &str) -> Self {
        Self(fnv1a(self.word(text.len() as u64).0, text.as_bytes()))
    }

    /// Adds a number.
    #[must_use]
    pub const fn word(self, word: u64) -> Self {
        Self(fnv1a(self.0, &word.to_le_bytes()))
    }

    /// Adds the size and alignment of an archived type, in bytes.
    #[must_use]
    pub const fn size_of<T>(self) -> Self {
        self.word(size_of::<T>() as u64).word(align_of::<T>() as u64)
    }

    /// Returns the digest.
    #[must_use]
    pub const fn finish(self) -> u64 {
        self.0
    }
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the plain FNV-1a checksum of some bytes.
pub(crate) const fn checksum(bytes: &[u8]) -> u64 {
    fnv1a(OFFSET_BASIS, bytes)
}

const fn fnv1a(mut state: u64, bytes: &[u8]) -> u64 {
    let mut index = 0;
    while index < bytes.len() {
        state = (state ^ bytes[index] as u64).wrapping_mul(PRIME);
        index += 1;
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_fnv1a() {
        // Test vectors of the authors' reference code.
        assert_eq!(checksum(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(checksum(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(checksum(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn texts_do_not_run_into_each_other() {
        let one = Fingerprint::new().text("ab").text("c").finish();
        let other = Fingerprint::new().text("a").text("bc").finish();
        assert_ne!(one, other);
    }
}
