//! The requests that fail, and their faults.

/// The fault of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The connection is reset, and the server never sees the request.
    Reset,
    /// The server does as asked, and the connection is reset instead of an answer.
    ResetAfter,
    /// 500.
    InternalError,
    /// 503 with the code `SlowDown`.
    SlowDown,
    /// 404 with the code `NoSuchBucket`, as if the bucket did not exist; the server behind would make it.
    NoSuchBucket,
    /// Nothing, until the client gives up.
    Silence,
    /// The server answers, and the connection ends within the answer's body.
    Truncated,
    /// The server answers, and the connection is reset within the answer's body.
    ResetWithin,
    /// A request with a condition (`If-None-Match`) is answered 501, as by servers that know none; others are passed
    /// on.
    RefuseConditions,
}

impl Fault {
    /// Every fault that does not make the client wait for a time-out.
    pub const QUICK: [Self; 6] =
        [Self::Reset, Self::ResetAfter, Self::InternalError, Self::SlowDown, Self::Truncated, Self::ResetWithin];
}

/// A plan, which returns the fault of each request, by its method and target, in the order of their arrival.
pub type Plan = Box<dyn FnMut(&str, &str) -> Option<Fault> + Send>;

/// Plans for a [`FaultyProxy`](crate::FaultyProxy). Any function will do as well.
#[derive(Debug)]
pub struct Fail(());

impl Fail {
    /// Lets nothing fail.
    pub fn never() -> Plan {
        Box::new(|_, _| None)
    }

    /// Lets every request of this method fail; of any method if that is empty.
    pub fn every(method: &'static str, fault: Fault) -> Plan {
        Box::new(move |asked, _| (method.is_empty() || asked == method).then_some(fault))
    }

    /// Lets the first request of this method fail.
    pub fn first(method: &'static str, fault: Fault) -> Plan {
        let mut fault = Some(fault);
        Box::new(move |asked, _| if asked == method { fault.take() } else { None })
    }

    /// Lets one request in `period` fail, with one of `faults`, chosen by `seed`.
    pub fn randomly(seed: u64, period: u64, faults: &'static [Fault]) -> Plan {
        let mut state = seed;
        Box::new(move |_, _| {
            let choice = next(&mut state);
            choice.is_multiple_of(period).then(|| faults[(choice / period) as usize % faults.len()])
        })
    }
}

/// Returns the next number of splitmix64 (<https://prng.di.unimi.it/splitmix64.c>).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
