//! What the project promises of its hand-over, and whether it holds.

use crate::arm::{Arm, Row};
use crate::clock::{Clock, Time};
use crate::fan_out::{FanOut, READERS};
use crate::noop::Noop;
use crate::payload::Payload;
use crate::sandboxed::Sandboxed;
use crate::{lists, native};

/// A ratio and its target.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) what: String,
    pub(crate) ratio: f64,
    target: Target,
    /// Why it cannot be met, where that is known.
    pub(crate) reason: Option<String>,
}

#[derive(Debug)]
enum Target {
    AtMost(f64),
    AtLeast(f64),
}

use Target::{AtLeast, AtMost};

impl Verdict {
    /// All of them, about the sizes that were measured.
    pub(crate) fn all(
        clock: &Clock,
        noop: &Noop,
        map: &Sandboxed,
        tables: &[(Payload, Vec<Row>)],
        fan_out: &FanOut,
    ) -> Vec<Self> {
        let (large, rows) = &tables[tables.len() - 1];
        let (small, large) = (Payload::MIB, *large);
        let (small_time, large_time) = hand_overs(clock, map, small, large);
        let (moved, mapped) = (row(rows, "move"), row(rows, "map"));
        let (list, huge) = (row(rows, lists::NAME), row(rows, native::HUGE));
        let trip = |what: &str, row: &Row| format!("produce and read {large}: {what} / {}", row.arm);
        let mut verdicts = vec![
            Self::new(trip("move", huge), moved.trip.ratio(huge.trip), AtMost(1.3)),
            Self::new(trip("map", huge), mapped.trip.ratio(huge.trip), AtMost(1.3)),
            Self {
                reason: Some(format!(
                    "the memory itself: natively, in one process, these bytes are written and read {:.1} times as fast as \
                     by list<u8>",
                    list.trip.ratio(huge.trip)
                )),
                ..Self::new(
                    format!("produce and read {large}: list<u8> / map"),
                    list.trip.ratio(mapped.trip),
                    AtLeast(20.0),
                )
            },
        ];
        for (payload, rows) in &tables[..2] {
            // What is small is copied.
            let ratio = row(rows, "copy").trip.ratio(row(rows, lists::NAME).trip);
            verdicts.push(Self::new(format!("produce and read {payload}: copy / list<u8>"), ratio, AtMost(1.0)));
        }
        let at_once = fan_out.two_at_once.ratio(fan_out.native_two_at_once);
        let one_by_one = fan_out.one_by_one.ratio(fan_out.native_one_by_one);
        verdicts.extend([
            Self::new(format!("{READERS} readers, one by one: map / native"), one_by_one, AtMost(1.5)),
            Self::new(format!("{READERS} readers, two at once: map / native"), at_once, AtMost(1.5)),
            Self::new(format!("map: hand-over of {large} / of {small}"), large_time.ratio(small_time), AtMost(3.0)),
            Self::new(
                format!("hand-over of {large}: list<u8> / map"),
                list.hand_over.ratio(large_time),
                AtLeast(1000.0),
            ),
            Self::new("no-op call: wpipe / bare wasmtime".to_owned(), noop.wpipe.ratio(noop.bare), AtMost(1.5)),
        ]);
        let memory = fan_out.memory.map(|times| Self::new(format!("memory of {READERS} readers"), times, AtMost(1.2)));
        verdicts.extend(memory);
        verdicts
    }

    fn new(what: String, ratio: f64, target: Target) -> Self {
        Self { what, ratio, target, reason: None }
    }

    pub(crate) fn target(&self) -> String {
        match self.target {
            AtMost(limit) => format!("at most {limit}×"),
            AtLeast(limit) => format!("at least {limit}×"),
        }
    }

    pub(crate) fn is_met(&self) -> bool {
        match self.target {
            AtMost(limit) => self.ratio <= limit,
            AtLeast(limit) => self.ratio >= limit,
        }
    }
}

fn row<'a>(rows: &'a [Row], arm: &str) -> &'a Row {
    rows.iter().find(|row| row.arm == arm).unwrap_or_else(|| panic!("`{arm}` was not measured"))
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
