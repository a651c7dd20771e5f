//! Outputs that a node builds in place, instead of returning them.

use core::fmt;
use core::marker::PhantomData;

use wpipe_data::{Number, Produce, ProduceError, Row, Table, TableError, TableMut, TableSpec, produce_numbers};

use crate::contract::{AccessError, OutputPort, Writer, explain};
use crate::sink::OutputSink;

/// An output among a node's arguments, which the node writes once: in the memory that its consumers will read.
///
/// ```
/// use wpipe_sdk::{Output, OutputError, Table, TableSpec, View, node};
///
/// /// The numbers below `n` and their squares.
/// #[node]
/// fn squares(n: u64, squares: Output<Table>) -> Result<(), OutputError> {
///     let spec = TableSpec::new(n as usize).f64("x").f64("square");
///     squares.build(&spec, |table| {
///         let [x, square] = table.columns_named(["x", "square"])?;
///         for (row, (x, square)) in x.values::<f64>()?.iter_mut().zip(square.values::<f64>()?).enumerate() {
///             (*x, *square) = (row as f64, (row * row) as f64);
///         }
///         Ok(())
///     })
/// }
///
/// // In a unit test:
/// let (output, written) = Output::in_memory();
/// squares(4, output)?;
/// let archive = written.archive().ok_or("not written")?;
/// assert_eq!(Table::view(&archive)?.column::<f64>("square")?, [0.0, 1.0, 4.0, 9.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// An output that is dropped unwritten fails the node.
#[must_use = "an output that is dropped unwritten fails the node"]
pub struct Output<T: ?Sized> {
    /// Its name for the node's author: "the output `x`", or a partition of it.
    place: String,
    begun: Begun,
    content: PhantomData<fn(&T)>,
}

/// The progress of an output.
enum Begun {
    /// It has no writer yet.
    Not(OutputPort),
    /// It is a partition, which has an id and so a writer.
    Yes(Writer),
}

impl<T: ?Sized> Output<T> {
    pub(crate) fn new(name: &str, port: OutputPort) -> Self {
        Self { place: format!("the output `{name}`"), begun: Begun::Not(port), content: PhantomData }
    }

    pub(crate) fn opened(place: String, writer: Writer) -> Self {
        Self { place, begun: Begun::Yes(writer), content: PhantomData }
    }
}

impl<T: Produce + ?Sized> Output<T> {
    /// Writes `value`.
    ///
    /// # Errors
    ///
    /// Fails if there is no room for it.
    pub fn put(self, value: &T) -> Result<(), OutputError> {
        self.write(|sink| value.produce(sink))
    }
}

impl Output<Table<'_>> {
    /// Reserves a table and lets `fill` set its columns, in place. All values are 0 before, and nothing is missing.
    ///
    /// # Errors
    ///
    /// Fails if there is no room for it, if `fill` fails, or if a text column lacks rows.
    pub fn build(
        self,
        spec: &TableSpec,
        fill: impl FnOnce(&mut TableMut<'_>) -> Result<(), TableError>,
    ) -> Result<(), OutputError> {
        self.write(|sink| spec.build(sink, fill))
    }

    /// Writes a table of structs with `#[derive(Row)]`, in place: a column for each field.
    ///
    /// ```
    /// use wpipe_sdk::{Output, OutputError, Row, Table, TableError, View, node};
    ///
    /// #[derive(Row)]
    /// struct Square {
    ///     x: u32,
    ///     square: f64,
    /// }
    ///
    /// /// The numbers below `n` and their squares.
    /// #[node]
    /// fn squares(n: u32, squares: Output<Table>) -> Result<(), OutputError> {
    ///     squares.put_rows((0..n).map(|x| Square { x, square: f64::from(x).powi(2) }))
    /// }
    ///
    /// // In a unit test:
    /// let (output, written) = Output::in_memory();
    /// squares(4, output)?;
    /// let archive = written.archive().ok_or("not written")?;
    /// assert_eq!(Table::view(&archive)?.column::<f64>("square")?, [0.0, 1.0, 4.0, 9.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if there is no room for it, if a field does not tell the kind of its column, or has a value that this does not
    /// have.
    pub fn put_rows<'r, R: Row<'r>>(self, rows: impl IntoIterator<Item = R>) -> Result<(), OutputError> {
        let rows: Vec<R> = rows.into_iter().collect();
        self.write(|sink| TableSpec::of_rows(&rows)?.build(sink, |table| table.fill_rows(&rows)))
    }
}

impl<N: Number> Output<Vec<N>> {
    /// Reserves a vector of `len` numbers and lets `fill` set them, in place. All are 0 before.
    ///
    /// # Errors
    ///
    /// Fails if there is no room for it.
    pub fn fill(self, len: usize, fill: impl FnOnce(&mut [N])) -> Result<(), OutputError> {
        self.write(|sink| produce_numbers(sink, len, fill))
    }
}

impl<T: ?Sized> Output<T> {
    fn write(
        self,
        write: impl FnOnce(&mut OutputSink) -> Result<usize, ProduceError<AccessError>>,
    ) -> Result<(), OutputError> {
        self.write_or(|sink| write(sink).map_err(Unwritten::Produce))
    }

    /// Writes by a function that can fail for reasons of its own.
    pub(crate) fn write_or<E: From<OutputError>>(
        self,
        write: impl FnOnce(&mut OutputSink) -> Result<usize, Unwritten<AccessError, E>>,
    ) -> Result<(), E> {
        let writer = match self.begun {
            Begun::Not(port) => port.open(),
            Begun::Yes(writer) => Ok(writer),
        };
        let sink_failed = |error| Unwritten::Produce(ProduceError::Sink(error));
        let written = writer.map_err(sink_failed).and_then(|writer| {
            let mut sink = OutputSink::new(writer);
            let size = write(&mut sink)?;
            sink.finish(size).map_err(sink_failed)
        });
        written.map_err(|error| match error {
            Unwritten::Own(error) => error,
            Unwritten::Produce(error) => OutputError::new(self.place, error.map_sink(explain).to_string()).into(),
        })
    }
}

/// The reason why nothing was written: a fault of the output, or one from elsewhere.
pub(crate) enum Unwritten<S, E> {
    Produce(ProduceError<S>),
    Own(E),
}

impl<S, E> From<ProduceError<S>> for Unwritten<S, E> {
    fn from(error: ProduceError<S>) -> Self {
        Self::Produce(error)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<T: ?Sized> Output<T> {
    /// Returns an output for a unit test, and a handle that shows the bytes written to it.
    pub fn in_memory() -> (Self, Written) {
        let port = OutputPort::default();
        (Self::new("output", port.clone()), Written(port))
    }
}

impl<T: ?Sized> fmt::Debug for Output<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("place", &self.place).finish_non_exhaustive()
    }
}

/// The bytes written to an [`Output`] in a unit test. It does not exist on WebAssembly.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug)]
pub struct Written(OutputPort);

#[cfg(not(target_arch = "wasm32"))]
impl Written {
    /// Returns the archive, to be read with [`View::view`](crate::View::view); `None` if nothing was written.
    #[must_use]
    pub fn archive(&self) -> Option<crate::AlignedBytes> {
        self.0.finished()
    }
}

/// The reason why an output could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to write {place}: {reason}")]
pub struct OutputError {
    place: String,
    reason: String,
}

impl OutputError {
    pub(crate) fn new(place: String, reason: String) -> Self {
        Self { place, reason }
    }
}

impl From<OutputError> for String {
    fn from(error: OutputError) -> Self {
        error.to_string()
    }
}
