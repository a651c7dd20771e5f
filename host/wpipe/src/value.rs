//! Values of the embedding program as buffers.

use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_catalog::Area;
use wpipe_data::Produce;

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
