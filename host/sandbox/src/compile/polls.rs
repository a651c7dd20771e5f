//! Inserts polls, by which a running guest can be ended: loads of the [polling page](POLLING_PAGE) at the head of every loop,
//! and of every function that can multiply calls.
//!
//! Between two polls a guest executes each instruction of the functions on its stack once at most: without a loop, a
//! function that calls at most one other makes a chain, and the stack bounds chains. wasmtime has two such checks of its
//! own, epochs and fuel. They compare and branch to a call, around which the loop's registers are kept in memory, and take
//! up to half of the time of a tight loop.
//!
//! Compilers merge loads of one address if nothing is stored between them, and the poll of an inner loop would be that of
//! the outer one. So all polls of a function load from addresses of their own, and where these are used up, a call that
//! may change the memory comes first.

use std::convert::Infallible;
use std::mem;

use wasm_encoder::reencode::{self, Reencode, ReencodeComponent, component_utils, utils};
use wasm_encoder::{
    CodeSection, Component, Function, Instruction, MemArg, MemorySection, MemoryType, Module, SectionId,
};
use wasmparser::{
    CustomSectionReader, FunctionBody, MemorySectionReader, Operator, Parser, Payload, TypeRef, Validator, WasmFeatures,
};
use wpipe_buffer::{POLLING_BYTES, POLLING_PAGE};

type Error = reencode::Error<Infallible>;

/// The revision of what is inserted. Artefacts of another one are compiled anew.
pub(crate) const REVISION: u32 = 1;

/// Compiles the component `wasm` with polls. A fault of it is told with its own offsets.
pub(crate) fn with_polls<T>(wasm: &[u8], compile: impl Fn(&[u8]) -> wasmtime::Result<T>) -> wasmtime::Result<T> {
    let fault_or = |other: wasmtime::Error| Err(compile(wasm).err().unwrap_or(other));
    match insert(wasm) {
        Ok(polling) => compile(&polling).or_else(fault_or),
        // Nothing that does not poll is ever run.
        Err(error) => fault_or(wasmtime::Error::msg(format!("failed to insert polls: {error}"))),
    }
}

/// Returns the component with polls.
fn insert(wasm: &[u8]) -> Result<Vec<u8>, Error> {
    // The encoder believes the lengths that it reads.
    Validator::new_with_features(WasmFeatures::all()).validate_all(wasm)?;
    let mut component = Component::new();
    Polls::default().parse_component(&mut component, Parser::new(0), wasm)?;
    Ok(component.finish())
}

#[derive(Default)]
struct Polls {
    /// The memory of the module that its polls load from.
    memory: u32,
    /// True while the module lacks that memory.
    lacks_memory: bool,
}

/// A memory to poll in. It takes address space.
const MEMORY: MemoryType =
    MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };

impl Reencode for Polls {
    type Error = Infallible;

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let mut addresses = Addresses { memory: self.memory, used: 0 };
        if Shape::of(&body)?.multiplies_calls() {
            addresses.poll(&mut function);
        }
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let instruction = self.parse_instruction(&mut operators)?;
            function.instruction(&instruction);
            if matches!(instruction, Instruction::Loop(_)) {
                addresses.poll(&mut function);
            }
        }
        code.function(&function);
        Ok(())
    }

    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), Error> {
        use SectionId::{Function, Import, Memory, Table, Type};
        if self.lacks_memory && !matches!(before, Some(Type | Import | Function | Table | Memory)) {
            self.lacks_memory = false;
            module.section(MemorySection::new().memory(MEMORY));
        }
        Ok(())
    }

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        section: MemorySectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_memory_section(self, memories, section)?;
        if mem::take(&mut self.lacks_memory) {
            memories.memory(MEMORY);
        }
        Ok(())
    }

    fn parse_custom_section(&mut self, module: &mut Module, section: CustomSectionReader<'_>) -> Result<(), Error> {
        // Hints for instructions, by offsets that are others now.
        if section.name().starts_with("metadata.code.") {
            return Ok(());
        }
        utils::parse_custom_section(self, module, section)
    }
}

impl ReencodeComponent for Polls {
    fn parse_component_submodule(
        &mut self,
        component: &mut Component,
        parser: Parser,
        module: &[u8],
    ) -> Result<(), Error> {
        *self = Self::of(parser.clone(), module)?;
        component_utils::parse_component_submodule(self, component, parser, module)
    }
}

