//! How much memory a run may hold by default.

use wpipe_buffer::memory_limit;

/// How much memory is taken to be there where the system does not say, in bytes.
const FALLBACK: u64 = 4 << 30;

/// Half of the memory of this machine, or of the control group that the process is in, in bytes. The other half is for
/// what nodes allocate besides their inputs and outputs, and for everybody else.
pub fn default_memory() -> u64 {
    memory_limit().unwrap_or(FALLBACK) / 2
}

/// Three quarters of the memory of this machine, or of the control group that the process is in, in bytes. Few calls take
/// what they may.
pub fn default_node_memory() -> u64 {
    memory_limit().unwrap_or(FALLBACK) / 4 * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_half_of_what_there_is() {
        assert!(default_memory() >= 32 << 20);
        assert!(memory_limit().is_none_or(|bytes| default_memory() <= bytes / 2));
    }
}
