//! A call that does nothing, by wpipe and by bare wasmtime, of one component.

use wpipe_buffer::{Counters, Readers};

use crate::bare::{Bare, NODE, RESULT};
use crate::clock::{Clock, Time};
use crate::sandboxed::{only_output, run};
use crate::table;

/// What a call of the no-op node costs.
#[derive(Debug)]
pub(crate) struct Noop {
    pub(crate) wpipe: Time,
    pub(crate) bare: Time,
    /// What a call costs without a sandbox of its own.
    reused: Time,
}

/// Measures it in turns; `nodes` is the component in wpipe's engine.
pub(crate) fn measure(clock: &Clock, nodes: &wpipe_sandbox::Component) -> wasmtime::Result<Noop> {
    let wpipe = || {
        let outcome = run(nodes, NODE, Vec::new(), Readers::One);
        let expected = Counters { copied: RESULT.len() as u64, ..Counters::default() };
        assert!(outcome.counters == expected, "`{NODE}` counted {:?}", outcome.counters);
        let bytes = only_output(NODE, &outcome).bytes().unwrap_or_default();
        assert!(bytes == RESULT, "`{NODE}` made {bytes:?}");
    };
    let host = Bare::new()?;
    let bare = || {
        let output = host.call().unwrap_or_else(|error| panic!("`{NODE}` failed: {error:#}"));
        assert!(output.written == RESULT && output.finished, "`{NODE}` made {output:?}");
    };
    let mut instance = host.instance()?;
    let (wpipe, bare) = clock.compare(wpipe, bare);
    let reused = clock.measure(
        || (),
        || instance.call(),
        |output| {
            let output = output.as_ref().unwrap_or_else(|error| panic!("`{NODE}` failed: {error:#}"));
            assert!(output.written == RESULT && output.finished, "`{NODE}` made {output:?}");
        },
    );
    Ok(Noop { wpipe, bare, reused })
}

impl Noop {
    pub(crate) fn table(&self) -> String {
        let rows = [
            ("wpipe, fresh instance", vec![self.wpipe]),
            ("bare wasmtime, fresh instance", vec![self.bare]),
            ("bare wasmtime, same instance", vec![self.reused]),
        ];
        table::rows("no-op call of one component", &["time"], &rows)
    }
}
