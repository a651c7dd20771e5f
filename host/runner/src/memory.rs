//! The default limits on the memory of a run.

use wpipe_buffer::memory_limit;

/// The memory in bytes that is assumed where the system does not say.
const FALLBACK: u64 = 4 << 30;

/// Returns half of the memory of this machine, or of the control group of the process, in bytes. The other half is for
/// allocations of nodes besides their inputs and outputs, and for other processes.
pub fn default_memory() -> u64 {
    memory_limit().unwrap_or(FALLBACK) / 2
}

/// Returns three quarters of the memory of this machine, or of the control group of the process, in bytes. Few calls
/// take as much as they may.
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
