//! Makes a component of a core module.

use std::path::Path;

use wit_component::{ComponentEncoder, metadata};

use super::error::BuildError;

/// The first bytes of every component: the magic number, and the version in which modules have `01 00 00 00`.
const COMPONENT_PREAMBLE: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// Makes a component of the compiler's output for the crate in `crate_dir`: a module or, for WASI, a component already.
pub(super) fn componentise(crate_dir: &Path, wasm: Vec<u8>) -> Result<Vec<u8>, BuildError> {
    if wasm.starts_with(&COMPONENT_PREAMBLE) {
        return Ok(wasm);
    }
    let path = || crate_dir.to_owned();
    let failed = |reason: String| BuildError::Componentise { path: path(), reason };

    // Without a described interface the encoder would make an empty component and call it a success.
    let (described, _) = metadata::decode(&wasm).map_err(|error| failed(format!("{error:#}")))?;
    if described.is_none() {
        return Err(BuildError::NoInterface { path: path() });
    }
    let encoder = ComponentEncoder::default().validate(true).module(&wasm);
    encoder.and_then(|mut encoder| encoder.encode()).map_err(|error| failed(format!("{error:#}")))
}
