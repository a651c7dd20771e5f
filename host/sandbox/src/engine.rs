//! The one wasmtime engine of a process, set up so that buffers can be placed in linear memories.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::{Resource, getrlimit, setrlimit};
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Config, Strategy};
use wpipe_buffer::{MemoryFactory, Transports};

use crate::bindings::Node;
use crate::cache::Cache;
use crate::compile::{CompileLimits, Compiler, Gate};
use crate::described::DescribeLimits;
use crate::state::State;
use crate::wasi;
use crate::watch::Watch;

/// The address space of one linear memory. With a guard behind it no access needs a bounds check.
const MEMORY_RESERVATION: u64 = 4 << 30;

/// The configuration of an [`Engine`].
#[derive(Debug, Clone, Default)]
pub struct EngineConfig {
    /// The directory of compiled components; `None` compiles anew in every process.
    pub cache: Option<PathBuf>,
    /// The ways in which buffers reach the guests.
    pub transports: Transports,
    /// The compiler of components. By default it is this process, without limits on time and memory.
    pub compiler: Compiler,
    /// The limits of components and of compiling them, unless one has its own.
    pub compile_limits: CompileLimits,
    /// The limits of the description of components' nodes.
    pub describe_limits: DescribeLimits,
    /// Set to true, it ends a compilation in [another process](Compiler::Program) within some milliseconds.
    pub cancel: Arc<AtomicBool>,
}

/// Compiles components and runs their nodes. A clone is another handle to the same engine.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Shared>, Transports);

pub(crate) struct Shared {
    pub(crate) engine: wasmtime::Engine,
    pub(crate) cache: Cache,
    pub(crate) compiler: Compiler,
    pub(crate) compile_limits: CompileLimits,
    pub(crate) describe_limits: DescribeLimits,
    pub(crate) gate: Gate,
    pub(crate) watch: Watch,
    pub(crate) cancel: Arc<AtomicBool>,
    /// The linker for components that import no WASI: the contract alone.
    pub(crate) contract: Linker<State>,
    pub(crate) contract_and_wasi: Linker<State>,
}

impl Engine {
    /// Sets an engine up.
    ///
    /// # Errors
    ///
    /// Fails if this machine cannot run WebAssembly by wasmtime, with wasmtime's reason.
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
        let (cache, gate, watch) = (Cache::new(cache), Gate::new(), Watch::start());
        let shared = Shared {
            engine,
            cache,
            compiler,
            compile_limits,
            describe_limits,
            gate,
            watch,
            cancel,
            contract,
            contract_and_wasi,
        };
        Ok(Self(Arc::new(shared), transports))
    }

    /// Returns the same engine with other transports for the outputs of its calls.
    #[must_use]
    pub fn with_transports(&self, transports: Transports) -> Self {
        Self(self.0.clone(), transports)
    }

    /// Returns the limits of components and of compiling them, unless one has its own.
    pub fn compile_limits(&self) -> &CompileLimits {
        &self.0.compile_limits
    }

    /// Returns the limits of the description of components' nodes.
    pub fn describe_limits(&self) -> &DescribeLimits {
        &self.0.describe_limits
    }

    /// Returns the transports that outputs of this engine's calls use.
    pub fn transports(&self) -> &Transports {
        &self.1
    }
}

/// Makes the wasmtime engine, alike in every process that compiles or runs.
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
        // Polls that the compiler inserts end a guest.
        .epoch_interruption(false)
        .relaxed_simd_deterministic(true);
    wasmtime::Engine::new(&config)
}

/// Raises the process's limit on descriptors as far as allowed: every large buffer takes one. If that fails, buffers
/// without one are copied.
fn raise_descriptor_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!("the limit on open files stays as it is: {error}");
    }
}
