//! Delays and failures of storage: on purpose, or so as not to overload it.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use object_store::Result;
use tokio::time::{Instant, sleep, sleep_until};

use super::tolled::Toll;

/// Slow and unreliable storage, on purpose: to see its effect on a pipeline. The data stays as it is. Waiting takes no
/// thread.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Delay {
    /// The time added to every load.
    pub load: Duration,
    /// The time added to every save.
    pub save: Duration,
    /// The time before each request.
    pub latency: Duration,
    /// The number of bytes a second.
    pub bandwidth: Option<u64>,
    /// The part of the requests that fails, from 0 to 1. They fail transiently, so they are repeated.
    pub fail_rate: f64,
    /// The seed that chooses the requests that fail.
    pub seed: u64,
}

impl Delay {
    pub(super) fn tolls(&self) -> Vec<Box<dyn Toll>> {
        let mut tolls: Vec<Box<dyn Toll>> = Vec::new();
        if !self.latency.is_zero() {
            tolls.push(Box::new(Latency(self.latency)));
        }
        if self.fail_rate > 0.0 {
            tolls.push(Box::new(Failures { rate: self.fail_rate, state: Mutex::new(self.seed) }));
        }
        if let Some(rate) = self.bandwidth {
            tolls.push(Box::new(Bandwidth::new(rate)));
        }
        tolls
    }
}

/// Makes every request wait.
#[derive(Debug)]
struct Latency(Duration);

#[async_trait]
impl Toll for Latency {
    async fn enter(&self) -> Result<()> {
        sleep(self.0).await;
        Ok(())
    }
}

/// Lets some requests fail.
#[derive(Debug)]
struct Failures {
    rate: f64,
    state: Mutex<u64>,
}

/// The error of a request that failed on purpose.
#[derive(Debug)]
pub(super) struct OnPurpose;

impl fmt::Display for OnPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it failed on purpose, as `fail_rate` wants it")
    }
}

impl std::error::Error for OnPurpose {}

#[async_trait]
impl Toll for Failures {
    async fn enter(&self) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Floats hold numbers of 53 bits exactly.
        let chance = (next(&mut state) >> 11) as f64 / (1_u64 << 53) as f64;
        if chance < self.rate {
            return Err(object_store::Error::Generic { store: "delay", source: Box::new(OnPurpose) });
        }
        Ok(())
    }
}

/// Returns the next number of splitmix64 (<https://prng.di.unimi.it/splitmix64.c>).
pub(super) fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A line that carries so many bytes a second, one after the other, from all senders together.
#[derive(Debug)]
pub(super) struct Bandwidth {
    rate: u64,
    /// The time when all bytes sent so far are through.
    free: Mutex<Instant>,
}

impl Bandwidth {
    pub(super) fn new(bytes_per_second: u64) -> Self {
        Self { rate: bytes_per_second.max(1), free: Mutex::new(Instant::now()) }
    }
}

#[async_trait]
impl Toll for Bandwidth {
    async fn carry(&self, bytes: u64) {
        let takes = Duration::from_secs_f64(bytes as f64 / self.rate as f64);
        let through = {
            let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            *free = (*free).max(Instant::now()) + takes;
            *free
        };
        sleep_until(through).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paused(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime")
            .block_on(test);
    }

    #[test]
    fn bytes_take_their_time_however_many_send_them() {
        paused(async {
            let line = Bandwidth::new(1000);
            let start = Instant::now();
            tokio::join!(line.carry(500), line.carry(1500), async { line.carry(1000).await });
            assert_eq!(start.elapsed().as_secs_f64().round(), 3.0);
        });
    }

    #[test]
    fn the_chosen_part_of_the_requests_fails_and_the_seed_chooses_which() {
        paused(async {
            let fails = async |seed| {
                let delay = Delay { fail_rate: 0.25, seed, ..Delay::default() };
                let tolls = delay.tolls();
                let mut failed = Vec::new();
                for request in 0..1000 {
                    if tolls[0].enter().await.is_err() {
                        failed.push(request);
                    }
                }
                failed
            };
            let failed = fails(7).await;
            assert!((200..300).contains(&failed.len()), "{}", failed.len());
            assert_eq!(failed, fails(7).await);
            assert_ne!(failed, fails(8).await);
        });
    }

    #[test]
    fn every_request_waits_for_the_latency() {
        paused(async {
            let start = Instant::now();
            let delay = Delay { latency: Duration::from_millis(5), ..Delay::default() };
            for toll in delay.tolls() {
                toll.enter().await.expect("nothing fails");
            }
            assert!(start.elapsed() >= Duration::from_millis(5));
            assert!(Delay::default().tolls().is_empty());
        });
    }
}
