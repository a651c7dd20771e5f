//! Values of the embedding program as buffers, and datasets as values.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_catalog::{Area, arrow_batch, table_of_batches};
use wpipe_data::{Produce, Table, View};
use wpipe_runner::SchemaId;

/// Lays `value` out in a new buffer.
///
/// # Errors
///
/// Fails if the value cannot be laid out, or there is not enough memory.
pub(crate) fn to_buffer<T: Produce + ?Sized>(value: &T, transports: &Transports) -> Result<Buffer, String> {
    let mut area = Area::new(transports, Readers::Several);
    let size = value.produce(&mut area).map_err(|error| error.to_string())?;
    area.finish(size).map_err(|error| error.to_string())
}

/// A dataset's content and its type, outside of any run: to give it to runs as often as you like, and to hand the result
/// of one run to another. A clone is another handle to the same bytes.
///
/// ```
/// use wpipe::{Host, Table, Value};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("pipeline.toml");
/// # let component = wpipe_tests::guest("well_behaved");
/// # std::fs::write(&path, format!("
/// #     [pipeline]
/// #     name = \"example\"
/// #     [components.example]
/// #     path = {component:?}
/// #     [nodes.double]
/// #     inputs = [\"flowers\"]
/// #     outputs = [\"larger_flowers\"]
/// # "))?;
/// let pipeline = Host::builder().build()?.load(path)?;
/// let flowers = Value::new(&Table::from_columns([("petal_length", vec![1.4, 4.7].into())])?)?;
///
/// let larger = pipeline.run().value("flowers", &flowers).execute()?.value("larger_flowers")?;
/// let largest = pipeline.run().value("flowers", &larger).execute()?; // no byte is copied between the runs
/// assert_eq!(largest.output::<Table>("larger_flowers")?.column::<f64>("petal_length")?, [5.6, 18.8]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Value {
    buffer: Buffer,
    schema: SchemaId,
}

impl Value {
    /// Lays `value` out in a buffer of its own.
    ///
    /// # Errors
    ///
    /// Fails, with the reason, if the value cannot be laid out, or there is not enough memory.
    pub fn new<T: Produce + ?Sized>(value: &T) -> Result<Self, String> {
        let schema = SchemaId { name: T::NAME.to_owned(), fingerprint: T::FINGERPRINT };
        Ok(Self { buffer: to_buffer(value, &Transports::detect())?, schema })
    }

    /// Lays the rows of record batches of this schema out as a table.
    ///
    /// # Errors
    ///
    /// Fails, with the column and the reason, if a table cannot hold a column or a value of it exactly.
    pub fn from_arrow(schema: &SchemaRef, batches: Vec<RecordBatch>) -> Result<Self, String> {
        let buffer = table_of_batches(schema, batches, &Transports::detect())?;
        Ok(Self { buffer, schema: schema_of::<Table>() })
    }

    pub(crate) fn of_buffer(buffer: Buffer, schema: SchemaId) -> Self {
        Self { buffer, schema }
    }

    /// Returns the type.
    pub fn schema(&self) -> &SchemaId {
        &self.schema
    }

    /// Returns the bytes.
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// Returns true if the content is of this type.
    pub fn is<V: View + ?Sized>(&self) -> bool {
        self.schema == schema_of::<V>()
    }

    /// Returns the content, read in place: [`Table`], `str`, `[u8]`, `[f64]`, or the archived form of a type with
    /// `#[derive(Data)]`. It is checked, as it may be a guest's.
    ///
    /// # Errors
    ///
    /// Fails, with the reason, if it is of another type, or not valid.
    pub fn view<V: View + ?Sized>(&self) -> Result<V::Holder<'_>, String> {
        if !self.is::<V>() {
            return Err(format!("it is of type `{}`, not `{}`", self.schema.name, V::NAME));
        }
        let bytes = self.buffer.bytes().map_err(|error| error.to_string())?;
        V::view(bytes).map_err(|error| error.to_string())
    }

    /// Returns the table as Arrow has it. Columns are not copied: the arrays lie in the buffer's pages, and keep them.
    ///
    /// # Errors
    ///
    /// Fails, with the reason, if it is no table, or not valid.
    pub fn to_arrow(&self) -> Result<RecordBatch, String> {
        if !self.is::<Table<'_>>() {
            return Err(format!("it is of type `{}`, not `{}`", self.schema.name, schema_of::<Table<'_>>().name));
        }
        arrow_batch(&self.buffer)
    }
}

/// A dataset's whole content, or its partitions.
#[derive(Debug, Clone)]
pub enum Values {
    /// All of it.
    Whole(Value),
    /// Its partitions, by id.
    Partitions(BTreeMap<String, Value>),
}

pub(crate) fn schema_of<V: View + ?Sized>() -> SchemaId {
    SchemaId { name: V::NAME.to_owned(), fingerprint: V::FINGERPRINT }
}
