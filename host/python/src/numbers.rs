//! Numbers out of the memory of Python objects, by the buffer protocol: copied once, to where nodes read them.

use pyo3::buffer::{Element, PyBuffer, PyUntypedBuffer};
use pyo3::prelude::*;
use wpipe::data::{Number, ProduceError, Sink, produce_numbers};
use wpipe::{Produce, Value, View};

/// Numbers of one type, in an object's memory.
struct Numbers<'py, N: Element> {
    py: Python<'py>,
    buffer: PyBuffer<N>,
}

impl<N: Number + Element> Produce for Numbers<'_, N>
where
    [N]: View,
{
    const NAME: &'static str = <[N] as View>::NAME;
    const FINGERPRINT: u64 = <[N] as View>::FINGERPRINT;

    fn produce<S: Sink>(&self, sink: &mut S) -> Result<usize, ProduceError<S::Error>> {
        let mut copied = Ok(());
        let size = produce_numbers(sink, self.buffer.item_count(), |place: &mut [N]| {
            copied = self.buffer.copy_to_slice(self.py, place);
        })?;
        copied.map_err(|error| ProduceError::Archive(error.to_string()))?;
        Ok(size)
    }
}

/// The bytes of an object, in its memory.
struct Raw<'py> {
    py: Python<'py>,
    buffer: PyBuffer<u8>,
}

impl Produce for Raw<'_> {
    const NAME: &'static str = <[u8] as View>::NAME;
    const FINGERPRINT: u64 = <[u8] as View>::FINGERPRINT;

    fn produce<S: Sink>(&self, sink: &mut S) -> Result<usize, ProduceError<S::Error>> {
        let size = self.buffer.item_count();
        let place = &mut sink.reserve(size).map_err(ProduceError::Sink)?[..size];
        let copied = self.buffer.copy_to_slice(self.py, place);
        copied.map_err(|error| ProduceError::Archive(error.to_string()))?;
        Ok(size)
    }
}

/// Returns the numbers of an object: an array of NumPy's or of the standard library, what has `to_numpy` (columns of
/// pandas, Polars and pyarrow), or a sequence of Python's numbers.
pub(crate) fn numbers<N>(object: &Bound<'_, PyAny>, dtype: &str) -> Result<Value, String>
where
    N: Number + Element + for<'a, 'py> FromPyObject<'a, 'py>,
    [N]: View,
    Vec<N>: Produce,
{
    let py = object.py();
    if let Ok(buffer) = PyUntypedBuffer::get(object) {
        return of_buffer::<N>(py, buffer, dtype);
    }
    if let Ok(converted) = object.call_method0("to_numpy") {
        let buffer = PyUntypedBuffer::get(&converted).map_err(|error| told(py, &error))?;
        return of_buffer::<N>(py, buffer, dtype);
    }
    let items: Vec<N> = object.extract().map_err(|error: PyErr| told(py, &error))?;
    Value::new(&items)
}

fn of_buffer<N>(py: Python<'_>, buffer: PyUntypedBuffer, dtype: &str) -> Result<Value, String>
where
    N: Number + Element,
    [N]: View,
{
    if buffer.dimensions() != 1 {
        return Err(format!(
            "it has {} dimensions, and one is expected: `.ravel()` has all in one",
            buffer.dimensions()
        ));
    }
    let format = buffer.format().to_string_lossy().into_owned();
    let buffer = buffer.into_typed::<N>().map_err(|_| {
        format!("its items are of the format `{format}`, and `{dtype}` is expected: give `.astype(\"{dtype}\")`")
    })?;
    Value::new(&Numbers { py, buffer })
}

/// Returns the items of a one-dimensional buffer of this type; `None` if it is of another.
pub(crate) fn items<N: Element>(object: &Bound<'_, PyAny>) -> Option<Vec<N>> {
    let buffer = PyBuffer::<N>::get(object).ok().filter(|buffer| buffer.dimensions() == 1)?;
    buffer.to_vec(object.py()).ok()
}

/// Returns the bytes of an object.
pub(crate) fn raw(object: &Bound<'_, PyAny>) -> Result<Value, String> {
    let py = object.py();
    let viewed = || -> PyResult<PyBuffer<u8>> {
        let view = py.import("builtins")?.getattr("memoryview")?.call1((object,))?;
        PyBuffer::get(&view.call_method1("cast", ("B",))?)
    };
    let buffer = viewed().map_err(|error| told(py, &error))?;
    Value::new(&Raw { py, buffer })
}

/// Returns what an exception says.
pub(crate) fn told(py: Python<'_>, error: &PyErr) -> String {
    error.value(py).to_string()
}
