//! The progress of long loads and saves, as events.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;
use wpipe_catalog::{Progress, ProgressSnapshot};

/// The time between two events of one transfer: people read no faster, and short transfers have none.
const EVERY: Duration = Duration::from_secs(1);

/// Runs `transfer`, and calls `tell` at intervals if it has made progress.
pub(super) async fn follow<T>(transfer: impl Future<Output = T>, tell: impl Fn(ProgressSnapshot)) -> T {
    let progress = Progress::default();
    let mut transfer = pin!(progress.of(transfer));
    let mut told = None;
    loop {
        if let Ok(outcome) = timeout(EVERY, transfer.as_mut()).await {
            return outcome;
        }
        let now = progress.look();
        if let Some(now) = now.filter(|_| now != told) {
            tell(now);
        }
        told = now;
    }
}
