//! The room of a store: its limit, and the bytes in use.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::fs::{fstat, fstatvfs};

use crate::directory::Directory;
use crate::{Settings, StoreError};

/// The part of the file system, as a divisor, that a store takes at most unless its settings say otherwise.
const SHARE: u64 = 2;
/// The lock under which objects are removed.
pub(crate) const ROOM: &str = "room";

/// The room of a store.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) limit: u64,
    pub(crate) patience: Duration,
    /// The device of the file system.
    pub(crate) device: u64,
    /// The bytes in use when they were last counted, with those that this process has added since.
    pub(crate) counted: Mutex<Option<(Instant, u64)>>,
}

impl Room {
    pub(crate) fn new(directory: &Directory, settings: &Settings) -> Result<Self, StoreError> {
        let failed = |errno: rustix::io::Errno| directory.io("look at", "objects", "", errno.into());
        let of = fstatvfs(&directory.objects).map_err(failed)?;
        let device = fstat(&directory.objects).map_err(failed)?.st_dev;
        let half = of.f_blocks.saturating_mul(of.f_frsize) / SHARE;
        let limit = settings.limit.unwrap_or(half);
        Ok(Self { limit, patience: settings.patience, device, counted: Mutex::default() })
    }
}
