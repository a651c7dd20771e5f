//! Names of versions and runs: the time, as Kedro has it, with dots where file systems do not like colons.
//!
//! Kedro's names end with milliseconds; these go on with microseconds and six random digits, so that two programs which
//! begin in one moment, on one machine or on two, have different names. The names of one process grow, and each newest
//! version gets a name behind all that are there, whatever the clock says.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::ops::Bound;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// The number of values of the random digits.
const CHANCES: u64 = 1_000_000;

/// A microsecond, a millisecond and a second, in microseconds.
const UNITS: [i64; 3] = [1, 1_000, 1_000_000];

/// The newest time that this process has named, in microseconds.
static NEWEST: AtomicI64 = AtomicI64::new(0);

/// Returns a unique name: the present time.
///
/// ```
/// let (first, second) = (wpipe_catalog::name_of_now(), wpipe_catalog::name_of_now());
/// assert!(first < second && first.len() == "2026-01-31T23.59.59.999123456789Z".len());
/// ```
pub fn name_of_now() -> String {
    let now = Timestamp::now().as_microsecond();
    let before = NEWEST.fetch_max(now, Ordering::Relaxed);
    name_of(if before < now { now } else { NEWEST.fetch_add(1, Ordering::Relaxed) + 1 })
}

/// Returns the name for a save behind `newest`: `wanted`, unless that does not sort behind it. Then it is the time that
/// follows the newest one's; `None` if the newest one's name is no time.
pub(crate) fn behind(newest: Option<&str>, wanted: &str) -> Option<String> {
    match newest {
        Some(newest) if newest >= wanted => {
            let time = time_of(newest)?.as_microsecond();
            // A name of fewer digits sorts behind all those of its own millisecond or second.
            let following = UNITS.map(|unit| name_of((time / unit + 1) * unit));
            following.into_iter().find(|following| newest < following.as_str())
        }
        _ => Some(wanted.to_owned()),
    }
}

/// Sorts names of folders as versions, the greatest first. Names that begin with `.` or `_` are left out, as are copies
/// of one that is called by a time (`….bak`, `… (copy)`).
pub(crate) fn newest_first(names: Vec<String>) -> Vec<String> {
    let times: BTreeSet<String> = names.iter().filter(|name| is_time(name)).cloned().collect();
    let is_copy = |name: &str| {
        let before = times.range::<str, _>((Bound::Unbounded, Bound::Excluded(name))).next_back();
        !is_time(name) && before.is_some_and(|before| name.starts_with(before.as_str()))
    };
    let mut names: Vec<_> = names.into_iter().filter(|name| !name.starts_with(['.', '_']) && !is_copy(name)).collect();
    names.sort_unstable_by(|a, b| b.cmp(a));
    names
}

/// Returns true if a version is called by a time, as those without a given name are.
pub(crate) fn is_time(name: &str) -> bool {
    time_of(name).is_some()
}

/// Returns a present name that follows `newest`, whatever the clock says; the present time if that is none.
pub fn name_behind(newest: Option<&str>) -> String {
    let now = name_of_now();
    behind(newest.filter(|newest| is_time(newest)), &now).unwrap_or(now)
}

/// Returns true if a version may have this name: it is the name of one folder.
pub(crate) fn is_valid(version: &str) -> bool {
    let is_path = version.contains(['/', '\\']) || matches!(version, "" | "." | "..");
    !is_path && !version.chars().any(char::is_control)
}

fn name_of(microseconds: i64) -> String {
    // A clock that is so far off may as well show.
    let time = Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::MAX);
    let chance = RandomState::new().hash_one(microseconds) % CHANCES;
    format!("{}{chance:06}Z", time.strftime("%Y-%m-%dT%H.%M.%S.%6f"))
}

/// Returns the time of a name, to the microsecond.
fn time_of(name: &str) -> Option<Timestamp> {
    let (date, time) = name.strip_suffix('Z')?.split_once('T')?;
    let mut parts = time.splitn(4, '.');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let fraction = parts.next().unwrap_or("0");
    let fraction = fraction.get(..6).unwrap_or(fraction);
    format!("{date}T{hours}:{minutes}:{seconds}.{fraction}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_names_of_folders_that_sort_by_time() {
        let version = name_of_now();
        assert!(is_valid(&version) && version.ends_with('Z'), "{version}");
        assert!(time_of(&version).is_some_and(|time| time <= Timestamp::now()), "{version}");
        for bad in ["", ".", "..", "a/b", "a\\b", "a\nb"] {
            assert!(!is_valid(bad), "{bad}");
        }
    }

    #[test]
    fn names_of_one_process_differ_and_grow() {
        let names: Vec<_> = (0..10_000).map(|_| name_of_now()).collect();
        assert!(names.is_sorted_by(|a, b| a < b));
        let threads: Vec<_> =
            (0..4).map(|_| std::thread::spawn(|| (0..1000).map(|_| name_of_now()).collect::<Vec<_>>())).collect();
        let mut all: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().expect("names")).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 4000);
    }

    #[test]
    fn names_of_one_moment_differ() {
        let names: std::collections::BTreeSet<_> = (0..20).map(|_| name_of(1)).collect();
        assert!(names.len() > 15, "{names:?}");
    }

    #[test]
    fn what_is_saved_sorts_behind_what_is_there_whatever_the_clock_says() {
        let wanted = "2026-01-31T23.59.59.999123456789Z";
        for before in [None, Some("2025-12-31T00.00.00.000Z"), Some("2026-01-31T23.59.59.999123456788Z")] {
            assert_eq!(behind(before, wanted).as_deref(), Some(wanted));
        }
        for newest in [
            wanted,
            "2026-01-31T23.59.59.999Z",
            "2030-01-01T00.00.00.000Z",
            "2030-01-01T00.00.00.5Z",
            "2030-01-01T00.00.00Z",
            "2030-01-01T00.00.00.123456999999Z",
        ] {
            let version = behind(Some(newest), wanted).expect("a time");
            assert!(version.as_str() > newest, "{newest} {version}");
            assert!(behind(Some(&version), wanted).expect("a time") > version);
        }
        for no_time in ["latest", "v2", "2030-01-01", "zT1Z", "2030-01-01T00.00.ZZ"] {
            assert_eq!(behind(Some(no_time), wanted), None, "{no_time}");
        }
    }
}
