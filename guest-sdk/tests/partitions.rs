//! Tests of nodes over partitions, run as a host runs them. The host here is in memory.

use rkyv::{Archive, Serialize};
use wpipe_sdk::__private::{Argument, Buffer, Call, Node, OutputPort, run};
use wpipe_sdk::data::{Kind, Port};
use wpipe_sdk::partitions::{self, MapError};
use wpipe_sdk::{
    Data, OutputError, PartitionError, Partitioned, PartitionedOutput, Partitions, Table, TableError, TableSpec, View,
    node, to_archive,
};

/// A type with an archived form.
#[derive(Archive, Serialize, Data)]
struct Model {
    weights: Vec<f64>,
}

/// The ids, and the content of the one called `wanted`.
#[node(outputs("ids", "content"))]
fn pick(mut texts: Partitions<str>, wanted: String) -> Result<(String, String), Box<dyn std::error::Error>> {
    let ids = texts.ids().collect::<Vec<_>>().join(" ");
    let text = texts.take(&wanted).ok_or("not there")?.load()?;
    assert!(texts.take(&wanted).is_none(), "it is taken");
    Ok((ids, text.to_owned()))
}

/// One of each kind.
#[node]
fn weigh(
    models: Partitions<ArchivedModel>,
    tables: Partitions<Table>,
    sums: PartitionedOutput<Table>,
) -> Result<Partitioned<f64>, Box<dyn std::error::Error>> {
    for table in tables {
        let table = table.load()?;
        let sum: f64 = table.column::<f64>("x")?.iter().sum();
        sums.open(table.id())?.build(&TableSpec::new(1).f64("sum"), |built| {
            built.column_mut::<f64>("sum")?[0] = sum;
            Ok(())
        })?;
    }
    let weights = models.into_iter().map(|model| {
        let model = model.load()?;
        Ok((model.id().to_owned(), model.weights.iter().map(|weight| weight.to_native()).sum()))
    });
    Ok(weights.collect::<Result<_, PartitionError>>()?)
}

#[node]
fn write_twice(out: PartitionedOutput<str>) -> Result<(), OutputError> {
    out.put("a", "first")?;
    out.put("a", "second")
}

#[node]
fn return_twice() -> Partitioned<String> {
    Partitioned::from_iter([("a", "first".to_owned()), ("a", "second".to_owned())])
}

#[node]
fn fail_on_b(texts: Partitions<str>, out: PartitionedOutput<String>) -> Result<(), MapError> {
    partitions::map(texts, &out, |id, text| if id == "b" { Err("too cold") } else { Ok(text.to_owned()) })
}

const NODES: &[fn() -> Node] = &[
    __wpipe_node_pick,
    __wpipe_node_weigh,
    __wpipe_node_write_twice,
    __wpipe_node_return_twice,
    __wpipe_node_fail_on_b,
];

fn texts(texts: &[(&str, Buffer)]) -> Argument {
    let clone = |(id, buffer): &(&str, Buffer)| ((*id).to_owned(), buffer.clone());
    Argument::Partitioned(texts.iter().map(clone).collect())
}

fn text(content: &str) -> Buffer {
    Buffer::new(content.as_bytes())
}

fn parameter(json: &str) -> Argument {
    Argument::Parameter(json.to_owned())
}

/// Runs a node with two outputs.
fn outputs(name: &str, arguments: Vec<Argument>) -> Result<[OutputPort; 2], String> {
    let ports = [OutputPort::default(), OutputPort::default()];
    run(NODES, name, Call::new(arguments, ports.to_vec()))?;
    Ok(ports)
}

fn failure(name: &str, arguments: Vec<Argument>) -> String {
    outputs(name, arguments).expect_err("the node fails")
}

#[test]
fn ids_are_in_order_and_each_has_its_own_content() -> Result<(), Box<dyn std::error::Error>> {
    let given = [("b/1", text("one")), ("a", text("two")), ("b", text("three"))];
    let [ids, content] = outputs("pick", vec![texts(&given), parameter("\"b/1\"")])?;
    assert_eq!(ids.finished().as_deref(), Some(b"a b b/1".as_slice()));
    assert_eq!(content.finished().as_deref(), Some(b"one".as_slice()));
    assert_eq!(failure("pick", vec![texts(&given), parameter("\"c\"")]), "not there");
    Ok(())
}

#[test]
fn what_is_not_loaded_is_not_asked_for() -> Result<(), String> {
    let given = [("a", Buffer::unavailable("on fire")), ("b", text("two"))];
    outputs("pick", vec![texts(&given), parameter("\"b\"")])?;
    let error = failure("pick", vec![texts(&given), parameter("\"a\"")]);
    assert_eq!(error, "failed to read the partition `a` of the input `texts`: on fire");
    Ok(())
}

