//! Components whose `describe`, or whose mere instantiation, would take the host's memory.

use wasm_encoder::{BlockType, Instruction as I, MemoryType};
use wpipe_sandbox::{Component, DescribeLimits, Engine, EngineConfig, LoadError};
use wpipe_tests::crafted::{Crafted, Described, repeated_signatures, signatures};

use crate::support::engine;

fn load(crafted: &Crafted) -> Result<Component, LoadError> {
    Component::from_bytes(&engine(), "crafted", &crafted.encode())
}

/// Computes for ever.
fn endless() -> Vec<I<'static>> {
    vec![I::Loop(BlockType::Empty), I::Br(0), I::End]
}

#[test]
fn what_is_described_is_bounded() {
    let described = |memory| Crafted { memory, ..Crafted::default() };
    let mut told = String::new();
    for (name, crafted) in [
        ("30 000 signatures of one text of 64 KB", described(repeated_signatures(30_000, 64 << 10, 64 << 10, 0))),
        ("5 000 signatures", described(repeated_signatures(5_000, 1, 0, 0))),
        ("a name of 1 MB", described(repeated_signatures(1, 1 << 20, 0, 0))),
        ("a documentation of 1 MB", described(repeated_signatures(1, 1, 1 << 20, 0))),
        ("2 000 inputs", described(repeated_signatures(1, 1, 0, 2_000))),
        ("55 tables of a million elements", Crafted { tables: vec![1 << 20; 55], ..Crafted::default() }),
        ("100 tables", Crafted { tables: vec![1; 100], ..Crafted::default() }),
    ] {
        let error = load(&crafted).expect_err(name);
        told.push_str(&format!("{name}: {error}\n"));
    }
    insta::assert_snapshot!(told);
}

/// Of a list: address and length, both as large as they can be.
fn list(address: u32, length: u32) -> Vec<u8> {
    [address, length].into_iter().flat_map(u32::to_le_bytes).collect()
}

#[test]
fn what_does_not_describe_itself_is_told_with_the_reason() {
    let trap = || vec![I::Unreachable];
    let pages = |count| vec![I::I32Const(count), I::MemoryGrow(0), I::Drop];
    let mut told = String::new();
    for (name, crafted) in [
        ("traps as it starts", Crafted { start: trap(), ..Crafted::default() }),
        ("traps as it describes", Crafted { describe: trap(), ..Crafted::default() }),
        ("a list beyond the memory", Crafted::of(list(u32::MAX, u32::MAX))),
        ("a list at an odd address", Crafted::of(list(1, 1))),
        ("a list at the end of the memory", Crafted::of(list((128 << 10) - 8, 1))),
        ("a result from nowhere", Crafted { describe: vec![I::I32Const(-4)], ..Crafted::default() }),
        ("a result at an odd address", Crafted { describe: vec![I::I32Const(2)], ..Crafted::default() }),
        ("a text of 4 GiB", Crafted::of([list(16, 1), vec![0; 8], list(0, u32::MAX), vec![0; 24]].concat())),
        (
            "a text that is none",
            Crafted::of([list(16, 1), vec![0; 8], list(48, 2), vec![0; 24], vec![0xFF, 0xFE]].concat()),
        ),
        (
            "a kind that there is not",
            Crafted::of(signatures(&[Described {
                name: "n",
                inputs: vec![("i", 7, "bytes", 0)],
                ..Described::default()
            }])),
        ),
        ("grows by 1 GiB, and describes nothing", Crafted { start: pages(1 << 14), ..Crafted::default() }),
        ("calls itself for ever", Crafted { start: vec![I::Call(0)], ..Crafted::default() }),
    ] {
        let outcome = match load(&crafted) {
            Ok(component) => format!("{} nodes", component.signatures().len()),
            Err(error) => error.to_string(),
        };
        told.push_str(&format!("{name}: {outcome}\n"));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn further_memories_count_and_are_few() {
    let plain = MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None };
    let mut told = String::new();
    for (name, memories) in [
        ("one more", vec![plain]),
        ("of 64 bits", vec![MemoryType { memory64: true, ..plain }]),
        ("of 64 bits and 1 TiB", vec![MemoryType { memory64: true, minimum: 1 << 24, ..plain }]),
        ("of 4 GiB", vec![MemoryType { minimum: 1 << 16, ..plain }]),
        ("of more than half of what is allowed, twice", vec![MemoryType { minimum: 2_100, ..plain }; 2]),
        ("20 of them", vec![plain; 20]),
        ("shared", vec![MemoryType { shared: true, maximum: Some(2), ..plain }]),
        ("of pages of one byte", vec![MemoryType { page_size_log2: Some(0), ..plain }]),
    ] {
        let outcome = match load(&Crafted { memories, ..Crafted::default() }) {
            Ok(component) => format!("{} nodes", component.signatures().len()),
            Err(error) => error.to_string(),
        };
        told.push_str(&format!("{name}: {outcome}\n"));
    }
    insta::with_settings!({ filters => vec![(r"\(at offset 0x[0-9a-f]+\)", "(at …)")] }, {
        insta::assert_snapshot!(told);
    });
}

#[test]
fn an_embedder_says_how_much_may_be_described() {
    let describe_limits = DescribeLimits {
        time: std::time::Duration::from_millis(200),
        nodes: 2,
        memory: 1 << 20,
        ..DescribeLimits::default()
    };
    let engine = Engine::new(EngineConfig { describe_limits, ..EngineConfig::default() }).unwrap();
    let mut told = String::new();
    for (name, crafted) in [
        ("starts for ever", Crafted { start: endless(), ..Crafted::default() }),
        ("describes for ever", Crafted { describe: [endless(), vec![I::Unreachable]].concat(), ..Crafted::default() }),
        ("3 nodes", Crafted::of(repeated_signatures(3, 1, 0, 0))),
        ("more memory", Crafted::of(repeated_signatures(1, 1, 2 << 20, 0))),
    ] {
        let error = Component::from_bytes(&engine, "crafted", &crafted.encode()).expect_err(name);
        told.push_str(&format!("{name}: {error}\n"));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_is_just_much_is_judged_by_what_it_says() {
    let refused =
        load(&Crafted { memory: repeated_signatures(1_000, 100, 1_000, 10), ..Crafted::default() }).unwrap_err();
    assert!(refused.to_string().contains("it has two inputs `x`"), "{refused}");
}
