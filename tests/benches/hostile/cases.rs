//! Components that would take more than they are worth, each in a process of its own.

use std::env;
use std::error::Error;
use std::io;
use std::process::Command;
use std::sync::Arc;

use wasm_encoder::Instruction as I;
use wpipe_buffer::{Buffer, Transports};
use wpipe_sandbox::{Argument, Call, Compiler, Component, Engine, EngineConfig, Limits, Silent};
use wpipe_tests::{bombs, crafted, guest};

/// The first argument of a process that runs a case; its name follows.
const ASKED: &str = "--case";

/// Makes a component.
type Make = fn() -> Vec<u8>;

/// The components that are loaded, and how each is made.
const LOADED: [(&str, Make); 27] = [
    ("250 nested loops, 2 500 branches", || bombs::nested_loops(250, 2_500)),
    ("64 nested loops, 2 500 branches", || bombs::nested_loops(64, 2_500)),
    ("300 locals, 3 000 loops", || bombs::locals_in_loops(300, 3_000)),
    ("49 000 locals and ifs", || bombs::locals_and_ifs(49_000)),
    ("20 000 locals and ifs", || bombs::locals_and_ifs(20_000)),
    ("200 000 functions", || bombs::functions(200_000)),
    ("100 000 functions", || bombs::functions(100_000)),
    ("20 MB of code", || bombs::code(200)),
    ("300 000 types", || bombs::types(300_000)),
    ("900 components within each other", || bombs::nested_components(900)),
    ("200 MB of a custom section", || bombs::custom_section(200 << 20)),
    ("190 000 exports", || bombs::exports(190_000)),
    ("190 000 imports", || bombs::imports(190_000)),
    ("190 000 globals", || bombs::globals(190_000)),
    ("99 000 data segments", || bombs::data_segments(99_000)),
    ("9 000 000 elements", || bombs::elements(9_000_000)),
    ("200 000 blocks within each other", || bombs::nested_blocks(200_000)),
    ("1 000 branch tables of 900 targets", || bombs::branch_tables(900, 1_000, 50)),
    ("5 000 modules", || bombs::modules(5_000)),
    ("900 instances of a memory", || bombs::instances(900)),
    ("40 types that double", || bombs::doubling_types(40)),
    ("30 000 signatures of a text", || {
        crafted::Crafted::of(crafted::repeated_signatures(30_000, 1 << 16, 1 << 16, 0)).encode()
    }),
    ("55 tables of a million elements", || {
        crafted::Crafted { tables: vec![1 << 20; 55], ..Default::default() }.encode()
    }),
    ("100 tables", || crafted::Crafted { tables: vec![1; 100], ..Default::default() }.encode()),
    ("a start that grows by 1 GiB", || {
        let start = vec![I::I32Const(1 << 14), I::MemoryGrow(0), I::Drop];
        crafted::Crafted { start, ..Default::default() }.encode()
    }),
    ("a start that calls itself", || crafted::Crafted { start: vec![I::Call(0)], ..Default::default() }.encode()),
    ("a text of 4 GiB", || {
        let word = |word: u32| word.to_le_bytes();
        let list = [word(16), word(1), word(0), word(0), word(0), word(u32::MAX)].concat();
        crafted::Crafted::of([list, vec![0; 64]].concat()).encode()
    }),
];

/// The nodes that are called, of which component, and with partitions or without any input.
const CALLED: [(&str, &str, Given); 14] = [
    ("huge_error", "hostile", Given::Single),
    ("huge_panic", "hostile", Given::Single),
    ("memory_bomb", "hostile", Given::Single),
    ("grows_page_by_page", "hostile", Given::Single),
    ("log_flood", "hostile", Given::Single),
    ("million_messages", "hostile", Given::Single),
    ("million_figures", "hostile", Given::Single),
    ("output_too_large_and_proud_of_it", "hostile", Given::Single),
    ("partition_ids_without_end", "hostile", Given::Partitions),
    ("partition_writers_without_end", "hostile", Given::Partitions),
    ("partition_in_too_many", "hostile", Given::Partitions),
    ("flood", "wasi", Given::Nothing),
    ("flood_without_end", "wasi", Given::Nothing),
    ("handles_without_end", "wasi", Given::Nothing),
];

/// What a node is given.
#[derive(Clone, Copy)]
enum Given {
    Nothing,
    Single,
    Partitions,
}

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    LOADED.iter().map(|(name, _)| *name).chain(CALLED.iter().map(|(name, ..)| *name))
}

/// Builds the components whose nodes are called: building is no part of what they cost.
pub(crate) fn prepare() {
    CALLED.iter().for_each(|(_, component, _)| drop(guest(component)));
}

/// Whether a case takes no time to speak of.
pub(crate) fn is_quick(name: &str) -> bool {
    ["250 nested loops, 2 500 branches", "40 types that double", "a text of 4 GiB"].contains(&name)
}

/// The case that this process was started for.
pub(crate) fn asked() -> Option<String> {
    let mut arguments = env::args().skip(1);
    if arguments.next()? == ASKED { arguments.next() } else { None }
}

/// A process that runs a case.
pub(crate) fn command(name: &str) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.args([ASKED, name]);
    Ok(command)
}

/// How a case ends.
pub(crate) fn outcome(name: &str) -> Result<String, Box<dyn Error>> {
    let engine = Engine::new(EngineConfig { compiler: Compiler::this_program(), ..EngineConfig::default() })?;
    if let Some((_, make)) = LOADED.iter().find(|(other, _)| *other == name) {
        return Ok(match Component::from_bytes(&engine, "it", &make()) {
            Ok(component) => format!("loaded, {} nodes", component.signatures().len()),
            Err(error) => error.to_string(),
        });
    }
    let (node, component, given) = CALLED.iter().find(|(other, ..)| *other == name).ok_or("no such case")?;
    let component = Component::from_file(&engine, component, &guest(component))?;
    let buffer = Buffer::copy_from(&[7; 1000], &Transports::detect())?;
    let arguments = match given {
        Given::Nothing => Vec::new(),
        Given::Single => vec![Argument::Single(buffer)],
        Given::Partitions => vec![Argument::Partitioned(vec![("a".to_owned(), buffer.into())])],
    };
    let call = Call {
        component: &component,
        node,
        arguments,
        readers: Vec::new(),
        takers: Vec::new(),
        limits: Limits::default(),
        telemetry: Arc::new(Silent),
        cancel: Arc::default(),
    };
    Ok(match call.run() {
        Ok(_) => "completed".to_owned(),
        Err(error) => error.to_string().chars().take(100).collect(),
    })
}
