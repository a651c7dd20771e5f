//! One call of one node: a fresh store and instance, the call, and its outcome.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use wasmtime::component::{Resource, ResourceTable};
use wasmtime::{Store, Trap};
use wpipe_buffer::{Buffer, Counters, MovableBuffer, Quota, Readers, WINDOW_ALIGNMENT, Windows};
use wpipe_data::{Kind, Signature};
use wpipe_text::GuestText;

use crate::bindings::Node;
use crate::bindings::wpipe::node::types as contract;
use crate::buffers::MAX_WRITERS;
use crate::component::{Component, Loaded};
use crate::error::CallError;
use crate::limits::{Limiter, Limits};
use crate::log::{Clock, Log};
use crate::partition::{Partition, Taker};
use crate::state::{Content, Input, OutputPort, Port, Slot, State};
use crate::telemetry::{Silent, Telemetry};
use crate::wasi::Wasi;

/// The value that a node gets for one input.
#[derive(Debug)]
pub enum Argument {
    /// A dataset that others may read as well.
    Single(Buffer),
    /// A dataset that this call is the last to read: its pages become the node's own.
    Moved(MovableBuffer),
    /// A partitioned dataset, by id.
    Partitioned(Vec<(String, Partition)>),
    /// JSON text.
    Parameter(String),
}

/// The value that a node made for one output.
#[derive(Debug, Clone)]
pub enum Produced {
    /// A dataset.
    Single(Buffer),
    /// A partitioned dataset, by id, without the partitions that a taker has [taken](Taker).
    Partitioned(BTreeMap<String, Buffer>),
}

/// One call of a node, ready to run.
pub struct Call<'a> {
    /// The component that exports the node.
    pub component: &'a Component,
    /// The node's name within the component.
    pub node: &'a str,
    /// The arguments, one for each input of the signature, in its order.
    pub arguments: Vec<Argument>,
    /// The readers of each output, in the signature's order; several readers if nothing is said.
    pub readers: Vec<Readers>,
    /// The takers of each output's partitions while the node goes on, in the signature's order. Without a taker they
    /// are handed over when the call ends.
    pub takers: Vec<Option<Arc<dyn Taker>>>,
    /// The limits of the call.
    pub limits: Limits,
    /// The listener.
    pub telemetry: Arc<dyn Telemetry>,
    /// Set to true, it ends the call within some milliseconds.
    pub cancel: Arc<AtomicBool>,
}

/// The outcome of a call that succeeded.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The outputs, one for each of the signature, in its order.
    pub outputs: Vec<Produced>,
    /// Bytes of payload that were copied, mapped and moved.
    pub counters: Counters,
    /// The most linear memory at once, in bytes, windows included.
    pub peak_memory: u64,
    /// The time from instantiation to the end.
    pub duration: Duration,
}

impl Call<'_> {
    /// Runs the call in a sandbox of its own.
    ///
    /// # Errors
    ///
    /// Returns a [`CallError`] that says how the call ended; the sandbox is gone with all its content.
    pub fn run(self) -> Result<Outcome, CallError> {
        let loaded = &*self.component.0;
        let signature = self.component.signature(self.node).ok_or_else(|| {
            CallError::Misuse(format!("the component `{}` exports no node `{}`", loaded.name, self.node))
        })?;
        check_arguments(signature, &self.arguments)?;
        let started = Instant::now();
        let outputs = signature.outputs.iter().enumerate().map(|(index, port)| Port {
            readers: self.readers.get(index).copied().unwrap_or(Readers::Several),
            name: port.name.clone(),
            partitioned: port.kind == Kind::Partitioned,
            taker: self.takers.get(index).cloned().flatten(),
            slots: BTreeMap::new(),
            quota: Quota::new(self.limits.output),
            over_quota: false,
        });
        let clock = Clock::start(&self.limits, self.cancel);
        let log = Log::new(self.telemetry, &self.limits, clock.clone());
        let mut state = state(loaded, self.limits, log, window_bytes(&self.arguments));
        state.outputs = outputs.collect();
        // The capacity covers the call's arguments and all that it may open.
        state.table.set_max_capacity(handles(&self.arguments) + state.outputs.len() + 2 * MAX_WRITERS);
        let arguments: Vec<_> = self.arguments.into_iter().map(|argument| lower(&mut state, argument)).collect();
        let outputs: Vec<_> = (0..state.outputs.len()).map(|index| handle(&mut state, OutputPort(index))).collect();

        let _watched = loaded.engine.0.watch.call(clock, state.interrupt.clone());
        let mut store = store(loaded, state);
        let result = instantiate(loaded, &mut store)
            .and_then(|node| node.wpipe_node_nodes().call_run(&mut store, self.node, &arguments, &outputs));
        let state = store.into_data();
        let printed = state.wasi.as_ref().map_or(Ok(()), Wasi::end);
        match result {
            Ok(Ok(())) => {
                printed?;
                let (counters, peak_memory) = (state.windows.counters(), state.limiter.peak());
                Ok(Outcome { outputs: collect(state)?, counters, peak_memory, duration: started.elapsed() })
            }
            Ok(Err(message)) => {
                let message = if message.trim().is_empty() { NO_REASON.to_owned() } else { message };
                Err(refusal(&state).unwrap_or_else(|| CallError::Failed(GuestText::cut(message))))
            }
            Err(error) => Err(diagnose(state, error)),
        }
    }
}

