//! `arrow`: Arrow's IPC file format; its stream format is read as well
//! (<https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc>).

use std::io::Cursor;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use arrow::ipc::writer::FileWriter;
use bytes::Bytes;
use object_store::PutPayload;
use wpipe_buffer::Buffer;
use wpipe_data::Table;

use super::shield::shielded;
use super::{Format, Identity, Refusal};
use crate::destination::Destination;
use crate::fault::Fault;
use crate::source::Source;
use crate::table::{batch_of, table_of, words};

pub(super) const KIND: &str = "arrow";

/// What a file, but no stream, begins with.
const FILE_MAGIC: &[u8] = b"ARROW1";

/// See the module.
#[derive(Debug)]
pub(super) struct Arrow;

impl Format for Arrow {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn schema(&self) -> Option<Identity> {
        Some(Identity::of::<Table>())
    }

    fn load(&self, source: Source, _: &Identity, to: &Destination) -> Result<Buffer, Refusal> {
        let bytes = source.read()?;
        let decoded = shielded(|| decode(bytes).map_err(|error| words(&error)));
        let (schema, batches) = decoded.map_err(|message| damaged(&message))?;
        Ok(table_of(&schema, &batches, to)?)
    }

    fn save(&self, buffer: &Buffer, _: &Identity) -> Result<PutPayload, Fault> {
        let batch = batch_of(buffer)?;
        let written = || -> Result<Vec<u8>, ArrowError> {
            let mut writer = FileWriter::try_new(Vec::new(), &batch.schema())?;
            writer.write(&batch)?;
            writer.into_inner()
        };
        written().map(PutPayload::from).map_err(|error| Fault::new(words(&error)))
    }
}

fn decode(bytes: Bytes) -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
    if bytes.starts_with(FILE_MAGIC) {
        let reader = FileReader::try_new(Cursor::new(bytes), None)?;
        return Ok((reader.schema(), reader.collect::<Result<_, _>>()?));
    }
    let reader = StreamReader::try_new(Cursor::new(bytes), None)?;
    Ok((reader.schema(), reader.collect::<Result<_, _>>()?))
}

fn damaged(message: &str) -> Fault {
    let fault = Fault::new(format!("not readable as arrow: {message}"));
    if message.contains("feature") || message.contains("compress") {
        return fault.help("write the file without compression");
    }
    fault.help("the file may be cut off or of another type")
}
