//! A fault that a codec found: the place in the content, the fault, and the help. The dataset adds the content's
//! location.

use std::fmt;
use std::io;

use wpipe_data::{ProduceError, TableError, ViewError};

/// The reason why content cannot be decoded or encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: Option<At>,
    pub(crate) column: Option<String>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// A place in a file, as an editor or a hex viewer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// Line, from 1.
    Line(u64),
    /// Line and column of text, from 1.
    Character(u64, u64),
    /// Record, from 1, without the header.
    Row(u64),
    /// Row and column of a sheet, from 0.
    Cell(u32, u32),
    /// Byte, from 0.
    Byte(u64),
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { at: None, column: None, message: message.into(), help: None }
    }

    pub(crate) fn at(mut self, at: At) -> Self {
        self.at = Some(at);
        self
    }

    pub(crate) fn column(mut self, name: impl Into<String>) -> Self {
        self.column = Some(name.into());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Returns the place as text: `line 3, column `age``.
    pub(crate) fn place(&self) -> Option<String> {
        let column = self.column.as_ref().map(|column| format!("column `{column}`"));
        match (&self.at, column) {
            (None, column) => column,
            (Some(at), None) => Some(at.to_string()),
            (Some(at), Some(column)) => Some(format!("{at}, {column}")),
        }
    }

    /// Creates the fault of missing memory for `bytes` more bytes.
    pub(crate) fn memory(bytes: usize, error: &io::Error) -> Self {
        Self::new(format!("no memory for {bytes} bytes: {error}"))
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Character(line, column) => write!(f, "line {line}, column {column}"),
            Self::Row(row) => write!(f, "row {row}"),
            Self::Cell(row, column) => write!(f, "cell {}{}", letters(*column), row + 1),
            Self::Byte(offset) => write!(f, "byte {offset}"),
        }
    }
}

/// Returns the letters of a column of a sheet: `AA` is 26.
fn letters(column: u32) -> String {
    let last = char::from(b'A' + (column % 26) as u8);
    match column / 26 {
        0 => last.to_string(),
        before => letters(before - 1) + &last.to_string(),
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl From<TableError> for Fault {
    fn from(error: TableError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<ViewError> for Fault {
    fn from(error: ViewError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<ProduceError<io::Error>> for Fault {
    fn from(error: ProduceError<io::Error>) -> Self {
        match error {
            ProduceError::Sink(error) => Self::new(format!("no memory for the table: {error}")),
            error => Self::new(error.to_string()),
        }
    }
}
