//! What the project promises of its hand-over, and whether it holds.

use crate::arm::Arm;
use crate::clock::{Clock, Time};
use crate::noop::Noop;
use crate::payload::Payload;
use crate::sandboxed::Sandboxed;

/// A ratio and its target.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) what: String,
    pub(crate) ratio: f64,
    target: Target,
}

#[derive(Debug)]
enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Verdict {
    /// All of them, about the largest of `payloads`.
    pub(crate) fn all(
        clock: &Clock,
        payloads: &[Payload],
        noop: &Noop,
        map: &Sandboxed,
        lists_hand_over: Time,
    ) -> Vec<Self> {
        let (small, large) = (payloads[1], payloads[payloads.len() - 1]);
        let (small_time, large_time) = hand_overs(clock, map, small, large);
        vec![
            Self {
                what: format!("map: hand-over of {large} / of {small}"),
                ratio: large_time.ratio(small_time),
                target: Target::AtMost(5.0),
            },
            Self {
                what: format!("list<u8> / map: hand-over of {large}"),
                ratio: lists_hand_over.ratio(large_time),
                target: Target::AtLeast(1000.0),
            },
            Self {
                what: "no-op call: wpipe / bare wasmtime".to_owned(),
                ratio: noop.wpipe.ratio(noop.bare),
                target: Target::AtMost(2.0),
            },
        ]
    }

    pub(crate) fn target(&self) -> String {
        match self.target {
            Target::AtMost(limit) => format!("at most {limit}×"),
            Target::AtLeast(limit) => format!("at least {limit}×"),
        }
    }

    pub(crate) fn is_met(&self) -> bool {
        match self.target {
            Target::AtMost(limit) => self.ratio <= limit,
            Target::AtLeast(limit) => self.ratio >= limit,
        }
    }
}

/// Hand-overs of two sizes, in turns.
fn hand_overs(clock: &Clock, arm: &Sandboxed, small: Payload, large: Payload) -> (Time, Time) {
    let (small_data, large_data) = (arm.produce(small), arm.produce(large));
    let hand_over = |data, payload: Payload| {
        arm.renew(data, payload);
        let ends = arm.touch(data);
        assert!(ends == payload.ends(), "the sum of both ends of {payload} is {ends}");
    };
    clock.compare(|| hand_over(&small_data, small), || hand_over(&large_data, large))
}
