//! Nodes that return what makes no sense, or ask for room where there is none.

use std::sync::Arc;
use std::time::Duration;

use wasm_encoder::{BlockType, Instruction as I};
use wpipe_sandbox::{Component, Limits};
use wpipe_tests::crafted::{Crafted, Described, signatures};

use crate::support::{LIMITS, call_within, engine};

/// Where the result of `run` is, behind what the component describes.
const RESULT: i32 = 1024;
/// Where the host is given room.
const ROOM: i32 = 4096;

/// A component of one node, which gives these three words as its result: whether it is an error, and of what text.
fn returning(words: [u32; 3]) -> Crafted {
    let mut memory = signatures(&[Described { name: "n", ..Described::default() }]);
    memory.resize(RESULT as usize, 0);
    memory.extend(words.into_iter().flat_map(u32::to_le_bytes));
    Crafted { memory, run: vec![I::I32Const(RESULT)], realloc: vec![I::I32Const(ROOM)], ..Crafted::default() }
}

#[test]
fn what_a_node_returns_is_checked() {
    let endless = || vec![I::Loop(BlockType::Empty), I::Br(0), I::End, I::Unreachable];
    let good = || returning([0, 0, 0]);
    let mut told = String::new();
    for (name, crafted) in [
        ("nothing", good()),
        ("an error without a word", returning([1, 0, 0])),
        ("neither a result nor an error", returning([9, 0, 0])),
        ("an error of 4 GiB", returning([1, 0, u32::MAX])),
        ("an error at the end of all addresses", returning([1, u32::MAX, 1])),
        ("a result beyond the memory", Crafted { run: vec![I::I32Const(-4)], ..good() }),
        ("a result at an odd address", Crafted { run: vec![I::I32Const(RESULT + 1)], ..good() }),
        ("room beyond the memory", Crafted { realloc: vec![I::I32Const(-1)], ..good() }),
        ("no room, but a trap", Crafted { realloc: vec![I::Unreachable], ..good() }),
        ("room that never comes", Crafted { realloc: endless(), ..good() }),
        ("a result that never comes", Crafted { run: endless(), ..good() }),
        ("calls without end", Crafted { run: [vec![I::I32Const(0); 6], vec![I::Call(2)]].concat(), ..good() }),
        // The contract lets nobody call the guest while the host asks it for room: it calls itself.
        ("room by calling itself", Crafted { realloc: [vec![I::I32Const(0); 4], vec![I::Call(3)]].concat(), ..good() }),
    ] {
        let component = Component::from_bytes(&engine(), "crafted", &crafted.encode()).unwrap();
        let limits = Limits { time: Duration::from_millis(300), ..LIMITS };
        let outcome = match call_within(&component, "n", Vec::new(), limits, Arc::default()) {
            Ok(_) => "completed".to_owned(),
            Err(error) => error.to_string(),
        };
        told.push_str(&format!("{name}: {outcome}\n"));
    }
    insta::assert_snapshot!(told);
}
