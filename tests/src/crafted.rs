//! Components of nodes that no toolchain makes: by the bare contract, instruction by instruction.

use std::path::Path;

use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function, FunctionSection, Instruction as I,
    MemorySection, MemoryType, Module, RefType, StartSection, TableSection, TableType, TypeSection, ValType,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A component of nodes. By default it describes none, and every other call of it traps.
#[derive(Debug, Clone)]
pub struct Crafted {
    /// The content at the beginning of its memory.
    pub memory: Vec<u8>,
    /// Tables of so many elements each.
    pub tables: Vec<u64>,
    /// Memories beside the one that the host sees.
    pub memories: Vec<MemoryType>,
    /// The code that runs at instantiation; it takes and returns nothing.
    pub start: Vec<I<'static>>,
    /// `describe`: returns the address of a list's address and length.
    pub describe: Vec<I<'static>>,
    /// `run`: takes six numbers, returns the address of a result.
    pub run: Vec<I<'static>>,
    /// The function that the host asks for room: takes four numbers, returns an address.
    pub realloc: Vec<I<'static>>,
}

impl Default for Crafted {
    fn default() -> Self {
        Self {
            memory: signatures(&[]),
            tables: Vec::new(),
            memories: Vec::new(),
            start: Vec::new(),
            describe: vec![I::I32Const(0)],
            run: vec![I::Unreachable],
            realloc: vec![I::Unreachable],
        }
    }
}

impl Crafted {
    /// Returns a component whose memory begins with this.
    pub fn of(memory: Vec<u8>) -> Self {
        Self { memory, ..Self::default() }
    }

    /// Returns the component file.
    ///
    /// # Panics
    ///
    /// Panics if its parts do not make a component.
    pub fn encode(&self) -> Vec<u8> {
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
        for memory in &self.memories {
            memories.memory(*memory);
        }
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0);
        exports.export("wpipe:node/nodes@0.1.0#describe", ExportKind::Func, 1);
        exports.export("wpipe:node/nodes@0.1.0#run", ExportKind::Func, 2);
        exports.export("cabi_realloc", ExportKind::Func, 3);
        let mut code = CodeSection::new();
        for body in [&self.start, &self.describe, &self.run, &self.realloc] {
            let mut function = Function::new([]);
            for instruction in body {
                function.instruction(instruction);
            }
            code.function(function.instruction(&I::End));
        }
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(0), self.memory.iter().copied());
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&tables).section(&memories).section(&exports);
        module.section(&StartSection { function_index: 0 }).section(&code).section(&data);
        component(module.finish())
    }
}

/// Makes a component of nodes of a core module.
///
/// # Panics
///
/// Panics if the module has no nodes.
pub fn component(mut module: Vec<u8>) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let (package, _) =
        resolve.push_dir(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit"))).expect("the contract");
    let world = resolve.select_world(&[package], Some("node")).expect("its world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("embedded");
    ComponentEncoder::default().module(&module).expect("a module of nodes").encode().expect("a component")
}

/// One node, as a component describes it.
#[derive(Debug, Clone, Default)]
pub struct Described<'t> {
    /// Its name.
    pub name: &'t str,
    /// Its documentation.
    pub doc: &'t str,
    /// Its inputs: name, kind (0: single, 1: partitioned, 2: parameter), type and fingerprint.
    pub inputs: Vec<(&'t str, u8, &'t str, u64)>,
    /// Its outputs, likewise.
    pub outputs: Vec<(&'t str, u8, &'t str, u64)>,
}

/// The address of the list of signatures.
const LIST: u32 = 16;
/// The size of a signature, and of a port, in bytes.
const RECORD: u32 = 32;

/// Returns the memory of a component that describes these nodes.
pub fn signatures(nodes: &[Described<'_>]) -> Vec<u8> {
    let count = nodes.len() as u32;
    let mut memory = words(&[LIST, count, 0, 0]);
    memory.resize((LIST + count * RECORD) as usize, 0);
    for (index, node) in nodes.iter().enumerate() {
        let (inputs, outputs) = (ports(&node.inputs, &mut memory), ports(&node.outputs, &mut memory));
        let (name, doc) = (text(node.name, &mut memory), text(node.doc, &mut memory));
        let lengths = [node.name.len(), node.doc.len(), node.inputs.len(), node.outputs.len()].map(|len| len as u32);
        let record: Vec<_> = [name, doc, inputs, outputs].into_iter().zip(lengths).collect();
        let record: Vec<_> = record.into_iter().flat_map(|(address, length)| [address, length]).collect();
        let at = LIST as usize + index * RECORD as usize;
        memory[at..at + RECORD as usize].copy_from_slice(&words(&record));
    }
    memory
}

/// Returns so many signatures. The first bytes of one text, so many each, are the name and the doc of each, and the
/// name of each of its inputs.
pub fn repeated_signatures(count: u32, name: u32, doc: u32, inputs: u32) -> Vec<u8> {
    let text = LIST + count * RECORD;
    let ports = (text + name.max(doc)).next_multiple_of(8);
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

fn ports(ports: &[(&str, u8, &str, u64)], memory: &mut Vec<u8>) -> u32 {
    let mut records = Vec::new();
    for (name, kind, schema, fingerprint) in ports {
        let (name_at, schema_at) = (text(name, memory), text(schema, memory));
        let (low, high) = (*fingerprint as u32, (fingerprint >> 32) as u32);
        let lengths = [name, schema].map(|text| text.len() as u32);
        records.extend(words(&[name_at, lengths[0], u32::from(*kind), schema_at, lengths[1], 0, low, high]));
    }
    memory.resize(memory.len().next_multiple_of(8), 0);
    let address = memory.len() as u32;
    memory.extend(records);
    address
}

fn text(text: &str, memory: &mut Vec<u8>) -> u32 {
    let address = memory.len() as u32;
    memory.extend(text.as_bytes());
    address
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
