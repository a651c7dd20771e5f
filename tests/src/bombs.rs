//! Components that are small and keep compilers busy for long, or have too much of something: each shape, written
//! instruction by instruction.

use wasm_encoder::{
    BlockType, CodeSection, Component, ConstExpr, CustomSection, DataSection, ElementSection, Elements, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection, InstanceSection,
    Instruction as I, MemorySection, MemoryType, Module, ModuleArg, ModuleSection, RefType, TableSection, TableType,
    TypeSection, ValType,
};

/// Returns a component of one module of these functions, which take and return nothing.
fn component(functions: &[Function]) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut declared = FunctionSection::new();
    let mut code = CodeSection::new();
    for function in functions {
        declared.function(0);
        code.function(function);
    }
    let mut module = Module::new();
    module.section(&types).section(&declared).section(&code);
    let mut component = Component::new();
    component.section(&ModuleSection(&module));
    component.finish()
}

/// Returns nested loops, and branches from the innermost to all of them.
pub fn nested_loops(depth: u32, branches: u32) -> Vec<u8> {
    let mut function = Function::new([(1, ValType::I32)]);
    for _ in 0..depth {
        function.instruction(&I::Loop(BlockType::Empty));
    }
    for branch in 0..branches {
        function.instruction(&I::LocalGet(0)).instruction(&I::BrIf(branch % depth));
        function.instruction(&I::LocalGet(0)).instruction(&I::I32Const(1)).instruction(&I::I32Add);
        function.instruction(&I::LocalSet(0));
    }
    for _ in 0..=depth {
        function.instruction(&I::End);
    }
    component(&[function])
}

/// Returns consecutive loops, all of which change a local; all locals are alive to the end.
pub fn locals_in_loops(locals: u32, loops: u32) -> Vec<u8> {
    let mut function = Function::new([(locals, ValType::I64)]);
    for index in 0..loops {
        let local = index % locals;
        function.instruction(&I::Loop(BlockType::Empty)).instruction(&I::LocalGet(local));
        function.instruction(&I::I64Const(1)).instruction(&I::I64Add).instruction(&I::LocalTee(local));
        function.instruction(&I::I64Eqz).instruction(&I::BrIf(0)).instruction(&I::End);
    }
    keep_alive(&mut function, locals);
    component(&[function])
}

/// Returns as many branches as locals, each of which changes one.
pub fn locals_and_ifs(locals: u32) -> Vec<u8> {
    let mut function = Function::new([(locals, ValType::I64)]);
    for local in 0..locals {
        function.instruction(&I::LocalGet(local)).instruction(&I::I64Eqz).instruction(&I::If(BlockType::Empty));
        function.instruction(&I::I64Const(1)).instruction(&I::LocalSet(local)).instruction(&I::End);
    }
    keep_alive(&mut function, locals);
    component(&[function])
}

fn keep_alive(function: &mut Function, locals: u32) {
    function.instruction(&I::I64Const(0));
    for local in 0..locals {
        function.instruction(&I::LocalGet(local)).instruction(&I::I64Add);
    }
    function.instruction(&I::Drop).instruction(&I::End);
}

/// Returns functions that do nothing.
pub fn functions(count: usize) -> Vec<u8> {
    let mut function = Function::new([]);
    function.instruction(&I::End);
    component(&vec![function; count])
}

/// Returns functions of ordinary arithmetic, some 100 KB each.
pub fn code(functions: usize) -> Vec<u8> {
    let mut function = Function::new([(2, ValType::I64)]);
    for number in 0..10_000 {
        function.instruction(&I::LocalGet(0)).instruction(&I::I64Const(number)).instruction(&I::I64Mul);
        function.instruction(&I::LocalGet(1)).instruction(&I::I64Xor).instruction(&I::LocalSet((number % 2) as u32));
    }
    function.instruction(&I::End);
    component(&vec![function; functions])
}

/// Returns components within components.
pub fn nested_components(depth: usize) -> Vec<u8> {
    (0..depth)
        .fold(Component::new(), |inner, _| {
            let mut outer = Component::new();
            outer.section(&wasm_encoder::NestedComponentSection(&inner));
            outer
        })
        .finish()
}

/// Returns a module of so many types.
pub fn types(count: usize) -> Vec<u8> {
    let mut types = TypeSection::new();
    for number in 0..count {
        let parameters = (0..16).map(|bit| if number >> bit & 1 == 1 { ValType::I32 } else { ValType::F64 });
        types.ty().function(parameters.collect::<Vec<_>>(), []);
    }
    let mut module = Module::new();
    module.section(&types);
    let mut component = Component::new();
    component.section(&ModuleSection(&module));
    component.finish()
}

/// Returns a component of one module.
fn of_module(module: &Module) -> Vec<u8> {
    let mut component = Component::new();
    component.section(&ModuleSection(module));
    component.finish()
}

fn one_page() -> MemoryType {
    MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None }
}

