//! `parquet`: compressed columns, for keeping and for other tools.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use object_store::PutPayload;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use wpipe_buffer::Buffer;
use wpipe_data::Table;

use super::shield::shielded;
use super::{Format, Identity, Refusal};
use crate::destination::Destination;
use crate::fault::Fault;
use crate::options::Options;
use crate::source::Source;
use crate::table::{batch_of, table_of};

pub(super) const KIND: &str = "parquet";

const SNAPPY: &str = "snappy";
const NONE: &str = "none";

/// Rows decoded at a time: large enough that the pieces do not count, small enough for the cache.
const BATCH_ROWS: usize = 64 << 10;

/// See the module.
#[derive(Debug)]
pub(super) struct Parquet {
    compression: Compression,
}

impl Parquet {
    /// Options: `compression`, `snappy` (the default) or `none`.
    pub(super) fn open(options: &mut Options) -> Self {
        let compression = match options.choice("compression", &[SNAPPY, NONE]) {
            Some(NONE) => Compression::UNCOMPRESSED,
            _ => Compression::SNAPPY,
        };
        Self { compression }
    }
}

impl Format for Parquet {
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
        let properties = WriterProperties::builder().set_compression(self.compression).build();
        let written = || -> Result<Vec<u8>, ParquetError> {
            let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties))?;
            writer.write(&batch)?;
            writer.into_inner()
        };
        written().map(PutPayload::from).map_err(|error| Fault::new(words(&error)))
    }
}

fn decode(bytes: Bytes) -> Result<(SchemaRef, Vec<RecordBatch>), ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let schema = builder.schema().clone();
    let reader = builder.with_batch_size(BATCH_ROWS).build()?;
    Ok((schema, reader.collect::<Result<_, _>>()?))
}

fn damaged(message: &str) -> Fault {
    let fault = Fault::new(format!("not readable as parquet: {message}"));
    if message.contains("feature") || message.contains("compress") {
        return fault.help("write the file with the compression `snappy` or with none");
    }
    fault.help("the file may be cut off or of another type")
}

/// The crate's words without their prefix.
fn words(error: &ParquetError) -> String {
    match error {
        ParquetError::General(text) | ParquetError::ArrowError(text) | ParquetError::NYI(text) => text.clone(),
        ParquetError::EOF(text) => format!("it ends too early: {text}"),
        error => error.to_string(),
    }
}
