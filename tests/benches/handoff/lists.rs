//! What wpipe replaces: data as `list<u8>` through the canonical ABI, by bare wasmtime.

use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};
use wpipe_tests::guest;

use crate::arm::Arm;
use crate::payload::Payload;

mod bindings {
    wasmtime::component::bindgen!({ world: "lists", path: "guests/baseline/wit" });
}

use bindings::{Lists as Instance, ListsPre};

pub(crate) const NAME: &str = "list<u8>";

/// The most bytes that a call may take from the guest. wasmtime's own limit is 128 MiB.
const HOSTCALL_FUEL: usize = 2 << 30;

/// The baseline component, of which every call is given a fresh instance.
pub(crate) struct Lists {
    engine: Engine,
    component: ListsPre<()>,
}

impl Lists {
    pub(crate) fn new() -> wasmtime::Result<Self> {
        let engine = Engine::default();
        let component = Component::from_file(&engine, guest("baseline"))?;
        let component = ListsPre::new(Linker::new(&engine).instantiate_pre(&component)?)?;
        Ok(Self { engine, component })
    }

    fn call<T>(&self, function: impl FnOnce(&Instance, &mut Store<()>) -> wasmtime::Result<T>) -> T {
        let mut store = Store::new(&self.engine, ());
        store.set_hostcall_fuel(HOSTCALL_FUEL);
        let result = self.component.instantiate(&mut store).and_then(|instance| function(&instance, &mut store));
        result.unwrap_or_else(|error| panic!("{NAME}: the call failed: {error:#}"))
    }
}

impl Arm for Lists {
    type Data = Vec<u8>;

    fn name(&self) -> &'static str {
        NAME
    }

    fn produce(&self, payload: Payload) -> Vec<u8> {
        self.call(|instance, store| instance.call_produce(store, payload.numbers() as u64))
    }

    fn touch(&self, data: &Vec<u8>) -> f64 {
        self.call(|instance, store| instance.call_touch(store, data))
    }

    fn total(&self, data: &Vec<u8>) -> f64 {
        self.call(|instance, store| instance.call_total(store, data))
    }

    fn len(&self, data: &Vec<u8>) -> usize {
        data.len()
    }
}
