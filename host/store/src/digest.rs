//! Digests of contents, which find accidents: XXH3, as for archives in storage.

use twox_hash::XxHash3_128;

pub(crate) fn digest(bytes: &[u8]) -> u128 {
    XxHash3_128::oneshot(bytes)
}