#[test]
fn a_partition_that_is_something_else_is_named() {
    let error = failure("pick", vec![texts(&[("a", Buffer::new(b"\xFF"))]), parameter("\"a\"")]);
    let expected = "failed to read the partition `a` of the input `texts`: not a valid `text`: invalid utf-8";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn an_id_that_the_host_gives_twice_is_refused() {
    let error = failure("pick", vec![texts(&[("a", text("1")), ("a", text("2"))]), parameter("\"a\"")]);
    assert_eq!(error, "the host gave the partition `a` of the input `texts` twice");
    let error = failure("pick", vec![Argument::Single(text("1")), parameter("\"a\"")]);
    assert_eq!(error, "the input `texts` takes partitions, and the host gave one dataset");
}

#[test]
fn partitions_hold_what_single_datasets_hold() -> Result<(), Box<dyn std::error::Error>> {
    let model = to_archive(&Model { weights: vec![0.5, 1.0] })?;
    let table = Table::from_columns([("x", vec![2.0, 3.0].into())])?;
    let arguments = vec![texts(&[("m", Buffer::new(&model))]), texts(&[("t", Buffer::new(table.bytes()))])];
    let [sums, weights] = outputs("weigh", arguments)?;
    assert_eq!((sums.partitions(), weights.partitions()), (vec!["t".to_owned()], vec!["m".to_owned()]));
    assert_eq!(Table::view(&sums.finished_partition("t").ok_or("no `t`")?)?.column::<f64>("sum")?, [5.0]);
    assert_eq!(f64::view(&weights.finished_partition("m").ok_or("no `m`")?)?, 1.5);
    Ok(())
}

#[test]
fn no_partitions_are_no_error() -> Result<(), String> {
    let [sums, weights] = outputs("weigh", vec![texts(&[]), texts(&[])])?;
    assert!(sums.partitions().is_empty() && weights.partitions().is_empty());
    Ok(())
}

#[test]
fn the_signature_tells_which_ports_are_partitioned() {
    let signature = __wpipe_node_weigh().signature();
    let ports = |ports: &[Port]| -> Vec<String> {
        ports.iter().map(|port| format!("{}: {:?} {}", port.name, port.kind, port.schema)).collect()
    };
    assert_eq!(ports(&signature.inputs), ["models: Partitioned Model", "tables: Partitioned table"]);
    assert_eq!(ports(&signature.outputs), ["sums: Partitioned table", "weigh: Partitioned f64"]);
    assert_eq!(__wpipe_node_pick().signature().inputs[0].kind, Kind::Partitioned);
    assert_eq!(signature.inputs[0].fingerprint, <ArchivedModel as View>::FINGERPRINT);
}

#[test]
fn an_id_that_is_used_twice_is_named() {
    let error = failure("write_twice", Vec::new());
    assert_eq!(error, "failed to write the partition `a` of the output `out`: it was opened before");
    let error = failure("return_twice", Vec::new());
    assert_eq!(error, "failed to write the partition `a` of the output `return_twice`: it was opened before");
}

#[test]
fn mapping_tells_on_which_partition_it_failed() -> Result<(), String> {
    let [out, _] = outputs("fail_on_b", vec![texts(&[("a", text("1")), ("c", text("3"))])])?;
    assert_eq!(out.partitions(), ["a", "c"]);
    let error = failure("fail_on_b", vec![texts(&[("a", text("1")), ("b", text("2"))])]);
    assert_eq!(error, "failed on the partition `b`: too cold");
    Ok(())
}

#[test]
fn a_clone_of_a_table_outlives_what_was_loaded() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::from_columns([("x", vec![2.0, 3.0].into())])?;
    let mut tables = Partitions::<Table>::in_memory([("a", &table)])?;
    let loaded = tables.take("a").ok_or("no `a`")?.load()?;
    let clone = Table::clone(&loaded);
    drop(loaded);
    assert_eq!(clone.column::<f64>("x")?, [2.0, 3.0]);
    Ok(())
}

#[test]
fn what_was_loaded_can_be_passed_on_as_a_reference() -> Result<(), Box<dyn std::error::Error>> {
    fn rows(table: &Table) -> Result<usize, TableError> {
        Ok(table.column::<f64>("x")?.len())
    }
    let table = Table::from_columns([("x", vec![2.0, 3.0].into())])?;
    for table in Partitions::<Table>::in_memory([("a", &table)])? {
        let table = table.load()?;
        assert_eq!(rows(&table)?, 2);
    }
    Ok(())
}

#[test]
fn a_column_that_does_not_fit_is_told_with_its_partition() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::from_columns([("x", vec!["one"].into())])?;
    let mut tables = Partitions::<Table>::in_memory([("2024/01", &table)])?;
    let january = tables.take("2024/01").ok_or("no January")?.load()?;
    let error = january.column::<f64>("x").expect_err("it is text").to_string();
    assert!(error.starts_with("the partition `2024/01` of the input `input`: column `x` is text, not f64"), "{error}");
    Ok(())
}
