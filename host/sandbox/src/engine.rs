//! The one wasmtime engine of a process, set up so that buffers can be placed in linear memories.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, getrlimit, setrlimit};
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Config, EngineWeak, Strategy};
use wpipe_buffer::{MemoryFactory, Transports};

use crate::bindings::Node;
use crate::cache::Cache;
use crate::compile::{CompileLimits, Compiler, Gate};
use crate::described::DescribeLimits;
use crate::state::State;
use crate::wasi;

/// How often a running guest can be stopped.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Address space of one linear memory. With a guard behind it no access needs a bounds check.
const MEMORY_RESERVATION: u64 = 4 << 30;

/// How an [`Engine`] is set up.
#[derive(Debug, Clone, Default)]
pub struct EngineConfig {
    /// Where compiled components are kept; `None` compiles anew in every process.
    pub cache: Option<PathBuf>,
    /// How buffers reach the guests.
    pub transports: Transports,
    /// Who compiles components. By default this process does, without limits on time and memory.
    pub compiler: Compiler,
    /// What components may be, and what compiling them may take, where nobody says otherwise for one.
    pub compile_limits: CompileLimits,
    /// How much components may say of their nodes.
    pub describe_limits: DescribeLimits,
    /// Set to true, it ends what [another process](Compiler::Program) compiles within some milliseconds.
    pub cancel: Arc<AtomicBool>,
}

/// Compiles components and runs their nodes. A clone is another handle to the same engine.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) engine: wasmtime::Engine,
    pub(crate) cache: Cache,
    pub(crate) compiler: Compiler,
    pub(crate) compile_limits: CompileLimits,
    pub(crate) describe_limits: DescribeLimits,
    pub(crate) gate: Gate,
    pub(crate) cancel: Arc<AtomicBool>,
    pub(crate) transports: Transports,
    /// For components that import no WASI: the contract alone.
    pub(crate) contract: Linker<State>,
    pub(crate) contract_and_wasi: Linker<State>,
}

impl Engine {
    /// Sets an engine up.
    ///
    /// # Errors
    ///
    /// When this machine cannot run WebAssembly by wasmtime, with wasmtime's reason.
    pub fn new(config: EngineConfig) -> Result<Self, String> {
        Self::build(config).map_err(|error| format!("failed to set up wasmtime: {error:#}"))
    }

    fn build(config: EngineConfig) -> wasmtime::Result<Self> {
        let EngineConfig { cache, transports, compiler, compile_limits, describe_limits, cancel } = config;
        let engine = wasmtime_engine()?;
        let mut contract = Linker::new(&engine);
        Node::add_to_linker::<_, HasSelf<_>>(&mut contract, |state: &mut State| state)?;
        let mut contract_and_wasi = contract.clone();
        wasi::add_to_linker(&mut contract_and_wasi)?;
        raise_descriptor_limit();
        start_ticker(engine.weak());
        let (cache, gate) = (Cache::new(cache), Gate::new());
        Ok(Self(Arc::new(Shared {
            engine,
            cache,
            compiler,
            compile_limits,
            describe_limits,
            gate,
            cancel,
            transports,
            contract,
            contract_and_wasi,
        })))
    }

    /// What components may be, and what compiling them may take, where nobody says otherwise for one.
    pub fn compile_limits(&self) -> &CompileLimits {
        &self.0.compile_limits
    }

    /// How much components may say of their nodes.
    pub fn describe_limits(&self) -> &DescribeLimits {
        &self.0.describe_limits
    }

    /// The transports that outputs of this engine's calls use.
    pub fn transports(&self) -> &Transports {
        &self.0.transports
    }
}

/// wasmtime, set up alike in every process that compiles or runs.
pub(crate) fn wasmtime_engine() -> wasmtime::Result<wasmtime::Engine> {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .wasm_component_model(true)
        .concurrency_support(false)
        .with_host_memory(Arc::new(MemoryFactory))
        // wasmtime 48 panics on modules with data segments if images are mapped into memories of the host's making.
        .memory_init_cow(false)
        .memory_reservation(MEMORY_RESERVATION)
        .memory_may_move(false)
        .epoch_interruption(true)
        .relaxed_simd_deterministic(true);
    wasmtime::Engine::new(&config)
}

/// Lets the process have as many descriptors as it may: every large buffer takes one. Whatever comes of it, buffers
/// for which there is none are copied.
fn raise_descriptor_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!("the limit on open files stays as it is: {error}");
    }
}

/// Lets every running guest look at the clock each [`TICK`]. Ends with the engine.
fn start_ticker(engine: EngineWeak) {
    let ticker = thread::Builder::new().name("wpipe-ticker".into()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    });
    if let Err(error) = ticker {
        tracing::warn!("time limits are not kept: no thread for the clock: {error}");
    }
}
