//! Workbooks as other programs write them: by `tests/files/make.py`.

use insta::assert_snapshot;
use serde_json::{Value, json};
use wpipe_data::Table;

use crate::support::*;

const OPENPYXL: &[u8] = include_bytes!("../files/workbook-openpyxl.xlsx");
const POLARS: &[u8] = include_bytes!("../files/workbook-polars.xlsx");
const PANDAS: &[u8] = include_bytes!("../files/workbook-pandas.xlsx");
const INDEX: &[u8] = include_bytes!("../files/workbook-index.xlsx");
const FORMULAS: &[u8] = include_bytes!("../files/workbook-formulas.xlsx");

fn load(content: &[u8], options: Value) -> Table<'static> {
    Root::new().load_table("excel", content, options)
}

fn told(content: &[u8], options: Value) -> String {
    Root::new().load_error("excel", content, options)
}

/// Returns the table as CSV, with the kinds of its columns above.
fn shown(table: &Table<'_>) -> String {
    let kinds: Vec<_> = table.columns().map(|column| format!("{}: {}", column.name, column.kind)).collect();
    let root = Root::new();
    save(&root.open("csv", "shown.csv", json!({})), &buffer_of(table), TABLE).expect("a table as csv");
    format!("{}\n{}", kinds.join(", "), root.read("shown.csv"))
}

#[test]
fn a_range_of_a_sheet_is_a_table_with_the_kinds_that_excel_shows() {
    assert_snapshot!(shown(&load(OPENPYXL, json!({ "sheet": "Sales 2024", "range": "B4:J" }))));
}

#[test]
fn the_first_sheet_that_is_shown_is_read_unless_another_is_named() {
    let without_header = shown(&load(OPENPYXL, json!({ "header": false })));
    let [polars, pandas] = [POLARS, PANDAS].map(|file| shown(&load(file, json!({}))));
    let unknown = told(OPENPYXL, json!({ "sheet": "sales 2024" }));
    assert_snapshot!([without_header, polars, pandas, unknown].join("\n---\n"));
}

#[test]
fn what_is_beside_the_table_is_not_left_out_without_a_word() {
    let sheets = ["Sales 2024", "Empty"].map(|sheet| told(OPENPYXL, json!({ "sheet": sheet })));
    assert_snapshot!(sheets.join("\n---\n"));
}

#[test]
fn numbers_that_excel_does_not_keep_are_told() {
    assert_snapshot!(told(OPENPYXL, json!({ "sheet": "Hidden" })));
    let measured = load(OPENPYXL, json!({ "sheet": "Hidden", "types": { "n": "f64" } }));
    assert_eq!(measured.column::<f64>("n").expect("floats"), [9_007_199_254_740_992.0]);
}

#[test]
fn errors_are_told_or_missing_on_request() {
    let refused = told(OPENPYXL, json!({ "sheet": "Errors" }));
    assert_snapshot!(refused);
    let table = load(OPENPYXL, json!({ "sheet": "Errors", "errors": "missing" }));
    assert_eq!(table.rows(), 3);
}

#[test]
fn the_index_that_pandas_writes_is_a_column() {
    assert_snapshot!(shown(&load(INDEX, json!({}))));
}

#[test]
fn a_formula_without_a_value_is_told_or_missing_on_request() {
    assert_snapshot!(told(FORMULAS, json!({})));
    let table = load(FORMULAS, json!({ "errors": "missing" }));
    assert_eq!(table.nullable_text("twice").expect("texts").null_count(), 2);
}

#[test]
fn declared_kinds_and_columns_are_kept_to() {
    let some = json!({
        "sheet": "Sales 2024", "range": "B4:J", "columns": ["price", "code"], "types": { "price": "decimal(6, 2)" }
    });
    let wrong = json!({ "sheet": "Sales 2024", "range": "B4:J", "types": { "code": "i64" } });
    assert_snapshot!([shown(&load(OPENPYXL, some)), told(OPENPYXL, wrong)].join("\n---\n"));
}

#[test]
fn what_is_no_workbook_is_told() {
    let old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on";
    let files: [&[u8]; 3] = [b"a,b\n1,2\n", old, &OPENPYXL[..OPENPYXL.len() / 2]];
    assert_snapshot!(files.map(|file| told(file, json!({}))).join("\n---\n"));
}

#[test]
fn a_workbook_is_not_written() {
    let root = Root::new();
    let table = load(POLARS, json!({}));
    let refused = save(&root.open("excel", "out.xlsx", json!({})), &buffer_of(&table), TABLE).expect_err("an error");
    assert_snapshot!(message(&refused));
}
