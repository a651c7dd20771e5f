//! Numbers and bytes for Python, in the memory that nodes read.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array as _, PrimitiveArray};
use arrow::buffer::{Buffer as Pages, ScalarBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict};
use wpipe::{Value, View};

use crate::capsule;

/// A type of numbers: how NumPy and the standard library name it.
struct Dtype {
    name: &'static str,
    typestr: &'static str,
    format: &'static str,
    size: usize,
}

/// Numbers of one type. `numpy.asarray(a)` and `a.memoryview()` read them in place.
#[pyclass(frozen, sequence, module = "wpipe")]
pub(crate) struct Array {
    value: Value,
    dtype: &'static Dtype,
    /// The place of the numbers in the value's bytes.
    range: Range<usize>,
}

/// Bytes, or the content of a type that Python has no form of. `b.memoryview()` reads them in place, `bytes(b)` copies.
#[pyclass(frozen, module = "wpipe")]
pub(crate) struct Buffer(Value);

macro_rules! dtypes {
    ($($native:ty, $arrow:ty: $name:literal $typestr:literal $format:literal;)*) => {
        impl Array {
            /// Returns the numbers of a value; `None` if it has another type.
            pub(crate) fn of(value: &Value) -> Option<Result<Self, String>> {
                $(
                    if value.is::<[$native]>() {
                        static DTYPE: Dtype =
                            Dtype { name: $name, typestr: $typestr, format: $format, size: size_of::<$native>() };
                        return Some(range_of::<$native>(value).map(|range| Self {
                            value: value.clone(), dtype: &DTYPE, range,
                        }));
                    }
                )*
                None
            }

            /// Returns the numbers as an array of Arrow's, over the same pages.
            fn to_arrow(&self) -> Result<Arc<dyn arrow::array::Array>, String> {
                match self.dtype.name {
                    $($name => self.primitive::<$arrow>(),)*
                    other => Err(format!("Arrow has no `{other}`")),
                }
            }

            fn item(&self, py: Python<'_>, index: usize) -> PyResult<Option<Py<PyAny>>> {
                match self.dtype.name {
                    $($name => {
                        let items = self.value.view::<[$native]>().map_err(PyValueError::new_err)?;
                        Ok(match items.get(index) {
                            Some(item) => Some(item.into_pyobject(py)?.into_any().unbind()),
                            None => None,
                        })
                    })*
                    _ => Ok(None),
                }
            }
        }
    };
}

dtypes! {
    f64, Float64Type: "float64" "<f8" "d";
    f32, Float32Type: "float32" "<f4" "f";
    i64, Int64Type: "int64" "<i8" "q";
    i32, Int32Type: "int32" "<i4" "i";
    i16, Int16Type: "int16" "<i2" "h";
    i8, Int8Type: "int8" "|i1" "b";
    u64, UInt64Type: "uint64" "<u8" "Q";
    u32, UInt32Type: "uint32" "<u4" "I";
    u16, UInt16Type: "uint16" "<u2" "H";
}

/// Returns the place of the numbers in the bytes of a value.
fn range_of<N>(value: &Value) -> Result<Range<usize>, String>
where
    [N]: View,
    for<'a> <[N] as View>::Holder<'a>: std::ops::Deref<Target = [N]>,
{
    let bytes = value.buffer().bytes().map_err(|error| error.to_string())?;
    let numbers = value.view::<[N]>()?;
    if numbers.is_empty() {
        return Ok(0..0);
    }
    let start = numbers.as_ptr().addr() - bytes.as_ptr().addr();
    Ok(start..start + size_of_val(&*numbers))
}

#[pymethods]
impl Array {
    /// The type of the numbers, as NumPy names it.
    #[getter]
    fn dtype(&self) -> &'static str {
        self.dtype.name
    }

    /// The size of the numbers, in bytes.
    #[getter]
    fn nbytes(&self) -> usize {
        self.range.len()
    }

    fn __len__(&self) -> usize {
        self.range.len() / self.dtype.size
    }

    fn __getitem__(&self, py: Python<'_>, index: isize) -> PyResult<Py<PyAny>> {
        let index = if index < 0 { index + self.__len__() as isize } else { index };
        let item = usize::try_from(index).ok().map(|index| self.item(py, index)).transpose()?.flatten();
        item.ok_or_else(|| PyIndexError::new_err("index out of range"))
    }

    /// NumPy's array interface: the numbers in their own pages, which nobody can write to.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("shape", (self.__len__(),))?;
        interface.set_item("typestr", self.dtype.typestr)?;
        interface.set_item("data", (self.address()?, true))?;
        Ok(interface)
    }

    /// Arrow's PyCapsule interface.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        drop(requested_schema);
        capsule::array(py, &self.to_arrow().map_err(PyValueError::new_err)?.to_data())
    }

    /// Returns a view of the numbers in their own pages.
    fn memoryview<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let array = slf.get();
        view(slf.as_any(), array.address()?, array.range.len(), array.dtype.format)
    }

    /// Returns the numbers as Python's own.
    fn tolist<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::memoryview(slf)?.call_method0("tolist")
    }

    /// Returns an array of NumPy's over the same pages.
    fn to_numpy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("numpy")?.call_method1("asarray", (slf,))
    }

    fn __repr__(&self) -> String {
        format!("<wpipe.Array of {} {}>", self.__len__(), self.dtype.name)
    }
}

impl Array {
    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    fn address(&self) -> PyResult<usize> {
        Ok(self.value.buffer().bytes()?.as_ptr().addr() + self.range.start)
    }

    fn primitive<T: ArrowPrimitiveType>(&self) -> Result<Arc<dyn arrow::array::Array>, String> {
        let bytes = self.value.buffer().to_bytes().map_err(|error| error.to_string())?;
        let pages = Pages::from(bytes.slice(self.range.clone()));
        let numbers = ScalarBuffer::<T::Native>::new(pages, 0, self.__len__());
        Ok(Arc::new(PrimitiveArray::<T>::new(numbers, None)))
    }
}

#[pymethods]
impl Buffer {
    /// The name of the type.
    #[getter]
    fn type_name(&self) -> &str {
        &self.0.schema().name
    }

    /// The size in bytes.
    #[getter]
    fn nbytes(&self) -> usize {
        self.0.buffer().len()
    }

    fn __len__(&self) -> usize {
        self.nbytes()
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, self.0.buffer().bytes()?))
    }

    /// Returns a view of the bytes in their own pages.
    fn memoryview<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let bytes = slf.get().0.buffer().bytes()?;
        view(slf.as_any(), bytes.as_ptr().addr(), bytes.len(), "B")
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let own = self.0.buffer().bytes()?;
        if let Ok(other) = other.cast::<Self>() {
            return Ok(own == other.get().0.buffer().bytes()?);
        }
        Ok(other.cast::<PyBytes>().is_ok_and(|other| own == other.as_bytes()))
    }

    fn __repr__(&self) -> String {
        format!("<wpipe.Buffer of {} bytes: {}>", self.nbytes(), self.0.schema().name)
    }
}

impl Buffer {
    pub(crate) fn new(value: Value) -> Self {
        Self(value)
    }

    pub(crate) fn value(&self) -> &Value {
        &self.0
    }
}

/// Returns a view of `length` bytes of memory that `owner` keeps.
fn view<'py>(owner: &Bound<'py, PyAny>, address: usize, length: usize, format: &str) -> PyResult<Bound<'py, PyAny>> {
    owner.py().import("wpipe._memory")?.call_method1("view", (owner, address, length, format))
}
