//! Columns that nobody here can read, or tell from one another, beside columns that people want: files of
//! `tests/files/make.py`.

use insta::assert_snapshot;
use serde_json::{Value, json};
use wpipe_data::{ColumnKind, Table, TimeUnit, Zone};

use crate::support::*;

const INT128: [(&str, &[u8]); 2] = [
    ("parquet", include_bytes!("../files/strange-int128.parquet")),
    ("arrow", include_bytes!("../files/strange-int128.arrow")),
];
const TWINS: [(&str, &[u8]); 2] = [
    ("parquet", include_bytes!("../files/strange-twins.parquet")),
    ("arrow", include_bytes!("../files/strange-twins.arrow")),
];

fn told(kind: &str, content: &[u8], options: Value) -> String {
    Root::new().load_error(kind, content, options)
}

#[test]
fn a_column_of_an_unknown_type_leaves_the_others_readable() {
    for (kind, content) in INT128 {
        let read = Root::new().load_table(kind, content, json!({ "columns": ["s", "n"] }));
        let expected =
            Table::from_columns([("s", vec![Some("grün"), None, Some("")].into()), ("n", vec![1_i64, 2, 3].into())]);
        assert_eq!(read, expected.expect("a table"), "{kind}");
    }
}

#[test]
fn the_others_keep_what_the_file_notes_about_them() {
    for (kind, content) in INT128 {
        let read = Root::new().load_table(kind, content, json!({ "columns": ["at"] }));
        let berlin = ColumnKind::Timestamp(TimeUnit::Micro, Zone::new("Europe/Berlin"));
        assert_eq!(read.columns().map(|column| column.kind).collect::<Vec<_>>(), [berlin], "{kind}");
    }
}

#[test]
fn a_column_of_an_unknown_type_is_refused_by_name_if_it_is_wanted() {
    let [(parquet, in_parquet), (arrow, in_arrow)] = INT128;
    assert_snapshot!(told(parquet, in_parquet, json!({})), @r"
    `data.parquet`, column `wide`: its type cannot be read: Int type with bit width of 128 and signed of true not supported
    help: name the columns that you want with the option `columns`, or convert the column before
    ");
    assert_snapshot!(told(parquet, in_parquet, json!({ "columns": ["n", "wide"] })), @r"
    `data.parquet`, column `wide`: its type cannot be read: Int type with bit width of 128 and signed of true not supported
    help: name the columns that you want with the option `columns`, or convert the column before
    ");
    assert_snapshot!(told(arrow, in_arrow, json!({})), @r"
    `data.arrow`, column `wide`: its type cannot be read: Int type with bit width of 128 and signed of true not supported
    help: name the columns that you want with the option `columns`, or convert the column before
    ");
}

#[test]
fn columns_of_one_name_leave_the_others_readable() {
    for (kind, content) in TWINS {
        let read = Root::new().load_table(kind, content, json!({ "columns": ["b"] }));
        assert_eq!(read, Table::from_columns([("b", vec!["u", "v"].into())]).expect("a table"), "{kind}");
    }
}

#[test]
fn columns_of_one_name_are_refused_with_their_places_if_one_is_wanted() {
    for (kind, content) in TWINS {
        let all = told(kind, content, json!({}));
        assert_eq!(told(kind, content, json!({ "columns": ["b", "a"] })), all);
        insta::allow_duplicates! { assert_snapshot!(all.replace(kind, "KIND"), @r"
        `data.KIND`: columns 1 and 3 are both called `a`
        help: give one of them another name, or leave both out with the option `columns`
        "); }
    }
}

#[test]
fn a_name_that_the_file_lacks_is_told_with_all_that_it_has() {
    let [(parquet, content), _] = INT128;
    assert_snapshot!(told(parquet, content, json!({ "columns": ["n", "widee"] })), @r"
    `data.parquet`: it has no column `widee`, which `columns` names
    help: did you mean `wide`?
    ");
}
