//! Taking times: one warm-up, then as many rounds as a budget allows, of which the median and the least count.
#![allow(dead_code, reason = "no benchmark uses all of it")]

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How often something is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    /// Time for all rounds of one figure.
    budget: Duration,
    fewest: u32,
    most: u32,
}

/// What is faster than this is timed many calls at once: reading the clock takes some 30 ns.
const SHORT: Duration = Duration::from_micros(2);
const MANY: u32 = 1000;

impl Clock {
    pub(crate) const MANY_ROUNDS: Self = Self { budget: Duration::from_millis(500), fewest: 3, most: 301 };
    pub(crate) const ONE_ROUND: Self = Self { budget: Duration::ZERO, fewest: 1, most: 1 };

    /// Times `work`. It is prepared, and what it returns checked and dropped, off the clock.
    pub(crate) fn measure<T>(
        &self,
        mut prepare: impl FnMut(),
        mut work: impl FnMut() -> T,
        check: impl Fn(&T),
    ) -> Time {
        let mut round = |calls| {
            prepare();
            let started = Instant::now();
            for _ in 1..calls {
                black_box(work());
            }
            let value = black_box(work());
            let time = started.elapsed() / calls;
            check(&value);
            time
        };
        let warm_up = round(1);
        let calls = if warm_up < SHORT { MANY } else { 1 };
        Time::of((0..self.rounds(warm_up * calls)).map(|_| round(calls)).collect())
    }

    /// Times two kinds of work in turns, so that whatever else the machine does hits both.
    pub(crate) fn compare(&self, mut first: impl FnMut(), mut second: impl FnMut()) -> (Time, Time) {
        let mut round = || (once(&mut first), once(&mut second));
        let (first, second) = round();
        let times = (0..self.rounds(first + second)).map(|_| round());
        let (first, second) = times.unzip();
        (Time::of(first), Time::of(second))
    }

    /// So many rounds of what is measured all in one, or a single one.
    pub(crate) fn many(&self, rounds: u32) -> u32 {
        rounds.min(self.most)
    }

    pub(crate) fn rounds(&self, round: Duration) -> u32 {
        let fitting = self.budget.as_nanos() / round.as_nanos().max(1);
        u32::try_from(fitting).unwrap_or(u32::MAX).clamp(self.fewest, self.most)
    }
}

fn once(work: &mut impl FnMut()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

/// The times of some rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time {
    pub(crate) median: Duration,
    pub(crate) least: Duration,
}

impl Time {
    pub(crate) fn of(mut rounds: Vec<Duration>) -> Self {
        rounds.sort_unstable();
        Self { median: rounds[rounds.len() / 2], least: rounds[0] }
    }

    /// How many times as long this takes as `other`, by the least times: whatever else the machine does only adds.
    pub(crate) fn ratio(self, other: Self) -> f64 {
        self.least.as_secs_f64() / other.least.as_secs_f64()
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", cell(self.median), cell(self.least)))
    }
}

/// Three digits and a unit, ten characters wide.
fn cell(time: Duration) -> String {
    let nanos = time.as_nanos() as f64;
    let (value, unit) = match nanos {
        _ if nanos < 1e3 => (nanos, "ns"),
        _ if nanos < 1e6 => (nanos / 1e3, "µs"),
        _ if nanos < 1e9 => (nanos / 1e6, "ms"),
        _ => (nanos / 1e9, "s "),
    };
    let decimals = match value {
        _ if value < 10.0 => 2,
        _ if value < 100.0 => 1,
        _ => 0,
    };
    format!("{value:>6.decimals$} {unit}")
}
