//! Arrow's lists of any layout in the layout of a table: `i32` offsets, and no item that is in no list.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, UInt64Array};
use arrow::compute::take;
use arrow::datatypes::DataType;
use wpipe_data::ColumnKind;
use wpipe_data::table::toml_key;

use super::chunks::Chunks;
use super::{too_large, words};
use crate::fault::{At, Fault};

/// The lists of a column's pieces.
pub(super) struct Lists {
    /// `rows + 1` positions among the items of all pieces.
    pub(super) offsets: Vec<i32>,
    /// The number of items.
    pub(super) count: usize,
    pub(super) items: Box<Chunks>,
}

impl Lists {
    /// Returns the lists of `arrays`, whose items hold `kind` and are to be of `wanted`.
    pub(super) fn of(arrays: &[ArrayRef], kind: ColumnKind, wanted: ColumnKind) -> Result<Self, Fault> {
        let rows = arrays.iter().map(|array| array.len()).sum::<usize>();
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        let mut count = 0_usize;
        let mut items = Vec::with_capacity(arrays.len());
        for array in arrays {
            let ranges = ranges(array)?;
            for range in &ranges {
                count = count.saturating_add(range.len());
                offsets.push(i32::try_from(count).map_err(|_| too_large())?);
            }
            items.push(items_in(array, &ranges)?);
        }
        let items = Box::new(Chunks::new(items, kind, wanted, None)?);
        Ok(Self { offsets, count, items })
    }
}

impl Lists {
    /// Returns a fault of an item as one of the row that has it.
    pub(super) fn placed(&self, fault: Fault) -> Fault {
        let Some(At::Row(item)) = fault.at else { return fault };
        let at = i32::try_from(item).unwrap_or(i32::MAX);
        let row = self.offsets.partition_point(|end| *end < at);
        let message = format!("in its list, {}", fault.message);
        let column = fault.column.as_deref().map_or_else(String::new, toml_key);
        let help = format!("declare `types = {{ {column} = \"list<{}>\" }}`", self.items.kind());
        Fault { message, ..fault }.at(At::Row(row as u64)).help(help)
    }
}

/// Returns the items of each row; none if the list is missing.
fn ranges(array: &ArrayRef) -> Result<Vec<Range<usize>>, Fault> {
    let rows = 0..array.len();
    // Arrow has checked that no offset is negative.
    let between = |start: usize, end: usize, row: usize| if array.is_valid(row) { start..end } else { start..start };
    Ok(match array.data_type() {
        DataType::List(_) => {
            let offsets = array.as_list::<i32>().value_offsets();
            rows.map(|row| between(offsets[row] as usize, offsets[row + 1] as usize, row)).collect()
        }
        DataType::LargeList(_) => {
            let offsets = array.as_list::<i64>().value_offsets();
            rows.map(|row| between(offsets[row] as usize, offsets[row + 1] as usize, row)).collect()
        }
        DataType::FixedSizeList(_, length) => {
            let (lists, length) = (array.as_fixed_size_list(), usize::try_from(*length).unwrap_or_default());
            let start = |row| lists.value_offset_at(row);
            rows.map(|row| between(start(row), start(row) + length, row)).collect()
        }
        DataType::ListView(_) => {
            let views = array.as_list_view::<i32>();
            let (offsets, sizes) = (views.value_offsets(), views.value_sizes());
            rows.map(|row| between(offsets[row] as usize, (offsets[row] + sizes[row]) as usize, row)).collect()
        }
        DataType::LargeListView(_) => {
            let views = array.as_list_view::<i64>();
            let (offsets, sizes) = (views.value_offsets(), views.value_sizes());
            rows.map(|row| between(offsets[row] as usize, (offsets[row] + sizes[row]) as usize, row)).collect()
        }
        other => return Err(Fault::new(format!("its type `{other}` is none of lists"))),
    })
}

/// Returns the items of these ranges, one behind the other.
fn items_in(array: &ArrayRef, ranges: &[Range<usize>]) -> Result<ArrayRef, Fault> {
    let values = match array.data_type() {
        DataType::LargeList(_) => array.as_list::<i64>().values(),
        DataType::FixedSizeList(..) => array.as_fixed_size_list().values(),
        DataType::ListView(_) => array.as_list_view::<i32>().values(),
        DataType::LargeListView(_) => array.as_list_view::<i64>().values(),
        _ => array.as_list::<i32>().values(),
    };
    let mut filled = ranges.iter().filter(|range| !range.is_empty());
    let first = filled.clone().next().map_or(0, |range| range.start);
    let end = filled.try_fold(first, |end, range| (range.start == end).then_some(range.end));
    if let Some(end) = end {
        return Ok(values.slice(first, end - first));
    }
    let places = UInt64Array::from_iter_values(ranges.iter().flat_map(|range| range.clone()).map(|place| place as u64));
    take(values, &places, None).map_err(|error| Fault::new(words(&error)))
}
