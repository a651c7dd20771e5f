//! What every benchmark is told, and how its figures look.
#![allow(dead_code, reason = "no benchmark uses all of it")]

use std::time::Duration;

/// Whether one round of small data is enough: `cargo bench -- --quick`, or no benchmark at all, as `cargo test --benches`
/// runs it, which does not say `--bench`.
pub(crate) fn is_quick() -> bool {
    let given = |flag: &str| std::env::args().skip(1).any(|argument| argument == flag);
    given("--quick") || given("--test") || !given("--bench")
}

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

pub(crate) fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

pub(crate) fn micros(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}
