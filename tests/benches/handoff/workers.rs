//! Several threads that hand over at once: they share one address space, and the kernel's lock on it.

use std::thread;
use std::time::Instant;

use crate::arm::Arm;
use crate::clock::Clock;
use crate::payload::Payload;
use crate::sandboxed::Sandboxed;

const THREADS: [u32; 4] = [1, 2, 4, 8];

/// Hand-overs of one buffer by so many threads.
#[derive(Debug)]
pub(crate) struct Workers(Vec<(u32, f64)>);

/// Hand-overs per second, for each number of threads.
pub(crate) fn measure(clock: &Clock, payload: Payload, map: &Sandboxed) -> Workers {
    let data = map.produce(payload);
    let each = clock.many(2000);
    let rate = |threads: u32| {
        let started = Instant::now();
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for _ in 0..each {
                        let ends = map.touch(&data);
                        assert!(ends == payload.ends(), "the sum of both ends of {payload} is {ends}");
                    }
                });
            }
        });
        f64::from(threads * each) / started.elapsed().as_secs_f64()
    };
    Workers(THREADS.into_iter().map(|threads| (threads, rate(threads))).collect())
}

impl Workers {
    pub(crate) fn table(&self, payload: Payload) -> String {
        let mut text = format!("map: hand-overs of {payload} by several threads at once");
        let one = self.0[0].1;
        for &(threads, rate) in &self.0 {
            text += &format!("\n  {threads} threads: {rate:>8.0} per second, {:.2} times one thread's", rate / one);
        }
        text + "\n"
    }
}
