//! Partitions in real sandboxes: however many there are, a node that looks at one after the other has one in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use wpipe_buffer::Buffer;
use wpipe_sandbox::{Argument, CallError, Component, Limits, Outcome, Produced};
use wpipe_sdk::{Table, View, to_archive};

use crate::support::{buffer, call_within, component, engine, only_output};

/// Partitions of one test, and the numbers in each: 1 MiB.
const COUNT: usize = 1000;
const NUMBERS: usize = (1 << 20) / size_of::<f64>();

/// What a sandbox takes without any data: stack, statics, allocator.
const BASE: u64 = 4 << 20;

fn run(component: &Component, node: &str, arguments: Vec<Argument>) -> Result<Outcome, CallError> {
    let limits = Limits { memory: 64 << 20, ..Limits::default() };
    call_within(component, node, arguments, limits, Arc::default())
}

fn partitions<'b>(partitions: impl IntoIterator<Item = (String, &'b Buffer)>) -> Argument {
    Argument::Partitioned(partitions.into_iter().map(|(id, buffer)| (id, buffer.clone().into())).collect())
}

fn texts(texts: &[(&str, &str)]) -> Argument {
    Argument::Partitioned(texts.iter().map(|(id, text)| ((*id).to_owned(), buffer(text.as_bytes()).into())).collect())
}

pub(crate) fn produced(outcome: &Outcome) -> &BTreeMap<String, Buffer> {
    match outcome.outputs.as_slice() {
        [Produced::Partitioned(partitions)] => partitions,
        other => panic!("one partitioned output expected, not {other:?}"),
    }
}

#[test]
fn a_thousand_partitions_are_read_in_the_memory_of_one() {
    let engine = engine();
    let guest = component(&engine, "well_behaved");
    let numbers = buffer(&to_archive(&vec![0.5; NUMBERS]).unwrap());
    let thousand = || partitions((0..COUNT).map(|partition| (format!("{partition:04}"), &numbers)));

    let outcome = run(&guest, "sum_each", vec![thousand()]).unwrap();
    let sum = f64::view(only_output(&outcome)).unwrap();
    assert_eq!(sum, (COUNT * NUMBERS) as f64 / 2.0);
    assert!(outcome.peak_memory <= BASE + (2 << 20), "{} bytes", outcome.peak_memory);

    // Held together they take what they take: the number above is not the host's way of counting.
    let outcome = run(&guest, "sum_together", vec![thousand()]).unwrap();
    assert_eq!(f64::view(only_output(&outcome)).unwrap(), sum);
    assert!(outcome.peak_memory >= (COUNT * NUMBERS * size_of::<f64>()) as u64, "{} bytes", outcome.peak_memory);
}

#[test]
fn a_thousand_partitions_are_written_in_the_memory_of_one() {
    let engine = engine();
    let guest = component(&engine, "well_behaved");
    let arguments = vec![Argument::Parameter(COUNT.to_string()), Argument::Parameter(NUMBERS.to_string())];
    let outcome = run(&guest, "produce_each", arguments).unwrap();
    assert!(outcome.peak_memory <= BASE + (2 << 20), "{} bytes", outcome.peak_memory);
    let partitions = produced(&outcome);
    assert_eq!(partitions.len(), COUNT);
    for partition in ["0000", "0500", "0999"] {
        let numbers = <[f64]>::view(partitions[partition].bytes().unwrap()).unwrap();
        assert_eq!((numbers.len(), numbers[NUMBERS - 1]), (NUMBERS, (NUMBERS - 1) as f64));
    }
}

#[test]
fn small_and_large_partitions_find_their_own_content() {
    let engine = engine();
    let guest = component(&engine, "well_behaved");
    // Below and above the size from which on buffers are mapped, in turns: windows are used again for other sizes.
    let sizes = [1, 300_000, 100, 5_000_000, 70_000, 0, 140_000];
    let contents: Vec<String> =
        sizes.iter().zip("abcdefg".chars()).map(|(size, c)| c.to_string().repeat(*size)).collect();
    let ids: Vec<String> = (0..sizes.len()).map(|id| format!("2024/{id}")).collect();
    let given: Vec<(&str, &str)> = ids.iter().map(String::as_str).zip(contents.iter().map(String::as_str)).collect();

    let outcome = run(&guest, "concat_texts", vec![texts(&given)]).unwrap();
    let expected: String = given.iter().map(|(id, content)| format!("{id}={content}\n")).collect();
    assert!(only_output(&outcome) == expected.as_bytes(), "all lines, in the order of the ids");

    let outcome = run(&guest, "upper_all", vec![texts(&given)]).unwrap();
    let upper = produced(&outcome);
    assert_eq!(upper.len(), sizes.len());
    for (id, content) in given {
        assert!(upper[id].bytes().unwrap() == content.to_uppercase().as_bytes(), "{id}");
    }
}

