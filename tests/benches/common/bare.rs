//! A node that does nothing, called by bare wasmtime.

use std::mem;

use wasmtime::component::{Component, HasSelf, Linker, Resource};
use wasmtime::{Engine, Store};
use wpipe_tests::guest;

mod bindings {
    wasmtime::component::bindgen!({ world: "node", path: "../wit" });
}

use bindings::wpipe::node::{buffers, telemetry, types};
use bindings::{Node, NodePre};

/// Takes nothing and returns the number 0.
pub(crate) const NODE: &str = "nothing";
pub(crate) const RESULT: [u8; 8] = [0; 8];

/// The component in an engine as wasmtime sets it up by default.
pub(crate) struct Bare {
    engine: Engine,
    component: NodePre<Output>,
}

/// A host that does the least with which the node still runs: it takes the output's bytes.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) written: Vec<u8>,
    pub(crate) finished: bool,
}

impl Bare {
    pub(crate) fn new() -> wasmtime::Result<Self> {
        let engine = Engine::default();
        let component = Component::from_file(&engine, guest("well_behaved"))?;
        let mut linker = Linker::new(&engine);
        Node::add_to_linker::<_, HasSelf<_>>(&mut linker, |output: &mut Output| output)?;
        let component = NodePre::new(linker.instantiate_pre(&component)?)?;
        Ok(Self { engine, component })
    }

    pub(crate) fn call(&self) -> wasmtime::Result<Output> {
        self.instance()?.call()
    }

    pub(crate) fn instance(&self) -> wasmtime::Result<Instance> {
        let mut store = Store::new(&self.engine, Output::default());
        let node = self.component.instantiate(&mut store)?;
        Ok(Instance { store, node })
    }
}

pub(crate) struct Instance {
    store: Store<Output>,
    node: Node,
}

impl Instance {
    pub(crate) fn call(&mut self) -> wasmtime::Result<Output> {
        let output = Resource::new_own(0);
        let result = self.node.wpipe_node_nodes().call_run(&mut self.store, NODE, &[], &[output])?;
        result.map_err(wasmtime::Error::msg)?;
        Ok(mem::take(self.store.data_mut()))
    }
}

type Access<T> = Result<T, buffers::AccessError>;

impl buffers::Host for Output {}

impl buffers::HostOutput for Output {
    fn open(&mut self, _: Resource<buffers::Output>) -> Access<Resource<buffers::Writer>> {
        Ok(Resource::new_own(0))
    }

    fn open_partition(&mut self, _: Resource<buffers::Output>, _: String) -> Access<Resource<buffers::Writer>> {
        Err(buffers::AccessError::Unmappable)
    }

    fn drop(&mut self, _: Resource<buffers::Output>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl buffers::HostWriter for Output {
    fn attach(&mut self, _: Resource<buffers::Writer>, _: u64, _: u64) -> Access<()> {
        Err(buffers::AccessError::Unmappable)
    }

    fn write(&mut self, _: Resource<buffers::Writer>, bytes: Vec<u8>) -> Access<()> {
        self.written = bytes;
        Ok(())
    }

    fn finish(&mut self, _: Resource<buffers::Writer>, size: u64) -> Access<()> {
        self.finished = size == self.written.len() as u64;
        Ok(())
    }

    fn drop(&mut self, _: Resource<buffers::Writer>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl buffers::HostBuffer for Output {
    fn size(&mut self, _: Resource<buffers::Buffer>) -> u64 {
        0
    }

    fn attach(&mut self, _: Resource<buffers::Buffer>, _: u64) -> Access<()> {
        Err(buffers::AccessError::Unmappable)
    }

    fn read(&mut self, _: Resource<buffers::Buffer>, _: u64, _: u64) -> Access<Vec<u8>> {
        Err(buffers::AccessError::OutOfBounds)
    }

    fn drop(&mut self, _: Resource<buffers::Buffer>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl types::Host for Output {}

impl telemetry::Host for Output {
    fn log(&mut self, _: telemetry::Level, _: String) {}
    fn progress(&mut self, _: u64, _: u64) {}
    fn metric(&mut self, _: String, _: f64) {}
    fn panicked(&mut self, _: String, _: String, _: u32, _: u32) {}
}
