//! How much memory a run may hold by default.

use std::fs;

/// What is taken where the system does not say how much memory there is, in bytes.
const FALLBACK: u64 = 2 << 30;

/// Half of the memory of this machine, or of the control group that the process is in, in bytes. The other half is for
/// what nodes allocate besides their inputs and outputs, and for everybody else.
pub fn default_memory() -> u64 {
    let machine = machine_memory().unwrap_or(2 * FALLBACK);
    group_memory().map_or(machine, |group| group.min(machine)) / 2
}

fn machine_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// The limit of this process's control group (version 2), if it has one.
fn group_memory() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    fs::read_to_string(format!("/sys/fs/cgroup/{group}/memory.max")).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_some_memory() {
        assert!(default_memory() >= 64 << 20);
    }
}
