//! The host's side of `wit/node.wit`, generated.

wasmtime::component::bindgen!({
    world: "node",
    path: "wit",
    imports: { default: trappable },
    with: {
        "wpipe:node/buffers.buffer": crate::state::Input,
        "wpipe:node/buffers.writer": crate::state::Draft,
        "wpipe:node/buffers.output": crate::state::OutputPort,
    },
});
