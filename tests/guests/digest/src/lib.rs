//! What a table holds, in few numbers that other programs can compute as well.

use std::fmt::Write;

use wpipe_sdk::data::ColumnKind;
use wpipe_sdk::{Table, TableError, export, node};

/// Says of a table how many rows it has, and in a line for each column `name number missing sum` or `name text missing
/// sum`. Each value is weighed by its row, from 1 to 7 in turns; of a text its FNV-1a hash is summed up.
#[node]
fn digest(table: &Table) -> Result<String, TableError> {
    let mut text = format!("rows {}", table.rows());
    for column in table.columns() {
        let name = column.name;
        // Writing to a string cannot fail.
        let _ = match column.kind {
            ColumnKind::Text => {
                let texts = table.nullable_text(name)?;
                let there = (0..texts.len()).filter_map(|row| Some(fnv(texts.get(row)?).wrapping_mul(weight(row))));
                write!(text, "\n{name} text {} {}", texts.null_count(), there.fold(0, u64::wrapping_add))
            }
            ColumnKind::I64 => {
                let numbers = table.nullable::<i64>(name)?;
                let there = (0..numbers.len()).filter_map(|row| Some(numbers.get(row)? as f64 * weight(row) as f64));
                write!(text, "\n{name} number {} {}", numbers.null_count(), there.sum::<f64>())
            }
            _ => {
                let numbers = table.nullable::<f64>(name)?;
                let there = (0..numbers.len()).filter_map(|row| Some(numbers.get(row)? * weight(row) as f64));
                write!(text, "\n{name} number {} {}", numbers.null_count(), there.sum::<f64>())
            }
        };
    }
    Ok(text)
}

fn weight(row: usize) -> u64 {
    (row % 7) as u64 + 1
}

fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

export![digest];
