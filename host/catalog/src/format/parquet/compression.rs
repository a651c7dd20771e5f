//! The compression of files: the options `compression` and `level`.

use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};

use crate::options::Options;

const ZSTD: &str = "zstd";
const SNAPPY: &str = "snappy";
const GZIP: &str = "gzip";
const LZ4: &str = "lz4";
const BROTLI: &str = "brotli";
const NONE: &str = "none";

/// The default level: fast enough, and nearly as small as slower ones.
const DEFAULT_LEVEL: i32 = 1;

/// Reads the options.
pub(super) fn read(options: &mut Options) -> Compression {
    let name = options.choice("compression", &[ZSTD, SNAPPY, GZIP, LZ4, BROTLI, NONE]).unwrap_or(ZSTD);
    let levels = match name {
        ZSTD => Some((1, 22)),
        GZIP => Some((0, 9)),
        BROTLI => Some((0, 11)),
        _ => None,
    };
    let level = match levels {
        Some((least, most)) => options.whole("level", least, most),
        None => {
            if options.has("level") {
                options.fail("level", format!("`{name}` has no levels"), Some("leave it out".to_owned()));
            }
            None
        }
    };
    // The level is within the format's limits, as was checked.
    let level = level.and_then(|level| i32::try_from(level).ok());
    let unsigned = level.and_then(|level| u32::try_from(level).ok());
    match name {
        SNAPPY => Compression::SNAPPY,
        GZIP => Compression::GZIP(unsigned.and_then(|level| GzipLevel::try_new(level).ok()).unwrap_or_default()),
        BROTLI => Compression::BROTLI(unsigned.and_then(|level| BrotliLevel::try_new(level).ok()).unwrap_or_default()),
        LZ4 => Compression::LZ4_RAW,
        NONE => Compression::UNCOMPRESSED,
        _ => Compression::ZSTD(ZstdLevel::try_new(level.unwrap_or(DEFAULT_LEVEL)).unwrap_or_default()),
    }
}
