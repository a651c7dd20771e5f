//! Components that are small and take compilers long: each shape that has done so, written instruction by instruction.

use wasm_encoder::{
    BlockType, CodeSection, Component, Function, FunctionSection, Instruction as I, Module, ModuleSection, TypeSection,
    ValType,
};

/// A component of one module of these functions, which take nothing and give nothing.
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

/// Loops within each other, and branches from the innermost to all of them.
pub(crate) fn nested_loops(depth: u32, branches: u32) -> Vec<u8> {
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

/// Loops one after the other, all of which change a local; all locals are alive to the end.
pub(crate) fn locals_in_loops(locals: u32, loops: u32) -> Vec<u8> {
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

/// As many branches as locals, each of which changes one.
pub(crate) fn locals_and_ifs(locals: u32) -> Vec<u8> {
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

/// Functions that do nothing.
pub(crate) fn functions(count: usize) -> Vec<u8> {
    let mut function = Function::new([]);
    function.instruction(&I::End);
    component(&vec![function; count])
}

/// Functions of ordinary arithmetic, some 100 KB each.
pub(crate) fn code(functions: usize) -> Vec<u8> {
    let mut function = Function::new([(2, ValType::I64)]);
    for number in 0..10_000 {
        function.instruction(&I::LocalGet(0)).instruction(&I::I64Const(number)).instruction(&I::I64Mul);
        function.instruction(&I::LocalGet(1)).instruction(&I::I64Xor).instruction(&I::LocalSet((number % 2) as u32));
    }
    function.instruction(&I::End);
    component(&vec![function; functions])
}

/// Components within components.
pub(crate) fn nested_components(depth: usize) -> Vec<u8> {
    (0..depth)
        .fold(Component::new(), |inner, _| {
            let mut outer = Component::new();
            outer.section(&wasm_encoder::NestedComponentSection(&inner));
            outer
        })
        .finish()
}

/// A module of so many types.
pub(crate) fn types(count: usize) -> Vec<u8> {
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