/// The reason shown for a node that fails without a word.
const NO_REASON: &str = "it gave no reason";

/// Asks a component for its signatures. They are small, so the limits are low.
pub(crate) fn describe(loaded: &Loaded) -> Result<Vec<contract::Signature>, CallError> {
    let allowed = &loaded.engine.0.describe_limits;
    let limits = Limits { memory: allowed.memory, time: allowed.time, log: 1 << 20, output: 0 };
    let clock = Clock::start(&limits, loaded.engine.0.cancel.clone());
    let log = Log::new(Arc::new(Silent), &limits, clock.clone());
    let mut state = state(loaded, limits, log, 0);
    state.most_at_once = allowed.all;
    let _watched = loaded.engine.0.watch.call(clock, state.interrupt.clone());
    let mut store = store(loaded, state);
    let result = instantiate(loaded, &mut store).and_then(|node| node.wpipe_node_nodes().call_describe(&mut store));
    result.map_err(|error| diagnose(store.into_data(), error))
}

fn state(loaded: &Loaded, limits: Limits, log: Log, window_bytes: u64) -> State {
    let log = Arc::new(log);
    let mut table = ResourceTable::new();
    table.set_max_capacity(2 * MAX_WRITERS);
    State {
        table,
        windows: Windows::default(),
        interrupt: Arc::default(),
        transports: loaded.engine.transports().clone(),
        limiter: Limiter::new(&limits, window_bytes),
        wasi: loaded.imports_wasi.then(|| Wasi::new(&log)),
        limits,
        log,
        panic: None,
        outputs: Vec::new(),
        id_bytes: 0,
        open_writers: 0,
        // A `write` with a whole output is the largest.
        most_at_once: usize::try_from(limits.output).unwrap_or(usize::MAX).max(DEFAULT_HOSTCALL_FUEL),
        unavailable: None,
    }
}

