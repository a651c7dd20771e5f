//! Excel workbooks (`.xlsx`, `.xlsm`): a sheet, or a range of one, as a table. They are read only.
//!
//! * [`workbook`]: the file, which is a zip archive of XML, and the cells of a sheet;
//! * [`options`]: the options of an entry, of them [`range`]: the wanted cells;
//! * [`value`]: one cell, as text and as its value;
//! * [`load`]: cells to a table, in two passes.

mod format;
mod load;
mod options;
mod range;
mod value;
mod workbook;

pub(super) use format::{Excel, KIND};