impl Polls {
    /// Chooses the memory to poll in: the first one of 32 bits, or another one if a function is to poll.
    fn of(parser: Parser, module: &[u8]) -> Result<Self, Error> {
        let (mut memories, mut polls) = (Vec::new(), false);
        for payload in parser.parse_all(module) {
            match payload? {
                Payload::MemorySection(section) => {
                    for memory in section {
                        memories.push(memory?);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if let TypeRef::Memory(memory) = import?.ty {
                            memories.push(memory);
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => polls = polls || Shape::of(&body)?.polls(),
                _ => {}
            }
        }
        let first = memories.iter().position(|memory| !memory.memory64);
        let memory = first.unwrap_or(memories.len());
        Ok(Self { memory: u32::try_from(memory).unwrap_or(u32::MAX), lacks_memory: polls && first.is_none() })
    }
}

/// What decides whether a function polls.
#[derive(Default)]
struct Shape {
    loops: bool,
    calls: usize,
    /// True if a call takes the function's place on the stack, which bounds nothing then.
    tail_calls: bool,
}

impl Shape {
    fn of(body: &FunctionBody<'_>) -> Result<Self, Error> {
        let mut shape = Self::default();
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::Loop { .. } => shape.loops = true,
                Operator::Call { .. } | Operator::CallIndirect { .. } | Operator::CallRef { .. } => shape.calls += 1,
                Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. } | Operator::ReturnCallRef { .. } => {
                    shape.tail_calls = true;
                }
                _ => {}
            }
        }
        Ok(shape)
    }

    fn polls(&self) -> bool {
        self.loops || self.multiplies_calls()
    }

    fn multiplies_calls(&self) -> bool {
        self.calls > 1 || self.tail_calls
    }
}

/// The addresses of a function's polls.
struct Addresses {
    memory: u32,
    used: usize,
}

impl Addresses {
    fn poll(&mut self, function: &mut Function) {
        if self.used >= POLLING_BYTES {
            function.instruction(&Instruction::I32Const(0));
            function.instruction(&Instruction::MemoryGrow(self.memory));
            function.instruction(&Instruction::Drop);
        }
        let address = POLLING_PAGE + self.used % POLLING_BYTES;
        self.used += 1;
        // The number of the same 32 bits.
        function.instruction(&Instruction::I32Const(address as u32 as i32));
        function.instruction(&Instruction::I32Load8U(MemArg { offset: 0, align: 0, memory_index: self.memory }));
        function.instruction(&Instruction::Drop);
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{BlockType, FunctionSection, TypeSection};

    use super::*;

    /// Returns a component with one module of one function, which has no memory.
    fn component(body: &[Instruction<'static>]) -> Vec<u8> {
        let (mut types, mut functions, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
        types.ty().function([], []);
        functions.function(0);
        let mut function = Function::new([]);
        body.iter().chain([&Instruction::End]).for_each(|instruction| {
            function.instruction(instruction);
        });
        code.function(&function);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&code);
        let mut component = Component::new();
        component.section(&wasm_encoder::ModuleSection(&module));
        component.finish()
    }

    /// Counts the memories, and the loads.
    fn memories_and_loads(wasm: &[u8]) -> (u32, usize) {
        let (mut memories, mut loads) = (0, 0);
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.unwrap() {
                Payload::MemorySection(section) => memories += section.count(),
                Payload::CodeSectionEntry(body) => {
                    let operators = body.get_operators_reader().unwrap().into_iter();
                    loads += operators.filter(|operator| matches!(operator, Ok(Operator::I32Load8U { .. }))).count();
                }
                _ => {}
            }
        }
        (memories, loads)
    }

    #[test]
    fn a_module_that_loops_without_a_memory_is_given_one_to_poll_in() {
        let polling = insert(&component(&[Instruction::Loop(BlockType::Empty), Instruction::End])).unwrap();
        Validator::new().validate_all(&polling).unwrap();
        assert_eq!(memories_and_loads(&polling), (1, 1));
    }

    #[test]
    fn the_polls_of_a_module_whose_memory_has_64_bits_have_one_of_their_own() {
        let mut polls = Polls { memory: 1, lacks_memory: true };
        let mut memories = MemorySection::new();
        // One memory, of 64 bits and no pages.
        let section = MemorySectionReader::new(wasmparser::BinaryReader::new(&[1, 4, 0], 0)).unwrap();
        polls.parse_memory_section(&mut memories, section).unwrap();
        assert_eq!((wasm_encoder::Section::id(&memories), memories.len()), (SectionId::Memory as u8, 2));
        assert!(!polls.lacks_memory);
    }

    #[test]
    fn a_function_that_calls_twice_polls() {
        let polling = insert(&component(&[Instruction::Call(0), Instruction::Call(0)])).unwrap();
        Validator::new().validate_all(&polling).unwrap();
        assert_eq!(memories_and_loads(&polling), (1, 1));
    }

    #[test]
    fn a_function_that_passes_a_call_on_is_left_alone() {
        let passing = component(&[Instruction::Call(0)]);
        assert_eq!(insert(&passing).unwrap(), passing);
    }

    #[test]
    fn what_is_no_component_is_told_by_the_compiler() {
        let compile = |_: &[u8]| -> wasmtime::Result<()> { Err(wasmtime::Error::msg("at offset 0x8")) };
        let error = with_polls(b"\0asm\x0d\0\x01\0\xff", compile).expect_err("no component");
        assert_eq!(error.to_string(), "at offset 0x8");
        let error =
            with_polls(b"\0asm\x0d\0\x01\0\xff", |_| Ok(())).expect_err("nothing runs without polls").to_string();
        assert!(error.starts_with("failed to insert polls: "), "{error}");
    }
}
