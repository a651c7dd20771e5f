//! The extension module.

/// The native part of the package `wpipe`.
#[pyo3::pymodule]
pub mod _wpipe {
    #[pymodule_export]
    use crate::array::{Array, Buffer};
    #[pymodule_export]
    use crate::catalog::Catalog;
    #[pymodule_export]
    use crate::command::command;
    #[pymodule_export]
    use crate::given::table;
    #[pymodule_export]
    use crate::pipeline::Pipeline;
    #[pymodule_export]
    use crate::result::{Report, Result};
    #[pymodule_export]
    use crate::table::Table;

    /// The version of wpipe.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "it is the name that Python has for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
