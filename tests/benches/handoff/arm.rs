//! One way of handing data over, and the measurement that all ways share.

use crate::clock::{Clock, Time};
use crate::payload::Payload;

/// One way from a producer to a consumer.
pub(crate) trait Arm {
    /// What the consumers are given.
    type Data;

    fn name(&self) -> &'static str;

    /// Whether data of this size goes this way at all.
    fn takes(&self, _payload: Payload) -> bool {
        true
    }

    /// The numbers of `payload`, made by a producer that is gone afterwards.
    fn produce(&self, payload: Payload) -> Self::Data;

    /// Makes `data` whole again where a consumer uses it up.
    fn renew(&self, _data: &Self::Data, _payload: Payload) {}

    /// A consumer that adds the first number and the last one.
    fn touch(&self, data: &Self::Data) -> f64;

    /// A consumer that adds all numbers.
    fn total(&self, data: &Self::Data) -> f64;

    /// Bytes of the data; what they say is known from the sum.
    fn len(&self, data: &Self::Data) -> usize;

    /// Bytes that the data should have.
    fn expected_len(&self, payload: Payload) -> usize {
        payload.numbers() * size_of::<f64>()
    }
}

/// The times of one arm at one size.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) arm: &'static str,
    pub(crate) produce: Time,
    pub(crate) hand_over: Time,
    pub(crate) full_read: Time,
    /// All of it: produced, handed over, read and dropped.
    pub(crate) trip: Time,
}

/// An arm, whatever its data.
pub(crate) trait Measure {
    /// Measures the arm at one size, if it takes such data.
    fn measure(&self, clock: &Clock, payload: Payload) -> Option<Row>;
}

impl<A: Arm> Measure for A {
    fn measure(&self, clock: &Clock, payload: Payload) -> Option<Row> {
        if !self.takes(payload) {
            return None;
        }
        let arm = self.name();
        let check = |what: &str, value: f64, expected: f64| {
            assert!(value == expected, "{arm}, {payload}: the {what} is {value} instead of {expected}");
        };
        let check_size =
            |data: &A::Data| check("size in bytes", self.len(data) as f64, self.expected_len(payload) as f64);
        // The producer's rounds come first: beside the consumers' data there would be a second payload in memory.
        let produce = clock.measure(|| (), || self.produce(payload), check_size);
        let data = self.produce(payload);
        let renew = || self.renew(&data, payload);
        let check_ends = |&ends: &f64| check("sum of both ends", ends, payload.ends());
        let hand_over = clock.measure(renew, || self.touch(&data), check_ends);
        let full_read = clock.measure(renew, || self.total(&data), |&sum| check("sum", sum, payload.sum()));
        drop(data);
        let trip = || self.total(&self.produce(payload));
        let trip = clock.measure(|| (), trip, |&sum| check("sum", sum, payload.sum()));
        Some(Row { arm, produce, hand_over, full_read, trip })
    }
}
