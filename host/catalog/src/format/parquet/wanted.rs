//! The part of a file's metadata that is about the columns that are read. The rest of it need not be readable: other
//! programs write columns of types that no reader here knows, and several columns under one name.

use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use arrow::ipc::root_as_message;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use parquet::arrow::{ARROW_SCHEMA_META_KEY, ProjectionMask, encode_arrow_schema, parquet_to_arrow_schema_by_columns};
use parquet::errors::ParquetError;
use parquet::file::metadata::{FileMetaData, KeyValue, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::schema::types::{SchemaDescriptor, Type};

use super::load::{damaged, refused, words};
use crate::fault::Fault;
use crate::format::arrow_schema::{fields, unreadable};
use crate::format::stored::Stored;
use crate::table::{Declared, refuse_twins};

/// The bytes before a message: a mark, and its length.
const PREFIX: usize = 8;
const MARK: [u8; 4] = [0xff; 4];

/// Returns the metadata of the columns that are read, and their types.
pub(super) fn read(stored: &Stored, declared: &Declared) -> Result<(Arc<ParquetMetaData>, SchemaRef), Fault> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(stored).map_err(|error| refused(&error))?;
    let roots = metadata.file_metadata().schema_descr().root_schema().get_fields();
    let names: Vec<&str> = roots.iter().map(|root| root.name()).collect();
    // A name that the file does not have is told with all that it has.
    declared.select(&names, false)?;
    refuse_twins(&names, declared)?;
    let wanted: Vec<usize> = (0..names.len()).filter(|at| declared.wants(names[*at])).collect();
    let noted = match noted_types(&metadata)? {
        Some(noted) => Some(only_noted(noted, &wanted, names.len())?),
        None => None,
    };
    let metadata = match wanted.len() < names.len() {
        true => only(&metadata, &wanted).map_err(|error| refused(&error))?,
        false => metadata,
    };
    let schema = types(metadata.file_metadata().schema_descr(), noted)?;
    Ok((Arc::new(metadata), schema))
}

/// Returns the metadata of the columns at these places alone.
fn only(metadata: &ParquetMetaData, wanted: &[usize]) -> Result<ParquetMetaData, ParquetError> {
    let file = metadata.file_metadata();
    let (all, root) = (file.schema_descr(), file.schema_descr().root_schema());
    let fields = wanted.iter().map(|at| root.get_fields()[*at].clone()).collect();
    let root = Type::group_type_builder(root.name()).with_fields(fields).build()?;
    let descriptor = Arc::new(SchemaDescriptor::new(Arc::new(root)));
    let is_wanted = |leaf: &usize| wanted.binary_search(&all.get_column_root_idx(*leaf)).is_ok();
    let leaves: Vec<usize> = (0..all.num_columns()).filter(is_wanted).collect();
    let group = |group: &RowGroupMetaData| {
        let columns = leaves.iter().filter_map(|leaf| group.columns().get(*leaf).cloned()).collect();
        let builder = RowGroupMetaData::builder(descriptor.clone()).set_num_rows(group.num_rows());
        builder.set_total_byte_size(group.total_byte_size()).set_column_metadata(columns).build()
    };
    let groups = metadata.row_groups().iter().map(group).collect::<Result<_, _>>()?;
    let by = file.created_by().map(str::to_owned);
    let file = FileMetaData::new(file.version(), file.num_rows(), by, None, descriptor.clone(), None);
    Ok(ParquetMetaData::new(file, groups))
}

/// Returns the types of all columns: those of the file, and what is noted about them where that says more.
fn types(descriptor: &SchemaDescriptor, noted: Option<Schema>) -> Result<SchemaRef, Fault> {
    let note = noted.map(|noted| vec![KeyValue::new(ARROW_SCHEMA_META_KEY.to_owned(), encode_arrow_schema(&noted))]);
    let of = |mask| parquet_to_arrow_schema_by_columns(descriptor, mask, note.as_ref());
    let told = |error| {
        let roots = descriptor.root_schema().get_fields();
        let at = (0..roots.len()).find(|at| of(ProjectionMask::roots(descriptor, [*at])).is_err());
        at.map_or_else(|| refused(&error), |at| unreadable(roots[at].name(), &words(&error)))
    };
    Ok(Arc::new(of(ProjectionMask::all()).map_err(told)?))
}

/// Returns the types that an Arrow library has noted, if one wrote the file, or the reason why one cannot be read.
fn noted_types(metadata: &ParquetMetaData) -> Result<Option<Vec<Result<FieldRef, Fault>>>, Fault> {
    let notes = metadata.file_metadata().key_value_metadata();
    let note = notes.and_then(|notes| notes.iter().find(|note| note.key == ARROW_SCHEMA_META_KEY)?.value.as_ref());
    let Some(note) = note else { return Ok(None) };
    let bytes = BASE64_STANDARD.decode(note).map_err(|error| no_note(&error.to_string()))?;
    let start = if bytes.len() > PREFIX && bytes.starts_with(&MARK) { PREFIX } else { 0 };
    let message = root_as_message(&bytes[start..]).map_err(|error| no_note(&error.to_string()))?;
    let schema = message.header_as_schema().ok_or_else(|| no_note("it is another message"))?;
    Ok(Some(fields(schema)))
}

/// Returns the noted types of the columns at these places, of a file that has `count`.
fn only_noted(noted: Vec<Result<FieldRef, Fault>>, wanted: &[usize], count: usize) -> Result<Schema, Fault> {
    if noted.len() != count {
        return Err(no_note(&format!("it is of {} columns, and the file has {count}", noted.len())));
    }
    let noted = noted.into_iter().enumerate().filter(|(at, _)| wanted.binary_search(at).is_ok());
    Ok(Schema::new(noted.map(|(_, field)| field).collect::<Result<Vec<_>, _>>()?))
}

fn no_note(words: &str) -> Fault {
    damaged(&format!("its note of Arrow's types is none: {words}"))
}
