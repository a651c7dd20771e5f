//! The progress of a load or a save, for observers while it is under way.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

tokio::task_local! {
    static CURRENT: Progress;
}

/// The progress of one load or save. Clones are of the same.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// The number of a [`Phase`], from 1; 0 before the first.
    phase: AtomicU8,
    bytes: AtomicU64,
    /// The number of bytes to do; 0 if it is unknown.
    total: AtomicU64,
}

/// The phase of a load or a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Phase {
    /// Bytes come from the store.
    Reading = 1,
    /// Stored bytes become a buffer.
    Decoding,
    /// A buffer becomes the bytes to be stored.
    Encoding,
    /// Bytes go to the store.
    Writing,
}

/// The progress of a load or a save at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgressSnapshot {
    /// The current phase.
    pub phase: Phase,
    /// The bytes that the phase is done with, of content compressed as a whole the unpacked ones; 0 in a phase that
    /// does not count.
    pub bytes: u64,
    /// The bytes that it has to do, if that is known.
    pub total: Option<u64>,
}

impl Progress {
    /// Runs a load or save that reports its progress here.
    pub async fn of<F: Future>(&self, transfer: F) -> F::Output {
        CURRENT.scope(self.clone(), transfer).await
    }

    /// Returns the present progress; `None` before it has begun.
    pub fn look(&self) -> Option<ProgressSnapshot> {
        let State { phase, bytes, total } = &*self.0;
        let phases = [Phase::Reading, Phase::Decoding, Phase::Encoding, Phase::Writing];
        let phase = phases.into_iter().find(|known| *known as u8 == phase.load(Ordering::Acquire))?;
        let total = Some(total.load(Ordering::Relaxed)).filter(|total| *total > 0);
        // Repeated bytes count again.
        let bytes = bytes.load(Ordering::Relaxed);
        Some(ProgressSnapshot { phase, bytes: total.map_or(bytes, |total| bytes.min(total)), total })
    }

    /// Returns the progress of this task's load or save; one that nobody observes, if there is none.
    pub(crate) fn current() -> Self {
        CURRENT.try_with(Self::clone).unwrap_or_default()
    }

    /// Begins a phase with so many bytes to do.
    pub(crate) fn begin(&self, phase: Phase, total: Option<u64>) {
        let State { phase: current, bytes, total: all } = &*self.0;
        bytes.store(0, Ordering::Relaxed);
        all.store(total.unwrap_or(0), Ordering::Relaxed);
        current.store(phase as u8, Ordering::Release);
    }

    /// Adds so many bytes to those done.
    pub(crate) fn add(&self, bytes: usize) {
        self.0.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Sets the bytes of the phase that are done by now.
    pub(crate) fn reach(&self, bytes: usize) {
        self.0.bytes.store(bytes as u64, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_counts_from_the_start_and_never_beyond_its_end() {
        let progress = Progress::default();
        assert_eq!(progress.look(), None);
        progress.begin(Phase::Reading, Some(10));
        progress.add(4);
        assert_eq!(progress.look(), Some(ProgressSnapshot { phase: Phase::Reading, bytes: 4, total: Some(10) }));
        progress.add(9);
        assert_eq!(progress.look().map(|transfer| transfer.bytes), Some(10));
        progress.begin(Phase::Decoding, None);
        assert_eq!(progress.look(), Some(ProgressSnapshot { phase: Phase::Decoding, bytes: 0, total: None }));
    }
}
