//! Tests of nodes, run as a host runs them: by name, with arguments and outputs in order. The host here is in memory.

use rkyv::{Archive, Serialize};
use serde::Deserialize;
use wpipe_sdk::__private::{Argument, Buffer, Call, Node, OutputPort, run};
use wpipe_sdk::data::{Kind, Port};
use wpipe_sdk::{Data, Output, OutputError, Row, Table, TableError, TableSpec, View, export, node, to_archive};

/// A type with an archived form.
#[derive(Archive, Serialize, Data)]
struct Model {
    name: String,
    weights: Vec<f64>,
}

#[derive(Deserialize)]
struct Train {
    iterations: u32,
}

/// Takes one of each
/// kind.
///
/// More about it.
#[node(outputs("text", "count"))]
fn mixed(
    table: &Table,
    model: &ArchivedModel,
    _bytes: &[u8],
    scale: &f64,
    train: Train,
    built: Output<Table>,
) -> Result<(String, u64), TableError> {
    let sum: f64 = table.column::<f64>("x")?.iter().sum();
    // The host has to report an error of the output here.
    let _ = built.build(&TableSpec::new(1).f64("sum"), |built| {
        built.column_mut::<f64>("sum")?[0] = sum * scale;
        Ok(())
    });
    let weights = model.weights.len();
    Ok((format!("{} {weights} {}", model.name, train.iterations), table.rows() as u64))
}

#[node]
fn reverse(text: &str) -> String {
    text.chars().rev().collect()
}

#[node]
fn fill(r#type: u64, numbers: Output<Vec<f64>>) -> Result<(), OutputError> {
    numbers.fill(r#type as usize, |numbers| numbers.fill(0.5))
}

#[node]
fn fails(optional: Option<String>) -> Result<(), Box<dyn std::error::Error>> {
    Err(optional.ok_or("no reason")?.into())
}

/// A reading of some sensor.
#[derive(Row)]
struct Reading<'t> {
    sensor: &'t str,
    value: f64,
}

#[node]
fn hottest(readings: &Table, least: f64, hottest: Output<Table>) -> Result<(), Box<dyn std::error::Error>> {
    let rows = deep_down(readings)?;
    Ok(hottest.put_rows(rows.into_iter().filter(|reading| reading.value >= least))?)
}

fn deep_down<'t>(readings: &'t Table) -> Result<Vec<Reading<'t>>, TableError> {
    Ok(readings.rows_as::<Reading>()?.into_iter().collect())
}

export![mixed, reverse, fill, fails, hottest];

const NODES: &[fn() -> Node] =
    &[__wpipe_node_mixed, __wpipe_node_reverse, __wpipe_node_fill, __wpipe_node_fails, __wpipe_node_hottest];

fn single(bytes: &[u8]) -> Argument {
    Argument::Single(Buffer::new(bytes))
}

fn parameter(json: &str) -> Argument {
    Argument::Parameter(json.to_owned())
}

/// Runs a node with the requested number of outputs.
fn outputs(name: &str, arguments: Vec<Argument>, count: usize) -> Result<Vec<OutputPort>, String> {
    let ports: Vec<_> = (0..count).map(|_| OutputPort::default()).collect();
    run(NODES, name, Call::new(arguments, ports.clone()))?;
    Ok(ports)
}

fn failure(name: &str, arguments: Vec<Argument>) -> String {
    outputs(name, arguments, 3).expect_err("the node fails")
}

fn mixed_arguments(train: &str) -> Result<Vec<Argument>, Box<dyn std::error::Error>> {
    let table = Table::from_columns([("x", vec![1.0, 2.0].into())])?;
    let model = to_archive(&Model { name: "m".to_owned(), weights: vec![0.5; 3] })?;
    let scale = to_archive(&10.0)?;
    Ok(vec![single(table.bytes()), single(&model), single(b""), single(&scale), parameter(train)])
}

