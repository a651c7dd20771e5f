//! The limits of a component and of compiling it.

use std::time::Duration;

use wpipe_buffer::memory_limit;

/// The limits of a component and of compiling it. The defaults admit the output of toolchains, such as whole
/// interpreters of other languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileLimits {
    /// Bytes of the component file. Default 256 MiB.
    pub size: u64,
    /// Functions with code, of all modules together. Default 100 000; a Python interpreter has some 20 000.
    pub functions: u64,
    /// Bytes of one function. Default 2 MiB.
    pub function_size: u64,
    /// Local variables of one function, without its parameters. Default 20 000.
    pub locals: u64,
    /// Nested loops. Default 64.
    pub nested_loops: u64,
    /// Types, imports, exports, globals, tables, segments, instances and the like, of all modules and components together.
    /// Default 200 000.
    pub items: u64,
    /// Processor time of compiling one component, of all threads together; whole seconds count. `None` means 5 seconds,
    /// 5 more for each MiB of the component and one more for 5 000 functions. In a process of its own only.
    pub time: Option<Duration>,
    /// Bytes of memory that compiling one component may take. Default 2 GiB, or half of this process's limit if that is
    /// less. Several components are compiled at once as far as they fit into half of this process's limit. In a process
    /// of its own only.
    pub memory: u64,
}

/// The processor time of every component.
const TIME_BASE: Duration = Duration::from_secs(5);
/// The processor time for each MiB of a component.
const TIME_PER_MIB: Duration = Duration::from_secs(5);

/// The number of functions that earn one second more: each takes some time, however small it is.
const FUNCTIONS_PER_SECOND: u64 = 5_000;

/// The most bytes that compiling takes by default.
const MEMORY: u64 = 2 << 30;

impl Default for CompileLimits {
    fn default() -> Self {
        Self {
            size: 256 << 20,
            functions: 100_000,
            function_size: 2 << 20,
            locals: 20_000,
            nested_loops: 64,
            items: 200_000,
            time: None,
            memory: MEMORY.min(shared_memory()),
        }
    }
}

impl CompileLimits {
    /// Returns the processor time for a component of so many bytes and functions.
    pub fn time_for(&self, size: u64, functions: u64) -> Duration {
        let by_size = || {
            let for_size = TIME_PER_MIB.mul_f64(size as f64 / f64::from(1 << 20));
            TIME_BASE + for_size + Duration::from_secs(functions / FUNCTIONS_PER_SECOND)
        };
        Duration::from_secs(self.time.unwrap_or_else(by_size).as_secs_f64().ceil() as u64)
    }
}

/// Returns the bytes that all components compiled at once may take together.
pub(super) fn shared_memory() -> u64 {
    memory_limit().map_or(MEMORY, |bytes| bytes / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_components_have_more_time() {
        let limits = CompileLimits::default();
        assert_eq!(limits.time_for(1000, 10), Duration::from_secs(6));
        assert_eq!(limits.time_for(40 << 20, 20_000), Duration::from_secs(209));
        let told = CompileLimits { time: Some(Duration::from_millis(1500)), ..limits };
        assert_eq!(told.time_for(40 << 20, 20_000), Duration::from_secs(2));
    }
}