fn store(loaded: &Loaded, state: State) -> Store<State> {
    let most_at_once = state.most_at_once;
    let mut store = Store::new(&loaded.engine.0.engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(most_at_once);
    store
}

/// Wasmtime's message if the guest passes more than the fuel of a host call allows; its error has no public type.
const FUEL_EXHAUSTED: &str = "fuel allocated for hostcalls has been exhausted";

/// Wasmtime's default.
const DEFAULT_HOSTCALL_FUEL: usize = 128 << 20;

fn instantiate(loaded: &Loaded, store: &mut Store<State>) -> wasmtime::Result<Node> {
    let interrupt = store.data().interrupt.clone();
    let instance = wpipe_buffer::instantiate(store, &loaded.instance, |state| &mut state.windows, &interrupt)?;
    loaded.exports.load(store, &instance)
}

/// Returns the bytes of linear memory that the window of an input takes, rounded as guests round it.
pub(crate) fn window(len: usize) -> u64 {
    (len.next_multiple_of(WINDOW_ALIGNMENT) + WINDOW_ALIGNMENT) as u64
}

/// Returns the bytes that the windows of the initial inputs take.
fn window_bytes(arguments: &[Argument]) -> u64 {
    let windows = arguments.iter().map(|argument| match argument {
        Argument::Single(buffer) => window(buffer.len()),
        Argument::Moved(buffer) => window(buffer.len()),
        Argument::Partitioned(_) | Argument::Parameter(_) => 0,
    });
    windows.fold(0, u64::saturating_add)
}

/// Returns the number of buffers that a node gets handles of.
fn handles(arguments: &[Argument]) -> usize {
    let handles = arguments.iter().map(|argument| match argument {
        Argument::Partitioned(partitions) => partitions.len(),
        Argument::Single(_) | Argument::Moved(_) | Argument::Parameter(_) => 1,
    });
    handles.sum()
}

fn check_arguments(signature: &Signature, arguments: &[Argument]) -> Result<(), CallError> {
    let (expected, given) = (signature.inputs.len(), arguments.len());
    if expected != given {
        return Err(CallError::Misuse(format!("`{}` takes {expected} inputs, not {given}", signature.name)));
    }
    for (port, argument) in signature.inputs.iter().zip(arguments) {
        let fits = matches!(
            (port.kind, argument),
            (Kind::Single, Argument::Single(_) | Argument::Moved(_))
                | (Kind::Partitioned, Argument::Partitioned(_))
                | (Kind::Parameter, Argument::Parameter(_))
        );
        if !fits {
            let kind = port.kind;
            return Err(CallError::Misuse(format!("the input `{}` is of another kind than {kind:?}", port.name)));
        }
    }
    Ok(())
}

fn lower(state: &mut State, argument: Argument) -> contract::Argument {
    let mut input = |content, is_single: bool| {
        // The windows of single inputs have room from the beginning, those of partitions once the node looks at them.
        let room = is_single.then_some(0);
        handle(state, Input { content, room })
    };
    match argument {
        Argument::Single(buffer) => contract::Argument::Single(input(Content::Shared(buffer), true)),
        Argument::Moved(buffer) => contract::Argument::Single(input(Content::Movable(buffer), true)),
        Argument::Partitioned(partitions) => {
            let partitions = partitions.into_iter().map(|(id, partition)| match partition {
                Partition::Ready(buffer) => (id, input(Content::Shared(buffer), false)),
                Partition::Lazy(fetch) => (id, input(Content::Lazy(fetch), false)),
            });
            contract::Argument::Partitioned(partitions.collect())
        }
        Argument::Parameter(json) => contract::Argument::Parameter(json),
    }
}

fn handle<T: Send + 'static>(state: &mut State, resource: T) -> Resource<T> {
    state.table.push(resource).expect("a new table has room for the arguments of one call")
}

fn collect(state: State) -> Result<Vec<Produced>, CallError> {
    state.outputs.into_iter().map(collect_port).collect()
}

fn collect_port(port: Port) -> Result<Produced, CallError> {
    let mut finished = BTreeMap::new();
    for (id, slot) in port.slots {
        match slot {
            Slot::Finished(buffer) => finished.insert(id, buffer),
            Slot::Taken => continue,
            Slot::Open => return Err(CallError::OutputMissing { port: port.name }),
        };
    }
    if port.partitioned {
        return Ok(Produced::Partitioned(finished));
    }
    match finished.remove("") {
        Some(buffer) => Ok(Produced::Single(buffer)),
        None => Err(CallError::OutputMissing { port: port.name }),
    }
}

/// Returns the limit that the guest ran into, which explains its error better than the guest can.
fn refusal(state: &State) -> Option<CallError> {
    if let Some(reason) = &state.unavailable {
        return Some(CallError::Unavailable(reason.clone()));
    }
    if let Some(port) = state.outputs.iter().find(|port| port.over_quota) {
        return Some(CallError::OutputTooLarge { port: port.name.clone(), limit: state.limits.output });
    }
    let wanted = state.limiter.refused?;
    Some(CallError::OutOfMemory { limit: state.limits.memory, wanted })
}

/// Returns the reason why a call ended early: the first cause that the host knows of, else the trap itself.
fn diagnose(state: State, error: wasmtime::Error) -> CallError {
    if let Some(known) = error.downcast_ref::<CallError>() {
        return known.clone();
    }
    // A poll traps as any access does that is out of bounds.
    let at_a_poll = state.interrupt.is_raised() && error.downcast_ref::<Trap>() == Some(&Trap::MemoryOutOfBounds);
    if at_a_poll && let Err(over) = state.log.check() {
        return over;
    }
    if let Some(error) = refusal(&state) {
        return error;
    }
    if let Some(panic) = state.panic {
        let (message, file, line, column) = (panic.message, panic.file, panic.line, panic.column);
        return CallError::Panicked { message, file, line, column };
    }
    let root = error.root_cause().to_string();
    if root.contains(FUEL_EXHAUSTED) {
        return CallError::TooMuchAtOnce { limit: state.most_at_once as u64 };
    }
    let reason = match error.downcast_ref::<Trap>() {
        Some(trap) => trap.to_string(),
        None => root,
    };
    CallError::Trapped { reason: GuestText::cut(reason.trim_start_matches("wasm trap: ")) }
}
