//! The columns of tables that a run sees.

use serde::{Deserialize, Serialize};
use wpipe_buffer::Buffer;
use wpipe_data::Table;

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableColumn {
    /// Its name.
    pub name: String,
    /// Its kind, such as `f64`, as the option `types` names it.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Returns the columns of a buffer; none if it holds no table. Costs O(columns).
pub(super) fn columns_of(buffer: &Buffer) -> Vec<TableColumn> {
    let Ok(bytes) = buffer.bytes() else { return Vec::new() };
    let Ok(table) = Table::view(bytes) else { return Vec::new() };
    let columns = table.columns();
    columns.map(|column| TableColumn { name: column.name.to_owned(), kind: column.kind.to_string() }).collect()
}
