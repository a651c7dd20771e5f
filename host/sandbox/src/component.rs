//! A component that exports nodes: loaded, compiled, linked, and asked for its signatures.

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use wasmtime::component::InstancePre;
use wasmtime::component::types::ComponentItem;
use wpipe_data::{Kind, Port, Signature};
use wpipe_text::GuestText;

use crate::bindings::NodeIndices;
use crate::bindings::wpipe::node::types as contract;
use crate::call::describe;
use crate::compile::CompileLimits;
use crate::described::{self, Excess};
use crate::engine::Engine;
use crate::error::{CompileError, LoadError};
use crate::file::open_file;
use crate::signatures::judge;
use crate::state::State;

/// The interface that a component of nodes exports.
const NODES: &str = "wpipe:node/nodes@0.1.0";

/// The start of a core module; a component has the same magic number and another version.
const MAGIC: &[u8] = b"\0asm";
const CORE_VERSION: [u8; 4] = [1, 0, 0, 0];

/// A compiled component and the signatures of its nodes. A clone is another handle to the same component.
#[derive(Clone)]
pub struct Component(pub(crate) Arc<Loaded>);

pub(crate) struct Loaded {
    pub(crate) engine: Engine,
    pub(crate) name: String,
    pub(crate) digest: blake3::Hash,
    pub(crate) instance: InstancePre<State>,
    pub(crate) exports: NodeIndices,
    pub(crate) imports_wasi: bool,
    pub(crate) signatures: Vec<Signature>,
}

impl Component {
    /// Loads the component file at `path`; `name` is its name in errors.
    ///
    /// # Errors
    ///
    /// Returns a [`LoadError`] that names the fault of the file.
    pub fn from_file(engine: &Engine, name: &str, path: &Path) -> Result<Self, LoadError> {
        Self::from_file_within(engine, name, path, engine.compile_limits())
    }

    /// Loads a component file as [`Component::from_file`] does, within other limits than the engine's.
    ///
    /// # Errors
    ///
    /// Returns a [`LoadError`] that names the fault of the file.
    pub fn from_file_within(
        engine: &Engine,
        name: &str,
        path: &Path,
        limits: &CompileLimits,
    ) -> Result<Self, LoadError> {
        let read = |source| LoadError::Read { path: path.to_owned(), source };
        let file = open_file(path).map_err(read)?;
        let len = file.metadata().map_err(read)?.len();
        // A file that is too large is not even read.
        if len > limits.size {
            let excess = CompileError::Exceeds { what: "bytes", found: len, limit: limits.size };
            return Err(LoadError::Compile { name: name.to_owned(), source: excess });
        }
        let mut wasm = Vec::new();
        file.take(limits.size.saturating_add(1)).read_to_end(&mut wasm).map_err(read)?;
        Self::from_bytes_within(engine, name, &wasm, limits)
    }

    /// Loads a component from its bytes; `name` is its name in errors.
    ///
    /// # Errors
    ///
    /// Returns a [`LoadError`] that names the fault of the bytes.
    pub fn from_bytes(engine: &Engine, name: &str, wasm: &[u8]) -> Result<Self, LoadError> {
        Self::from_bytes_within(engine, name, wasm, engine.compile_limits())
    }

