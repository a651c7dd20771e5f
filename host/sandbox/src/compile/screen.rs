//! Counts the parts of a component, in one pass over its bytes and before any of it is compiled.
//!
//! Some shapes make compilers take time and memory out of all proportion to their size. No toolchain makes them, so
//! counts tell them apart. The limits of the compiling process bound the rest.

use wasmparser::{FunctionBody, Operator, Parser, Payload};

use super::CompileLimits;

/// A count that is beyond its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Excess {
    /// The kind of thing that was counted.
    pub(crate) what: &'static str,
    pub(crate) found: u64,
    pub(crate) limit: u64,
}

/// The size in bytes below which bodies are not inspected: whatever their shape, they compile in no time.
const SMALL_BODY: usize = 1 << 10;

/// Counts the parts of `wasm`, and returns the number of its functions.
///
/// Invalid parts are left to the compiler, which reads the same bytes in the same order and reports the fault.
///
/// # Errors
///
/// Returns the first count that exceeds its limit.
pub(crate) fn screen(wasm: &[u8], limits: &CompileLimits) -> Result<u64, Excess> {
    within("bytes", wasm.len() as u64, limits.size)?;
    let (mut functions, mut all_items) = (0, 0);
    for payload in Parser::new(0).parse_all(wasm) {
        let Ok(payload) = payload else { break };
        match &payload {
            Payload::FunctionSection(section) => {
                functions += u64::from(section.count());
                within("functions", functions, limits.functions)?;
            }
            Payload::CodeSectionEntry(body) => function(body, limits)?,
            other => {
                all_items += items(other);
                within("types, imports, exports and other items", all_items, limits.items)?;
            }
        }
    }
    Ok(functions)
}

fn within(what: &'static str, found: u64, limit: u64) -> Result<(), Excess> {
    if found > limit { Err(Excess { what, found, limit }) } else { Ok(()) }
}

/// Returns the number of items that a section declares.
fn items(payload: &Payload<'_>) -> u64 {
    let count = match payload {
        Payload::TypeSection(section) => section.count(),
        Payload::ImportSection(section) => section.count(),
        Payload::TableSection(section) => section.count(),
        Payload::MemorySection(section) => section.count(),
        Payload::TagSection(section) => section.count(),
        Payload::GlobalSection(section) => section.count(),
        Payload::ExportSection(section) => section.count(),
        Payload::ElementSection(section) => section.count(),
        Payload::DataSection(section) => section.count(),
        Payload::InstanceSection(section) => section.count(),
        Payload::CoreTypeSection(section) => section.count(),
        Payload::ComponentInstanceSection(section) => section.count(),
        Payload::ComponentAliasSection(section) => section.count(),
        Payload::ComponentTypeSection(section) => section.count(),
        Payload::ComponentCanonicalSection(section) => section.count(),
        Payload::ComponentImportSection(section) => section.count(),
        Payload::ComponentExportSection(section) => section.count(),
        Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => 1,
        _ => 0,
    };
    count.into()
}

/// Checks one function.
fn function(body: &FunctionBody<'_>, limits: &CompileLimits) -> Result<(), Excess> {
    let size = body.range().len();
    within("bytes in one function", size as u64, limits.function_size)?;
    let locals = body.get_locals_reader().into_iter().flatten().map_while(Result::ok);
    let locals = locals.map(|(count, _)| u64::from(count)).fold(0, u64::saturating_add);
    within("locals in one function", locals, limits.locals)?;
    if size < SMALL_BODY {
        return Ok(());
    }
    within("loops within each other", deepest_loop(body), limits.nested_loops)
}

/// Returns the depth of the deepest nested loops.
fn deepest_loop(body: &FunctionBody<'_>) -> u64 {
    let Ok(mut reader) = body.get_operators_reader() else { return 0 };
    let mut is_loop = Vec::new();
    let (mut depth, mut deepest) = (0, 0);
    while let Ok(operator) = reader.read() {
        match operator {
            Operator::Loop { .. } => {
                is_loop.push(true);
                depth += 1;
                deepest = deepest.max(depth);
            }
            Operator::Block { .. } | Operator::If { .. } | Operator::TryTable { .. } => is_loop.push(false),
            Operator::End => depth -= u64::from(is_loop.pop() == Some(true)),
            _ => {}
        }
        if reader.eof() {
            break;
        }
    }
    deepest
}
