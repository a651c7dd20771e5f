//! A node that imports WASI and looks for whatever it may have been granted.
//!
//! It is built for `wasm32-unknown-unknown` and names its imports in `wit/`, so that no WASI toolchain is needed.

#![cfg(target_arch = "wasm32")]

wit_bindgen::generate!({ world: "test:probe/probe", path: ["../../../wit", "wit"], generate_all });

use exports::wpipe::node::nodes::{Argument, Guest, Output, Signature};
use wasi::cli::environment;
use wasi::clocks::{monotonic_clock, wall_clock};
use wasi::filesystem::preopens;
use wasi::random::random;
use wpipe::node::buffers::Writer;
use wpipe::node::types::{Kind, Port};

struct Probe;

impl Guest for Probe {
    fn describe() -> Vec<Signature> {
        let output = Port { name: "output".into(), kind: Kind::Single, schema: "text".into(), fingerprint: 0 };
        let signature = |name: &str| Signature {
            name: name.into(),
            doc: String::new(),
            inputs: Vec::new(),
            outputs: vec![output.clone()],
        };
        vec![signature("look_around"), signature("sleep")]
    }

    fn run(node: String, _: Vec<Argument>, outputs: Vec<Output>) -> Result<(), String> {
        if node == "sleep" {
            monotonic_clock::subscribe_duration(3_600_000_000_000).block();
        }
        let report = format!(
            "variables: {}, arguments: {}, directories: {}, clock: {}, wall clock: {}, random: {}",
            environment::get_environment().len(),
            environment::get_arguments().len(),
            preopens::get_directories().len(),
            monotonic_clock::now(),
            wall_clock::now().seconds,
            random::get_random_u64() == random::get_random_u64(),
        );
        let writer = outputs[0].open().map_err(|error| format!("{error:?}"))?;
        writer.write(report.as_bytes()).map_err(|error| format!("{error:?}"))?;
        Writer::finish(writer, report.len() as u64).map_err(|error| format!("{error:?}"))
    }
}

export!(Probe);