#[test]
fn tables_are_divided_and_put_together_again_with_one_in_memory_at_a_time() {
    let engine = engine();
    let guest = component(&engine, "well_behaved");
    // Forty partitions of 1 MiB: longer than what is copied, so that they are attached.
    let (groups, rows) = (40_i32, 1 << 16);
    let table = Table::from_columns([
        ("group", (0..groups * rows).map(|row| row % groups).collect::<Vec<_>>().into()),
        ("value", (0..groups * rows).map(f64::from).collect::<Vec<_>>().into()),
        ("name", (0..groups * rows).map(|_| "abcd").collect::<Vec<_>>().into()),
    ])
    .unwrap();
    let by = r#"{ "keys": ["group"], "folder": "", "file": "{group}" }"#;
    let arguments = vec![Argument::Single(buffer(table.bytes())), Argument::Parameter(by.into())];
    let outcome = run(&guest, "split_table", arguments).unwrap();
    let parts = produced(&outcome);
    assert_eq!(parts.len(), groups as usize);
    let bytes: usize = parts.values().map(Buffer::len).sum();
    // The rows of all groups are found first: four bytes for each, three times.
    let overhead = u64::try_from(groups * rows).unwrap() * 4 * 4;
    let most = table.bytes().len() as u64 + overhead + BASE + (8 << 20);
    assert!(outcome.peak_memory <= most, "{} bytes, {most} at most", outcome.peak_memory);

    let given = partitions(parts.iter().map(|(id, buffer)| (id.clone(), buffer)));
    let outcome = run(&guest, "concat_tables", vec![given]).unwrap();
    let together = Table::view(only_output(&outcome)).unwrap();
    assert_eq!(together.rows(), table.rows());
    let most = (only_output(&outcome).len() + bytes / groups as usize) as u64 + BASE + (8 << 20);
    assert!(outcome.peak_memory <= most, "{} bytes, {most} at most", outcome.peak_memory);
    let (values, ids) = (together.column::<f64>("value").unwrap(), together.text("partition").unwrap());
    // Ids are in the order of their letters: 0, 1, 10, 11, …
    assert_eq!((ids.get(0), ids.get(2 * rows as usize)), ("0", "10"));
    for (row, (value, id)) in values.iter().zip(ids.iter()).enumerate() {
        let (group, within): (i32, i32) = (id.parse().unwrap(), row as i32 % rows);
        assert_eq!(*value, f64::from(within * groups + group), "row {row}");
    }
}

#[test]
fn ids_are_kept_as_they_are() {
    let engine = engine();
    let guest = component(&engine, "well_behaved");
    let text = "2024/2024-01-31=x\n2020.01=y\nünï=z\n";
    let outcome = run(&guest, "split_lines", vec![Argument::Single(buffer(text.as_bytes()))]).unwrap();
    let ids: Vec<_> = produced(&outcome).keys().collect();
    assert_eq!(ids, ["2020.01", "2024/2024-01-31", "ünï"]);
}

#[test]
fn mistakes_of_nodes_are_told() {
    let engine = engine();
    let guest = component(&engine, "well_behaved");
    let told = |node, arguments| run(&guest, node, arguments).unwrap_err().to_string();
    let errors = [
        told("split_lines", vec![Argument::Single(buffer(b"a=1\na=2"))]),
        told("split_lines", vec![Argument::Single(buffer(b"a=1\nb"))]),
        told("concat_texts", vec![texts(&[("a", "1"), ("a", "2")])]),
        told("concat_texts", vec![partitions([("a".to_owned(), &buffer(b"\xFF"))])]),
        told("fail_on", vec![Argument::Single(buffer(b"a storm")), Argument::Parameter("\"storm\"".into())]),
    ];
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn no_partitions_at_all_are_fine() {
    let engine = engine();
    let guest = component(&engine, "well_behaved");
    assert_eq!(only_output(&run(&guest, "count_partitions", vec![texts(&[])]).unwrap()), b"0");
    assert!(produced(&run(&guest, "upper_all", vec![texts(&[])]).unwrap()).is_empty());
}