/// Returns a section of so many bytes that nobody reads.
pub fn custom_section(bytes: usize) -> Vec<u8> {
    let mut module = Module::new();
    module.section(&CustomSection { name: "name".into(), data: vec![b'x'; bytes].into() });
    of_module(&module)
}

/// Returns a module of so many exports.
pub fn exports(count: usize) -> Vec<u8> {
    let mut memories = MemorySection::new();
    memories.memory(one_page());
    let mut exports = ExportSection::new();
    for number in 0..count {
        exports.export(&format!("e{number}"), ExportKind::Memory, 0);
    }
    let mut module = Module::new();
    module.section(&memories).section(&exports);
    of_module(&module)
}

/// Returns a module of so many imports.
pub fn imports(count: usize) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut imports = ImportSection::new();
    for number in 0..count {
        imports.import("m", &format!("i{number}"), wasm_encoder::EntityType::Function(0));
    }
    let mut module = Module::new();
    module.section(&types).section(&imports);
    of_module(&module)
}

/// Returns a module of so many globals.
pub fn globals(count: usize) -> Vec<u8> {
    let mut globals = GlobalSection::new();
    for _ in 0..count {
        globals.global(GlobalType { val_type: ValType::I64, mutable: true, shared: false }, &ConstExpr::i64_const(1));
    }
    let mut module = Module::new();
    module.section(&globals);
    of_module(&module)
}

/// Returns a module of so many data segments, each of which writes one byte.
pub fn data_segments(count: usize) -> Vec<u8> {
    let mut memories = MemorySection::new();
    memories.memory(one_page());
    let mut data = DataSection::new();
    for number in 0..count {
        data.active(0, &ConstExpr::i32_const(number as i32 % 65_536), [7]);
    }
    let mut module = Module::new();
    module.section(&memories).section(&data);
    of_module(&module)
}

/// Returns a module whose element segment has so many elements.
pub fn elements(count: usize) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut tables = TableSection::new();
    let (element_type, minimum) = (RefType::FUNCREF, count as u64);
    tables.table(TableType { element_type, table64: false, minimum, maximum: None, shared: false });
    let mut elements = ElementSection::new();
    elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(vec![0; count].into()));
    let mut code = CodeSection::new();
    code.function(Function::new([]).instruction(&I::End));
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&tables).section(&elements).section(&code);
    of_module(&module)
}

/// Returns blocks within each other.
pub fn nested_blocks(depth: usize) -> Vec<u8> {
    let mut function = Function::new([]);
    for _ in 0..depth {
        function.instruction(&I::Block(BlockType::Empty));
    }
    for _ in 0..=depth {
        function.instruction(&I::End);
    }
    component(&[function])
}

/// Returns tables of branches, each to all blocks around it, between which all locals change.
pub fn branch_tables(blocks: u32, tables: u32, locals: u32) -> Vec<u8> {
    let mut function = Function::new([(locals, ValType::I64), (1, ValType::I32)]);
    for _ in 0..blocks {
        function.instruction(&I::Block(BlockType::Empty));
    }
    for table in 0..tables {
        let local = table % locals;
        function.instruction(&I::LocalGet(local)).instruction(&I::I64Const(3)).instruction(&I::I64Add);
        function.instruction(&I::LocalSet(local));
        // Each has one arm, so that the code behind it can be reached.
        function
            .instruction(&I::LocalGet(locals))
            .instruction(&I::If(BlockType::Empty))
            .instruction(&I::LocalGet(locals));
        function.instruction(&I::BrTable((0..blocks).map(|block| block + 1).collect::<Vec<_>>().into(), 1));
        function.instruction(&I::End);
    }
    for _ in 0..blocks {
        function.instruction(&I::End);
    }
    keep_alive(&mut function, locals);
    component(&[function])
}

/// Returns modules of ordinary arithmetic, one after the other.
pub fn modules(count: usize) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    for _ in 0..20 {
        functions.function(0);
        code.function(Function::new([]).instruction(&I::End));
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    let mut component = Component::new();
    for _ in 0..count {
        component.section(&ModuleSection(&module));
    }
    component.finish()
}

/// Returns one module with a memory, instantiated so many times.
pub fn instances(count: usize) -> Vec<u8> {
    let mut memories = MemorySection::new();
    memories.memory(one_page());
    let mut module = Module::new();
    module.section(&memories);
    let mut component = Component::new();
    component.section(&ModuleSection(&module));
    let mut instances = InstanceSection::new();
    for _ in 0..count {
        instances.instantiate(0, std::iter::empty::<(&str, ModuleArg)>());
    }
    component.section(&instances);
    component.finish()
}

/// Returns types each of which holds the one before it twice.
pub fn doubling_types(depth: u32) -> Vec<u8> {
    use wasm_encoder::{ComponentTypeSection, ComponentValType, PrimitiveValType};
    let mut types = ComponentTypeSection::new();
    types.defined_type().tuple([ComponentValType::Primitive(PrimitiveValType::U8); 2]);
    for before in 0..depth {
        types.defined_type().tuple([ComponentValType::Type(before); 2]);
    }
    let mut component = Component::new();
    component.section(&types);
    component.finish()
}
