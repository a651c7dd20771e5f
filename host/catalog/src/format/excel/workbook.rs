//! A workbook: an archive of XML, of which a small file may hold very much.

use std::io::{Cursor, Read};

use bytes::Bytes;
use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use zip::ZipArchive;

use super::options::ExcelOptions;
use crate::destination::Destination;
use crate::fault::{At, Fault};
use wpipe_text::did_you_mean_or_list;

/// The bytes that older files of Excel begin with, and those with a password.
const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// The memory that the parts of an archive take once they are read, for each byte of XML; empty texts take four.
const MEMORY_PER_BYTE: u64 = 4;

/// The number of cells between two checks that the load is still wanted.
const CELLS_BETWEEN_CHECKS: u64 = 1 << 16;

/// A function that is called with a cell and its row and column, which count from 0.
pub(super) type EachCell<'e> = dyn FnMut((u32, u32), DataRef<'_>) -> Result<(), Fault> + 'e;

/// One sheet of a workbook.
pub(super) struct Workbook {
    xlsx: Xlsx<Cursor<Bytes>>,
    sheet: String,
}

impl Workbook {
    /// Opens the sheet of this name; without one, the first that is shown.
    pub(super) fn open(bytes: &Bytes, sheet: Option<&str>, to: &Destination) -> Result<Self, Fault> {
        if bytes.starts_with(COMPOUND_FILE) {
            let fault = Fault::new("it is a workbook of before 2007, or has a password");
            return Err(fault.help("save it as .xlsx, without a password"));
        }
        check_size(bytes, to)?;
        let xlsx = Xlsx::new(Cursor::new(bytes.clone())).map_err(|error| unreadable(&error.to_string()))?;
        let sheets = xlsx.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let found = match sheet {
            Some(name) => sheets.clone().find(|sheet| sheet.name == name),
            None => sheets.clone().find(|sheet| sheet.visible == SheetVisible::Visible),
        };
        let name = found.map(|sheet| sheet.name.clone());
        match (name, sheet) {
            (Some(sheet), _) => Ok(Self { xlsx, sheet }),
            (None, None) => Err(Fault::new("it shows no sheet").help("name one with the option `sheet`")),
            (None, Some(sheet)) => {
                let names: Vec<&str> = sheets.map(|sheet| sheet.name.as_str()).collect();
                let fault = Fault::new(format!("it has no sheet `{sheet}`"));
                Err(fault.help(did_you_mean_or_list(sheet, "its sheets", &names)))
            }
        }
    }

    /// Calls `each` for every cell of the range with something in it, row by row. A formula that nobody has calculated
    /// is no empty cell: it is refused like an error.
    pub(super) fn each_cell(
        &mut self,
        options: &ExcelOptions,
        to: &Destination,
        each: &mut EachCell<'_>,
    ) -> Result<(), Fault> {
        let range = &options.range;
        let malformed = |error: XlsxError| unreadable(&error.to_string());
        let mut cells = self.xlsx.worksheet_cells_reader(&self.sheet).map_err(malformed)?;
        let (mut last, mut count) = (None, 0_u64);
        while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(malformed)? {
            count += 1;
            if count.is_multiple_of(CELLS_BETWEEN_CHECKS) {
                to.go_on()?;
            }
            let at = cell.pos;
            if last.is_some_and(|last| last >= at) {
                return Err(unreadable("its cells are not in order").at(At::Cell(at.0, at.1)));
            }
            last = Some(at);
            if range.is_before(at.0) {
                break;
            }
            if range.contains(at) {
                let is_open = matches!(cell.value, DataRef::Empty) && cell.formula.is_some();
                if is_open && !options.errors_are_missing {
                    return Err(not_calculated().at(At::Cell(at.0, at.1)));
                }
                each(at, cell.value)
                    .map_err(|fault| if fault.at.is_none() { fault.at(At::Cell(at.0, at.1)) } else { fault })?;
            }
        }
        Ok(())
    }
}

/// Refuses a file that would take more memory than the load may: parts are counted by their content, whatever they
/// claim.
fn check_size(bytes: &Bytes, to: &Destination) -> Result<(), Fault> {
    let broken = |error: &dyn std::fmt::Display| unreadable(&error.to_string());
    let mut archive = ZipArchive::new(Cursor::new(bytes.clone())).map_err(|error| broken(&error))?;
    let mut piece = vec![0; 1 << 16];
    let mut size = 0_u64;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|error| broken(&error))?;
        loop {
            let read = part.read(&mut piece).map_err(|error| broken(&error))?;
            if read == 0 {
                break;
            }
            size += read as u64;
            if size.saturating_mul(MEMORY_PER_BYTE) > to.memory {
                let mib = to.memory >> 20;
                let message = format!("it takes more than {mib} MiB in memory once it is unpacked");
                return Err(Fault::new(message).help("store the data as `csv` or `parquet`, or raise `--memory`"));
            }
        }
        to.go_on()?;
    }
    Ok(())
}

/// Returns the fault of a formula that has no value: libraries write formulas, and do not calculate them.
fn not_calculated() -> Fault {
    let fault = Fault::new("its formula has no value, as the program that wrote the file did not calculate it");
    fault.help("open the workbook with Excel or LibreOffice and save it, or declare `errors = \"missing\"`")
}

/// Returns the fault of a file that is no workbook, or a damaged one.
pub(super) fn unreadable(why: &str) -> Fault {
    Fault::new(format!("not readable as a workbook of Excel's: {why}"))
}
