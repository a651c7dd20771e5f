//! Components whose `describe`, or whose mere instantiation, would take the host's memory.

use std::path::Path;

use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function, FunctionSection, Instruction as I,
    MemorySection, MemoryType, Module, RefType, StartSection, TableSection, TableType, TypeSection, ValType,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;
use wpipe_sandbox::{Component, LoadError};

use crate::support::engine;

/// A component of nodes, by the bare contract.
#[derive(Default)]
struct Crafted {
    /// What is at the beginning of its memory: the list of signatures, its address and length first.
    memory: Vec<u8>,
    /// Tables of so many elements each.
    tables: Vec<u64>,
    /// Whether it computes for ever as it is instantiated.
    starts_without_end: bool,
}

impl Crafted {
    fn encode(&self) -> Vec<u8> {
        let (nothing, describe, run, realloc) = (0, 1, 2, 3);
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([], [ValType::I32]);
        types.ty().function([ValType::I32; 6], [ValType::I32]);
        types.ty().function([ValType::I32; 4], [ValType::I32]);
        let mut functions = FunctionSection::new();
        for of in [nothing, describe, run, realloc] {
            functions.function(of);
        }
        let mut tables = TableSection::new();
        for &minimum in &self.tables {
            let element_type = RefType::FUNCREF;
            tables.table(TableType { element_type, table64: false, minimum, maximum: None, shared: false });
        }
        let minimum = (self.memory.len() as u64).div_ceil(64 << 10) + 1;
        let mut memories = MemorySection::new();
        memories.memory(MemoryType { minimum, maximum: None, memory64: false, shared: false, page_size_log2: None });
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0);
        exports.export("wpipe:node/nodes@0.1.0#describe", ExportKind::Func, 1);
        exports.export("wpipe:node/nodes@0.1.0#run", ExportKind::Func, 2);
        exports.export("cabi_realloc", ExportKind::Func, 3);
        let mut code = CodeSection::new();
        let mut start = Function::new([]);
        if self.starts_without_end {
            start.instruction(&I::Loop(wasm_encoder::BlockType::Empty)).instruction(&I::Br(0)).instruction(&I::End);
        }
        code.function(start.instruction(&I::End));
        code.function(Function::new([]).instruction(&I::I32Const(0)).instruction(&I::End));
        for _ in [run, realloc] {
            code.function(Function::new([]).instruction(&I::Unreachable).instruction(&I::End));
        }
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(0), self.memory.iter().copied());
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&tables).section(&memories).section(&exports);
        module.section(&StartSection { function_index: 0 }).section(&code).section(&data);
        let mut module = module.finish();
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit"))).unwrap();
        let world = resolve.select_world(&[package], Some("node")).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
    }
}

/// Where the list of signatures begins, and where the text begins that they all tell.
const LIST: u32 = 16;
const SIGNATURE: u32 = 32;

/// So many signatures: each has the first so many bytes of one text as its name and its doc, and so many inputs that do.
fn signatures(count: u32, name: u32, doc: u32, inputs: u32) -> Vec<u8> {
    let text = LIST + count * SIGNATURE;
    let ports = (text + name.max(doc)).next_multiple_of(8);
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    let mut memory = words(&[LIST, count, 0, 0]);
    for _ in 0..count {
        memory.extend(words(&[text, name, text, doc, ports, inputs, 0, 0]));
    }
    memory.resize((text + name.max(doc)) as usize, b'x');
    memory.resize(ports as usize, 0);
    for _ in 0..inputs {
        // Name, kind, schema, fingerprint.
        memory.extend(words(&[text, 1, 0, text, 1, 0, 0, 0]));
    }
    memory
}

fn load(crafted: &Crafted) -> Result<Component, LoadError> {
    Component::from_bytes(&engine(), "crafted", &crafted.encode())
}

#[test]
fn what_is_described_is_bounded() {
    let described = |memory| Crafted { memory, ..Crafted::default() };
    let mut told = String::new();
    for (name, crafted) in [
        ("30 000 signatures of one text of 64 KB", described(signatures(30_000, 64 << 10, 64 << 10, 0))),
        ("5 000 signatures", described(signatures(5_000, 1, 0, 0))),
        ("a name of 1 MB", described(signatures(1, 1 << 20, 0, 0))),
        ("a documentation of 1 MB", described(signatures(1, 1, 1 << 20, 0))),
        ("2 000 inputs", described(signatures(1, 1, 0, 2_000))),
        ("55 tables of a million elements", Crafted { tables: vec![1 << 20; 55], ..described(signatures(0, 0, 0, 0)) }),
        ("100 tables", Crafted { tables: vec![1; 100], ..described(signatures(0, 0, 0, 0)) }),
        ("an endless start", Crafted { starts_without_end: true, ..described(signatures(0, 0, 0, 0)) }),
    ] {
        let error = load(&crafted).expect_err(name);
        told.push_str(&format!("{name}: {error}\n"));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_is_just_much_is_judged_by_what_it_says() {
    let refused = load(&Crafted { memory: signatures(1_000, 100, 1_000, 10), ..Crafted::default() }).unwrap_err();
    assert!(refused.to_string().contains("it has two inputs `x`"), "{refused}");
}
