//! Nodes that take and return each of the types that the SDK knows.

use wpipe_sdk::{Output, OutputError, Table, TableError, TableSpec, node};

/// Every f64 column, doubled.
#[node]
pub(crate) fn double(numbers: &Table) -> Result<Table<'static>, TableError> {
    let names: Vec<String> = numbers.columns().map(|column| column.name.to_owned()).collect();
    let columns = names.into_iter().map(|name| {
        let doubled: Vec<f64> = numbers.column::<f64>(&name)?.iter().map(|value| value * 2.0).collect();
        Ok((name, doubled.into()))
    });
    Table::from_columns(columns.collect::<Result<Vec<_>, TableError>>()?)
}

/// The sum of all numbers.
#[node]
pub(crate) fn sum(numbers: &[f64]) -> f64 {
    numbers.iter().sum()
}

/// The numbers from 0 to `n`.
#[node]
pub(crate) fn range(n: u64) -> Vec<f64> {
    (0..n).map(|number| number as f64).collect()
}

/// The text as it is.
#[node]
pub(crate) fn pass_text(text: &str) -> String {
    text.to_owned()
}

/// The bytes as they are.
#[node]
pub(crate) fn pass_bytes(bytes: &[u8]) -> Vec<u8> {
    bytes.to_vec()
}

/// Two outputs: the numbers from 0 to `n`, and `n` in words.
#[node(outputs("numbers", "words"))]
pub(crate) fn fan(n: u64) -> (Vec<f64>, String) {
    (range(n), format!("{n} numbers"))
}

/// A table of two columns of `n` rows, built in place.
#[node]
pub(crate) fn in_place(n: u64, out: Output<Table>) -> Result<(), OutputError> {
    let spec = TableSpec::new(n as usize).i64("index").f64("half");
    out.build(&spec, |table| {
        let [index, half] = table.columns_named(["index", "half"])?;
        for (row, (index, half)) in index.values::<i64>()?.iter_mut().zip(half.values::<f64>()?).enumerate() {
            (*index, *half) = (row as i64, row as f64 / 2.0);
        }
        Ok(())
    })
}

/// A table with texts that look like numbers, which a CSV file cannot tell from numbers.
#[node]
pub(crate) fn telling_apart(rows: u64) -> Result<Table<'static>, TableError> {
    let codes: Vec<String> = (0..rows).map(|row| row.to_string()).collect();
    Table::from_columns([("code", codes.into())])
}

/// The length of a text that is not looked at.
#[node]
pub(crate) fn noop(text: &str) -> u64 {
    text.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn double_doubles() -> Result<(), TableError> {
        let table = Table::from_columns([("x", vec![1.0, 2.5].into())])?;
        assert_eq!(double(&table)?.column::<f64>("x")?, [2.0, 5.0]);
        Ok(())
    }

    #[test]
    fn in_place_fills_both_columns() -> Result<(), Box<dyn std::error::Error>> {
        let (output, written) = Output::in_memory();
        in_place(3, output)?;
        let archive = written.archive().ok_or("nothing was written")?;
        let table = Table::view(&archive)?;
        assert_eq!(table.column::<i64>("index")?, [0, 1, 2]);
        assert_eq!(table.column::<f64>("half")?, [0.0, 0.5, 1.0]);
        Ok(())
    }
}