#[test]
fn arguments_and_outputs_arrive_in_order() -> Result<(), Box<dyn std::error::Error>> {
    let ports = outputs("mixed", mixed_arguments(r#"{ "iterations": 7 }"#)?, 3)?;
    let [built, text, count] = ports
        .iter()
        .map(|port| port.finished().expect("written"))
        .collect::<Vec<_>>()
        .try_into()
        .expect("three outputs");
    assert_eq!(Table::view(&built)?.column::<f64>("sum")?, [30.0]);
    assert_eq!(str::view(&text)?, "m 3 7");
    assert_eq!(u64::view(&count)?, 2);
    Ok(())
}

#[test]
fn the_signature_is_what_the_function_says() {
    let signature = __wpipe_node_mixed().signature();
    assert_eq!((signature.name.as_str(), signature.doc.as_str()), ("mixed", "Takes one of each kind."));
    let ports = |ports: &[Port]| -> Vec<String> {
        ports.iter().map(|port| format!("{}: {:?} {}", port.name, port.kind, port.schema)).collect()
    };
    let inputs =
        ["table: Single table", "model: Single Model", "bytes: Single bytes", "scale: Single f64", "train: Parameter "];
    assert_eq!(ports(&signature.inputs), inputs);
    assert_eq!(ports(&signature.outputs), ["built: Single table", "text: Single text", "count: Single u64"]);
    assert_eq!(signature.inputs[4].fingerprint, 0);
    assert_eq!(signature.inputs[1].fingerprint, <ArchivedModel as View>::FINGERPRINT);
}

#[test]
fn a_raw_name_loses_its_mark() {
    let signature = __wpipe_node_fill().signature();
    assert_eq!((signature.inputs[0].name.as_str(), signature.inputs[0].kind), ("type", Kind::Parameter));
}

#[test]
fn a_large_input_and_an_empty_one_are_read_whole() -> Result<(), Box<dyn std::error::Error>> {
    let text = "ab".repeat(1 << 20);
    for (text, reversed) in [(text.as_str(), "ba".repeat(1 << 20)), ("", String::new())] {
        let ports = outputs("reverse", vec![single(text.as_bytes())], 1)?;
        assert_eq!(ports[0].finished().as_deref(), Some(reversed.as_bytes()));
    }
    Ok(())
}

#[test]
fn numbers_are_built_in_place() -> Result<(), Box<dyn std::error::Error>> {
    let ports = outputs("fill", vec![parameter("3")], 1)?;
    let archive = ports[0].finished().ok_or("not written")?;
    assert_eq!(<[f64]>::view(&archive)?, [0.5; 3]);
    Ok(())
}

#[test]
fn an_input_that_is_something_else_is_named() {
    let error = failure("reverse", vec![single(b"\xFF")]);
    assert!(error.starts_with("failed to read the input `text`: not a valid `text`: invalid utf-8"), "{error}");
}

#[test]
fn a_parameter_that_does_not_fit_is_named() -> Result<(), Box<dyn std::error::Error>> {
    let error = failure("mixed", mixed_arguments(r#"{ "learning_rate": 0.5 }"#)?);
    assert_eq!(error, "the parameter `train` does not fit: missing field `iterations` at line 1 column 24");
    Ok(())
}

#[test]
fn an_error_of_the_node_is_told() {
    assert_eq!(failure("fails", vec![parameter("\"too hot\"")]), "too hot");
    assert_eq!(failure("fails", vec![parameter("null")]), "no reason");
}

#[test]
fn a_node_that_is_not_there_is_told_with_those_that_are() {
    let error = failure("revers", Vec::new());
    let exported = "`mixed`, `reverse`, `fill`, `fails`, `hottest`";
    assert_eq!(error, format!("there is no node `revers` in this component, which exports {exported}"));
}

#[test]
fn a_host_that_gives_other_arguments_is_told() {
    assert_eq!(failure("reverse", Vec::new()), "the input `text` takes one dataset, and the host gave nothing");
    let error = failure("fails", vec![single(b"")]);
    assert_eq!(error, "the parameter `optional` takes JSON text, and the host gave one dataset");
    let error = run(NODES, "reverse", Call::new(vec![single(b"x")], Vec::new()));
    assert_eq!(error, Err("the host gave no output `reverse`".to_owned()));
}

#[test]
fn rows_of_structs_are_read_and_written() -> Result<(), Box<dyn std::error::Error>> {
    let readings = Table::from_columns([("value", vec![20, 31, 35].into()), ("sensor", vec!["a", "b", "c"].into())])?;
    let ports = outputs("hottest", vec![single(readings.bytes()), parameter("30")], 1)?;
    let archive = ports[0].finished().ok_or("not written")?;
    let expected = Table::from_columns([("sensor", vec!["b", "c"].into()), ("value", vec![31.0, 35.0].into())])?;
    assert_eq!(Table::view(&archive)?, expected);
    Ok(())
}

#[test]
fn a_column_that_does_not_fit_is_told_with_its_input_from_deep_within_a_node() -> Result<(), TableError> {
    let readings = Table::from_columns([("value", vec!["warm"].into()), ("sensor", vec!["a"].into())])?;
    assert_eq!(
        failure("hottest", vec![single(readings.bytes()), parameter("30")]),
        "the input `readings`: column `value` is text, not f64: a file that it comes from is read so with `types = { value \
         = \"f64\" }`"
    );
    let error = failure("mixed", {
        let table = Table::from_columns([("y", vec![1.0].into())])?;
        let mut arguments = mixed_arguments(r#"{ "iterations": 7 }"#).expect("arguments");
        arguments[0] = single(table.bytes());
        arguments
    });
    assert_eq!(error, "the input `table`: no column `x`, did you mean `y`? the table has `y`");
    Ok(())
}
