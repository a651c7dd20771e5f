//! The name of one execution.

use std::fmt;
use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wpipe_catalog::{name_behind, name_of_now};

/// The name of one execution: its begin in UTC, in a form that file systems can hold
/// (`2026-11-20T09.41.41.123456804213Z`). Kedro names its versions alike. The last six digits are random, so that no
/// two runs have one name, on whatever machines they are and whether or not they keep a journal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId(String);

impl RunId {
    /// Returns the id of a run that begins now.
    pub fn now() -> Self {
        Self(name_of_now())
    }

    /// Returns the id of a run that begins now, behind the newest known one, whatever the clock says.
    pub fn behind(newest: Option<&str>) -> Self {
        Self(name_behind(newest))
    }

    /// Returns the id of a run that another process has begun, as that has written it.
    pub fn of_begun(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Formats a time by RFC 3339 in UTC with milliseconds.
pub fn timestamp(time: SystemTime) -> String {
    // Only times beyond the year 9999 do not fit; a clock that far off may as well say so.
    let timestamp = Timestamp::try_from(time).unwrap_or(Timestamp::MAX);
    format!("{timestamp:.3}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_utc_with_milliseconds() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_784_540_501_007);
        assert_eq!(timestamp(time), "2026-07-20T09:41:41.007Z");
    }

    #[test]
    fn an_id_can_name_a_file_and_is_nobody_elses() {
        let (id, other) = (RunId::now(), RunId::now());
        assert!(id.as_str().chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.'), "{id}");
        assert!(id < other, "{id} {other}");
    }
}
