//! From files and streams to record batches, and from those to a table.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer as Pages;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileDecoder, StreamDecoder, read_footer_length};
use arrow::ipc::{self, Block, root_as_footer};
use bytes::Bytes;
use wpipe_buffer::Buffer;

use super::messages::{announced, messages};
use crate::destination::Destination;
use crate::fault::Fault;
use crate::format::arrow_schema::fields;
use crate::format::shield::shielded;
use crate::table::{Declared, Selected, Tally, pieces_of, selected_of, table_of, words};

/// The bytes that a file, but no stream, begins with.
pub(super) const FILE_MAGIC: &[u8] = b"ARROW1";
/// The bytes that a file of the first version of Feather begins with: another format, which nobody writes any more.
const FEATHER_1_MAGIC: &[u8] = b"FEA1";
/// The footer's length and the magic again.
pub(super) const TRAILER: usize = 10;

/// Returns the table of a file or stream, by way of record batches.
pub(super) fn load(bytes: Bytes, declared: &Declared, to: &Destination) -> Result<Buffer, Fault> {
    let (columns, batches) = shielded(|panic| damaged(&panic), || decode(bytes, declared, to))?;
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let pieces = pieces_of(&columns, &batches);
    drop(batches);
    table_of(&columns, pieces, rows, to)
}

/// Decodes the columns that are read, and their pieces.
fn decode(bytes: Bytes, declared: &Declared, to: &Destination) -> Result<(Vec<Selected>, Vec<RecordBatch>), Fault> {
    if bytes.starts_with(FEATHER_1_MAGIC) {
        let fault = Fault::new("it is a file of Feather's first version");
        return Err(fault.help("write it again in the second: `pyarrow.feather.write_feather(table, path)`"));
    }
    let is_file = bytes.starts_with(FILE_MAGIC);
    let pages = Pages::from(bytes);
    if is_file { decode_file(&pages, declared, to) } else { decode_stream(pages, declared, to) }
}

pub(super) fn damaged(message: &str) -> Fault {
    Fault::new(format!("not readable as arrow: {message}")).help("the file may be cut off or of another type")
}

fn refused(error: &ArrowError) -> Fault {
    damaged(&words(error))
}

fn decode_file(
    file: &Pages,
    declared: &Declared,
    to: &Destination,
) -> Result<(Vec<Selected>, Vec<RecordBatch>), Fault> {
    let cut = || damaged("it ends too early");
    let (content, trailer) = file.split_last_chunk::<TRAILER>().ok_or_else(cut)?;
    let length = read_footer_length(*trailer).map_err(|error| refused(&error))?;
    let footer = content.len().checked_sub(length).map(|start| &content[start..]).ok_or_else(cut)?;
    let footer = root_as_footer(footer).map_err(|error| damaged(&error.to_string()))?;
    let schema = read_schema(footer.schema().ok_or_else(|| damaged("it has no schema"))?, declared)?;
    let columns = selected_of(&schema, declared)?;
    let mut places: Vec<usize> = columns.iter().filter_map(|column| column.wanted.at).collect();
    places.sort_unstable();

    let mut tally = Tally::new(to.memory);
    let whole = places.len() == schema.fields().len();
    let mut decoder = FileDecoder::new(schema, footer.version());
    if !whole {
        decoder = decoder.with_projection(places);
    }
    for block in footer.dictionaries().iter().flatten() {
        tally.expect(announced_by_block(file, block, true)?)?;
        let data = slice(file, block)?;
        decoder.read_dictionary(block, &data).map_err(|error| refused(&error))?;
    }
    let blocks = || footer.recordBatches().into_iter().flatten();
    // All blocks are checked before the first is decoded.
    let announced = blocks()
        .try_fold(0_u64, |sum, block| Ok::<_, Fault>(sum.saturating_add(announced_by_block(file, block, whole)?)));
    tally.expect(announced?)?;
    let mut batches = Vec::new();
    for block in blocks() {
        to.go_on()?;
        let data = slice(file, block)?;
        if let Some(batch) = decoder.read_record_batch(block, &data).map_err(|error| refused(&error))? {
            tally.add(&batch)?;
            batches.push(batch);
        }
    }
    Ok((columns, batches))
}

/// Returns a schema in which only the columns that are read need types that are known here.
pub(super) fn read_schema(schema: ipc::Schema<'_>, declared: &Declared) -> Result<SchemaRef, Fault> {
    let stored = schema.fields().into_iter().flatten();
    let fields = stored.zip(fields(schema)).map(|(stored, field)| match (field, stand_in(&stored)) {
        (Err(_), Some(field)) if !declared.wants(field.name()) => Ok(Arc::new(field)),
        (field, _) => field,
    });
    Ok(Arc::new(Schema::new(fields.collect::<Result<Vec<_>, _>>()?)))
}

/// Returns a field whose values are laid out as those of a number that is wider than any which is known here.
fn stand_in(field: &ipc::Field<'_>) -> Option<Field> {
    let bits = field.type_as_int().map(|of| of.bitWidth()).or(field.type_as_decimal().map(|of| of.bitWidth()))?;
    Some(Field::new(field.name()?, DataType::FixedSizeBinary(bits / 8), field.nullable()))
}

/// Returns the bytes that a block announces.
fn announced_by_block(file: &Pages, block: &Block, all: bool) -> Result<u64, Fault> {
    let message = slice(file, block)?;
    // Not negative: it is within the file.
    announced(&message, block.metaDataLength() as usize, all)
}

/// Returns a block's bytes, if they are within the file.
fn slice(file: &Pages, block: &Block) -> Result<Pages, Fault> {
    let outside = || damaged("a part of it lies outside of the file");
    let offset = usize::try_from(block.offset()).map_err(|_| outside())?;
    let metadata = usize::try_from(block.metaDataLength()).map_err(|_| outside())?;
    let body = usize::try_from(block.bodyLength()).map_err(|_| outside())?;
    let length = metadata.checked_add(body).ok_or_else(outside)?;
    match offset.checked_add(length) {
        Some(end) if end <= file.len() => Ok(file.slice_with_length(offset, length)),
        _ => Err(outside()),
    }
}

fn decode_stream(
    mut stream: Pages,
    declared: &Declared,
    to: &Destination,
) -> Result<(Vec<Selected>, Vec<RecordBatch>), Fault> {
    let mut tally = Tally::new(to.memory);
    let announced = messages(&stream).try_fold(0_u64, |sum, message| {
        let (message, body) = message?;
        Ok::<_, Fault>(sum.saturating_add(announced(message, body, true)?))
    });
    tally.expect(announced?)?;
    let mut decoder = StreamDecoder::new();
    let mut batches = Vec::new();
    while let Some(batch) = decoder.decode(&mut stream).map_err(|error| refused(&error))? {
        to.go_on()?;
        tally.add(&batch)?;
        batches.push(batch);
    }
    decoder.finish().map_err(|error| refused(&error))?;
    let schema = decoder.schema().ok_or_else(|| damaged("it has no schema"))?;
    Ok((selected_of(&schema, declared)?, batches))
}
