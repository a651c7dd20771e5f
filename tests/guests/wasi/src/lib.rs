//! A node that imports WASI and looks for whatever it may have been granted.
//!
//! It is built for `wasm32-unknown-unknown` and names its imports in `wit/`, so that no WASI toolchain is needed.

#![cfg(target_arch = "wasm32")]

wit_bindgen::generate!({ world: "test:probe/probe", path: ["../../../wit", "wit"], generate_all });

use exports::wpipe::node::nodes::{Argument, Guest, Output, Signature};
use wasi::cli::environment;
use wasi::cli::stderr::get_stderr;
use wasi::cli::stdout::get_stdout;
use wasi::clocks::{monotonic_clock, wall_clock};
use wasi::filesystem::preopens;
use wasi::io::streams::OutputStream;
use wasi::random::random;
use wpipe::node::buffers::Writer;
use wpipe::node::types::{Kind, Port};

struct Probe;

const NODES: [&str; 11] = [
    "look_around",
    "sleep",
    "print",
    "flood",
    "flood_without_end",
    "flood_of_both",
    "flood_of_bytes",
    "print_at_once",
    "print_zeroes",
    "random_bytes",
    "handles_without_end",
];

impl Guest for Probe {
    fn describe() -> Vec<Signature> {
        let output = Port { name: "output".into(), kind: Kind::Single, schema: "text".into(), fingerprint: 0 };
        let signature = |name: &str| Signature {
            name: name.into(),
            doc: String::new(),
            inputs: Vec::new(),
            outputs: vec![output.clone()],
        };
        NODES.map(signature).into()
    }

    fn run(node: String, _: Vec<Argument>, outputs: Vec<Output>) -> Result<(), String> {
        if node == "sleep" {
            monotonic_clock::subscribe_duration(3_600_000_000_000).block();
        }
        let (stdout, stderr) = (get_stdout(), get_stderr());
        let print = |to: &OutputStream, bytes: &[u8]| to.blocking_write_and_flush(bytes).map_err(|_| "not printed");
        match node.as_str() {
            "print" => {
                // A character in pieces, both streams, a byte that is no text, and a line that nothing ends.
                for byte in "é\r\n\n漢\n".as_bytes() {
                    print(&stdout, &[*byte])?;
                }
                print(&stderr, b"odd \xff\n")?;
                print(&stdout, b"\x1b[2Jno end")?;
                print(&stderr, b"none \xc3")?;
            }
            "flood" => (0..8192).try_for_each(|_| print(&stdout, &[b'\n'; 4096]))?,
            "flood_of_both" => (0..8192).try_for_each(|_| {
                print(&stdout, &[b'\n'; 4096])?;
                print(&stderr, &[b'\n'; 4096])
            })?,
            "flood_of_bytes" => (0..u64::MAX).try_for_each(|_| print(&stdout, b"x"))?,
            "print_at_once" => stdout.write(&vec![b'\n'; 32 << 20]).map_err(|_| "not printed")?,
            "print_zeroes" => stdout.write_zeroes(1 << 40).map_err(|_| "not printed")?,
            "random_bytes" => drop(random::get_random_bytes(1 << 40)),
            "handles_without_end" => (0..1 << 24).for_each(|_| core::mem::forget(stdout.subscribe())),
            "flood_without_end" => (0..8192).try_for_each(|_| print(&stderr, &[b'x'; 4096]))?,
            _ => {}
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
