//! Nodes over partitions, and those that pipelines of partitions are made of.

use core::fmt::Write;

use wpipe_sdk::partitions::{self, Concat, ConcatError, MapError, Split, SplitError};
use wpipe_sdk::{Output, OutputError, PartitionError, PartitionedOutput, Partitions, Table, node};

use crate::bench;

/// The text as it is.
#[node]
pub(crate) fn copy_text(text: &str) -> String {
    text.to_owned()
}

/// The text in capitals.
#[node]
pub(crate) fn upper(text: &str) -> String {
    text.to_uppercase()
}

/// One text behind the other.
#[node]
pub(crate) fn join_texts(a: &str, b: &str) -> String {
    format!("{a}{b}")
}

/// The text as it is, unless it has the word in it.
#[node]
pub(crate) fn fail_on(text: &str, word: String) -> Result<String, String> {
    if text.contains(&word) { Err(format!("found `{word}` in the text")) } else { Ok(text.to_owned()) }
}

/// Nothing, unless the text has the word in it.
#[node]
pub(crate) fn refuse(text: &str, word: String) -> Result<(), String> {
    if text.contains(&word) { Err(format!("found `{word}` in the text")) } else { Ok(()) }
}

/// Every number, times `factor`.
#[node]
pub(crate) fn scale(xs: &[f64], factor: f64) -> Vec<f64> {
    xs.iter().map(|x| x * factor).collect()
}

/// The text as it is, after as many rounds of work.
#[node]
pub(crate) fn spin(text: &str, rounds: u64) -> String {
    core::hint::black_box(bench::works(core::hint::black_box(rounds)));
    text.to_owned()
}

/// How many bytes the text has, after as many rounds of work.
#[node]
pub(crate) fn spin_and_count(text: &str, rounds: u64) -> String {
    core::hint::black_box(bench::works(core::hint::black_box(rounds)));
    text.len().to_string()
}

/// A partition of each line `id=content`.
#[node]
pub(crate) fn split_lines(text: &str, lines: PartitionedOutput<str>) -> Result<(), String> {
    for line in text.lines() {
        let (id, content) = line.split_once('=').ok_or_else(|| format!("the line `{line}` has no `=`"))?;
        lines.put(id, content)?;
    }
    Ok(())
}

/// A line `id=content` of each partition, in the order of the ids.
#[node]
pub(crate) fn concat_texts(texts: Partitions<str>) -> Result<String, PartitionError> {
    let mut lines = String::new();
    for text in texts {
        let text = text.load()?;
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{}={}", text.id(), &*text);
    }
    Ok(lines)
}

/// How many partitions there are. None of them is loaded.
#[node]
pub(crate) fn count_partitions(texts: Partitions<str>) -> String {
    texts.len().to_string()
}

/// Every partition in capitals.
#[node]
pub(crate) fn upper_all(texts: Partitions<str>, upper: PartitionedOutput<String>) -> Result<(), MapError> {
    partitions::map(texts, &upper, |_, text| Ok::<_, String>(text.to_uppercase()))
}

/// Every partition in capitals, but for those that have the word in them.
#[node]
pub(crate) fn upper_without(texts: Partitions<str>, word: String, upper: PartitionedOutput<str>) -> Result<(), String> {
    for text in texts {
        let text = text.load().map_err(|error| error.to_string())?;
        if !text.contains(&word) {
            upper.put(text.id(), &text.to_uppercase()).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// Every partition, and how many there are with it.
#[node]
pub(crate) fn count_with(texts: Partitions<str>, counted: PartitionedOutput<str>) -> Result<(), String> {
    let all = texts.len();
    for text in texts {
        let text = text.load().map_err(|error| error.to_string())?;
        counted.put(text.id(), &format!("{} of {all}", &*text)).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The sum of all numbers, one partition after the other.
#[node]
pub(crate) fn sum_each(numbers: Partitions<[f64]>) -> Result<f64, PartitionError> {
    let sums = numbers.into_iter().map(|numbers| Ok(numbers.load()?.iter().sum::<f64>()));
    sums.sum()
}

/// The sum of all numbers, all partitions at once.
#[node]
pub(crate) fn sum_together(numbers: Partitions<[f64]>) -> Result<f64, PartitionError> {
    let loaded = numbers.into_iter().map(|numbers| numbers.load()).collect::<Result<Vec<_>, _>>()?;
    Ok(loaded.iter().map(|numbers| numbers.iter().sum::<f64>()).sum())
}

/// A partition for each value of some columns.
#[node]
pub(crate) fn split_table(table: &Table, by: Split, parts: PartitionedOutput<Table>) -> Result<(), SplitError> {
    by.write(table, &parts)
}

/// All partitions in one table, with the id of each in the column `partition`.
#[node]
pub(crate) fn concat_tables(parts: Partitions<Table>, table: Output<Table>) -> Result<(), ConcatError> {
    Concat::new().id_column("partition").write(parts, table)
}

/// As many partitions `0000`, `0001`, …, each with the numbers from 0 to `n`, built in place.
#[node]
pub(crate) fn produce_each(count: u64, n: u64, numbers: PartitionedOutput<Vec<f64>>) -> Result<(), OutputError> {
    for partition in 0..count {
        numbers.open(&format!("{partition:04}"))?.fill(n as usize, |numbers| {
            for (index, number) in numbers.iter_mut().enumerate() {
                *number = index as f64;
            }
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn lines_become_partitions_and_lines_again() -> Result<(), Box<dyn Error>> {
        let (output, written) = PartitionedOutput::in_memory();
        split_lines("b/2=two\na=one\n", output)?;
        assert_eq!(written.ids(), ["a", "b/2"]);
        let contents: Vec<_> = written.ids().iter().map(|id| written.archive(id).ok_or("not written")).collect();
        let texts = contents.into_iter().collect::<Result<Vec<_>, _>>()?;
        let texts = texts.iter().map(|text| str::from_utf8(text)).collect::<Result<Vec<_>, _>>()?;
        let ids = written.ids();
        let texts = Partitions::in_memory(ids.iter().map(String::as_str).zip(texts))?;
        assert_eq!(concat_texts(texts)?, "a=one\nb/2=two\n");
        Ok(())
    }

    #[test]
    fn a_line_that_is_no_partition_is_named() {
        let (output, _) = PartitionedOutput::in_memory();
        assert_eq!(split_lines("a=1\nb", output), Err("the line `b` has no `=`".to_owned()));
    }
}