    /// Loads a component as [`Component::from_bytes`] does, within other limits than the engine's.
    ///
    /// # Errors
    ///
    /// Returns a [`LoadError`] that names the fault of the bytes.
    pub fn from_bytes_within(
        engine: &Engine,
        name: &str,
        wasm: &[u8],
        limits: &CompileLimits,
    ) -> Result<Self, LoadError> {
        let name = name.to_owned();
        match (wasm.get(..4), wasm.get(4..8)) {
            (Some(MAGIC), Some(version)) if version == CORE_VERSION => return Err(LoadError::CoreModule { name }),
            (Some(MAGIC), _) => {}
            _ => return Err(LoadError::NotWasm { name }),
        }
        let digest = blake3::hash(wasm);
        let shared = &engine.0;
        let compiled = match shared.cache.component(shared, &name, wasm, &digest, limits) {
            Ok(compiled) => compiled,
            Err(CompileError::Invalid { reason }) => {
                return Err(LoadError::Invalid { name, reason: GuestText::cut(reason) });
            }
            Err(source) => return Err(LoadError::Compile { name, source }),
        };
        let ty = compiled.component_type();
        if !ty.exports(&shared.engine).any(|(export, _)| export == NODES) {
            return Err(LoadError::OtherWorld { name, reason: GuestText::cut(exports_instead(engine, &ty)) });
        }
        let imports_wasi = ty.imports(&shared.engine).any(|(import, _)| import.starts_with("wasi:"));
        let linker = if imports_wasi { &shared.contract_and_wasi } else { &shared.contract };
        let linked = linker.instantiate_pre(&compiled).and_then(|pre| Ok((NodeIndices::new(&pre)?, pre)));
        let (exports, instance) = match linked {
            Ok(linked) => linked,
            Err(error) => return Err(LoadError::OtherWorld { name, reason: GuestText::cut(format!("{error:#}")) }),
        };
        let engine = engine.clone();
        let mut loaded = Loaded { engine, name, digest, instance, exports, imports_wasi, signatures: Vec::new() };
        match describe(&loaded) {
            Ok(signatures) => {
                if let Err(Excess { what, found, limit }) =
                    described::check(&signatures, &loaded.engine.0.describe_limits)
                {
                    return Err(LoadError::Lengthy { name: loaded.name, what, found, limit });
                }
                loaded.signatures = signatures.into_iter().map(signature).collect();
            }
            Err(source) => return Err(LoadError::Describe { name: loaded.name, source }),
        }
        if let Err(reason) = judge(&loaded.signatures) {
            return Err(LoadError::Signatures { name: loaded.name, reason });
        }
        Ok(Self(Arc::new(loaded)))
    }

    /// Returns the name of this component in errors.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the BLAKE3 digest of the component file, in hexadecimal.
    pub fn digest(&self) -> String {
        self.0.digest.to_hex().to_string()
    }

    /// Returns the signatures of the nodes that the component exports.
    pub fn signatures(&self) -> &[Signature] {
        &self.0.signatures
    }

    /// Returns the signature of the node `name`.
    pub fn signature(&self, name: &str) -> Option<&Signature> {
        self.0.signatures.iter().find(|signature| signature.name == name)
    }

    /// Returns true if the component imports WASI, of which nothing is granted to it.
    pub fn imports_wasi(&self) -> bool {
        self.0.imports_wasi
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component").field("name", &self.0.name).field("digest", &self.digest()).finish_non_exhaustive()
    }
}

fn exports_instead(engine: &Engine, ty: &wasmtime::component::types::Component) -> String {
    let exports: Vec<_> = ty
        .exports(&engine.0.engine)
        .map(|(name, item)| match item.ty {
            ComponentItem::ComponentInstance(_) => format!("the interface `{name}`"),
            _ => format!("`{name}`"),
        })
        .collect();
    match exports.as_slice() {
        [] => "it exports nothing".into(),
        exports => format!("it exports {}", exports.join(", ")),
    }
}

fn signature(described: contract::Signature) -> Signature {
    let ports = |ports: Vec<contract::Port>| ports.into_iter().map(port).collect();
    Signature {
        name: described.name,
        doc: described.doc,
        inputs: ports(described.inputs),
        outputs: ports(described.outputs),
    }
}

fn port(described: contract::Port) -> Port {
    let kind = match described.kind {
        contract::Kind::Single => Kind::Single,
        contract::Kind::Partitioned => Kind::Partitioned,
        contract::Kind::Parameter => Kind::Parameter,
    };
    Port { name: described.name, kind, schema: described.schema, fingerprint: described.fingerprint }
}
