//! Texts by codes: the dictionaries of a column's pieces as one.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;
use wpipe_data::Room;
use wpipe_data::table::{ColumnMut, out_of_order};

use super::canonical::{cast, is_coded_text};
use super::elements::bytes_at;
use crate::fault::Fault;

/// The dictionary of a column, and the codes of its pieces in it.
pub(super) struct Coded {
    pub(super) ordered: bool,
    values: Vec<String>,
    /// The codes of each piece's values; 0 for a value that is missing.
    codes: Vec<Vec<i32>>,
}

impl Coded {
    /// Makes one dictionary for all pieces. Those of plain text get one each before.
    pub(super) fn of(arrays: &mut [ArrayRef], ordered: bool) -> Result<Self, Fault> {
        let mut known: HashMap<String, i32> = HashMap::new();
        let (mut values, mut codes): (Vec<String>, Vec<Vec<i32>>) = (Vec::new(), Vec::new());
        let mut last: Option<ArrayRef> = None;
        for array in arrays {
            if !is_coded_text(array.data_type()) {
                *array = cast(array, &DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)))?;
            }
            let own = array.as_any_dictionary().values().clone();
            // Pieces of one row group share one.
            if let (Some(last), Some(same)) = (&last, codes.last())
                && last.to_data().ptr_eq(&own.to_data())
            {
                codes.push(same.clone());
                continue;
            }
            let before = values.len();
            let mut code = |at| -> Result<i32, Fault> {
                let Some(text) = bytes_at(&own, at).and_then(|bytes| str::from_utf8(bytes).ok()) else { return Ok(0) };
                if let Some(code) = known.get(text) {
                    return Ok(*code);
                }
                let code = i32::try_from(values.len()).map_err(|_| super::too_large())?;
                known.insert(text.to_owned(), code);
                values.push(text.to_owned());
                Ok(code)
            };
            let own_codes = (0..own.len()).map(&mut code).collect::<Result<Vec<_>, _>>()?;
            if ordered && let Some(at) = out_of_order(&own_codes, before) {
                let value =
                    bytes_at(&own, at).map_or_else(String::new, |bytes| String::from_utf8_lossy(bytes).into_owned());
                let message = format!(
                    "its values are in an order that means something, and `{value}` has another place in it in another part \
                     of the file"
                );
                return Err(Fault::new(message).help("declare `dictionary = false` to read it as plain text"));
            }
            codes.push(own_codes);
            last = Some(own);
        }
        Ok(Self { ordered, values, codes })
    }

    /// Returns the room that the dictionary takes.
    pub(super) fn room(&self) -> Room {
        Room::items(self.values.len()).bytes(self.values.iter().map(String::len).sum())
    }

    /// Writes the dictionary and the codes of `arrays`, but not the marks of missing values.
    pub(super) fn fill(&self, arrays: &[ArrayRef], column: &mut ColumnMut<'_>) -> Result<(), Fault> {
        let mut dictionary = column.dictionary()?;
        for value in &self.values {
            dictionary.code(value)?;
        }
        let mut rest = dictionary.codes()?;
        for (array, codes) in arrays.iter().zip(&self.codes) {
            let (places, after) = rest.split_at_mut(array.len());
            rest = after;
            if codes.is_empty() {
                places.fill(0);
                continue;
            }
            let keys = array.as_any_dictionary().normalized_keys();
            for (row, (place, key)) in places.iter_mut().zip(keys).enumerate() {
                *place = if array.is_valid(row) { codes[key] } else { 0 };
            }
        }
        Ok(())
    }
}
