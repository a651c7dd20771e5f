//! The memory limit of this process.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Returns the bytes of memory that this process may use: the least of the machine's memory and the limits of the
/// control groups around the process. `None` if the system does not say. The system is asked
/// once: an embedding program runs often.
pub fn memory_limit() -> Option<u64> {
    static LIMIT: OnceLock<Option<u64>> = OnceLock::new();
    *LIMIT.get_or_init(ask)
}

fn ask() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let allowed = group_limit(Path::new("/sys/fs/cgroup"), &groups);
    [machine_memory(), allowed].into_iter().flatten().min()
}

#[cfg(target_os = "linux")]
fn machine_memory() -> Option<u64> {
    let system = rustix::system::sysinfo();
    Some((system.totalram as u64).saturating_mul(system.mem_unit.into()))
}

#[cfg(not(target_os = "linux"))]
fn machine_memory() -> Option<u64> {
    None
}

/// Returns the least limit of the control groups that `groups` (`/proc/self/cgroup`) names and of all around them. In a
/// container the names may be those of the outside, which do not exist inside: its own group is at the root then.
fn group_limit(root: &Path, groups: &str) -> Option<u64> {
    groups.lines().filter_map(|line| limit_of_line(root, line)).min()
}

/// Returns the limit of a line: `0::/path` (version 2), or `number:controllers:/path` (version 1).
fn limit_of_line(root: &Path, line: &str) -> Option<u64> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, path) = (parts.next()?, parts.next()?.trim_start_matches('/'));
    let (roots, file) = if controllers.is_empty() {
        // Beside version 1 it is mounted at `unified`.
        (vec![root.to_owned(), root.join("unified")], "memory.max")
    } else if controllers.split(',').any(|controller| controller == "memory") {
        (vec![root.join("memory"), root.join(controllers)], "memory.limit_in_bytes")
    } else {
        return None;
    };
    let limits = roots.iter().flat_map(|root| levels(root, Path::new(path))).map(|level| level.join(file));
    // Without a limit the file holds no number (`max`), or one above all memory.
    limits.filter_map(|file| fs::read_to_string(file).ok()?.trim().parse::<u64>().ok()).min()
}

/// Returns the group and all around it, up to the root.
fn levels(root: &Path, group: &Path) -> Vec<PathBuf> {
    group.ancestors().map(|level| root.join(level)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn the_least_limit_of_all_groups_around_counts() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let limit = |groups| group_limit(root, groups);
        assert_eq!(limit("0::/a/b/c\n"), None);
        write(root, "a/b/c/memory.max", "max\n");
        assert_eq!(limit("0::/a/b/c\n"), None);
        write(root, "a/memory.max", "3000\n");
        write(root, "a/b/memory.max", "4000\n");
        assert_eq!(limit("0::/a/b/c\n"), Some(3000));
        assert_eq!(limit("0::/d\n"), None, "somebody else's limit");
        write(root, "memory.max", "2000\n");
        assert_eq!(limit("0::/a/b/c\n"), Some(2000));
        assert_eq!(limit("0::/not/here\n"), Some(2000), "a container's own group is at the root");
    }

    #[test]
    fn version_1_has_a_hierarchy_for_memory() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, "memory/a/memory.limit_in_bytes", "5000\n");
        write(root, "memory/memory.limit_in_bytes", "9223372036854771712\n");
        write(root, "cpu/a/memory.limit_in_bytes", "1\n");
        assert_eq!(group_limit(root, "3:cpu:/a\n2:memory:/a/b\n0::/\n"), Some(5000));
        assert_eq!(group_limit(root, "3:cpu:/a\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_a_limit() {
        assert!(memory_limit().is_some_and(|bytes| bytes >= 64 << 20));
    }
}
