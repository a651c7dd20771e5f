//! The form of written files: the options `compression` and `level`, `row_group_rows` and `statistics`.

use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::compression;
use crate::options::Options;

const PAGE: &str = "page";
const CHUNK: &str = "chunk";
const NONE: &str = "none";

/// The rows of a group that is too large to be read at once.
const MOST_ROWS: i64 = 1 << 31;

/// Reads the options.
pub(super) fn read(options: &mut Options) -> WriterProperties {
    let mut properties = WriterProperties::builder().set_compression(compression::read(options));
    if let Some(rows) = options.whole("row_group_rows", 1, MOST_ROWS) {
        properties = properties.set_max_row_group_row_count(usize::try_from(rows).ok());
    }
    let statistics = match options.choice("statistics", &[PAGE, CHUNK, NONE]) {
        Some(CHUNK) => EnabledStatistics::Chunk,
        Some(NONE) => EnabledStatistics::None,
        _ => EnabledStatistics::Page,
    };
    properties.set_statistics_enabled(statistics).build()
}
