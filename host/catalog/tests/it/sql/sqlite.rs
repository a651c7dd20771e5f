//! The behaviour of SQLite alone.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use serde_json::json;
use wpipe_data::Column;
use wpipe_data::table::TimestampNanos;

use super::support::{Database, table};
use crate::support::*;

#[test]
fn values_of_several_types_in_one_column_are_told_with_a_way_out() {
    let database = Database::sqlite();
    database.run(
        "CREATE TABLE t (a, b INTEGER, c DATETIME, d TEXT, e BOOLEAN, f DECIMAL(4, 1), g DATE); \
         INSERT INTO t VALUES (1, 1, '2024-01-01', 'x', 1, 1.5, '2024-01-01'); \
         INSERT INTO t VALUES ('x', 2.5, 17, x'00ff', 2, 1.25, 'soon')",
    );
    for column in ["a", "b", "c", "d", "e", "f", "g"] {
        assert_snapshot!(format!("mixed_{column}"), database.load_error(json!({ "table": "t", "columns": [column] })));
    }
    let types = json!({ "a": "text", "b": "f64", "c": "text", "d": "binary", "e": "i64", "f": "f64", "g": "text" });
    let expected = table([
        ("a", vec!["1", "x"].into()),
        ("b", vec![1.0, 2.5].into()),
        ("c", vec!["2024-01-01", "17"].into()),
        ("d", Column::binary(vec![Some(&b"x"[..]), Some(b"\x00\xff")])),
        ("e", vec![1_i64, 2].into()),
        ("f", vec![1.5, 1.25].into()),
        ("g", vec!["2024-01-01", "soon"].into()),
    ]);
    assert_eq!(database.load(json!({ "table": "t", "types": types })), expected);
}

#[test]
fn the_first_value_says_what_a_column_without_a_declaration_holds() {
    let database = Database::sqlite();
    database
        .run("CREATE TABLE t (a, b, c); INSERT INTO t VALUES (NULL, NULL, NULL), (1, 'x', NULL), (NULL, NULL, NULL)");
    let expected = table([
        ("a", vec![None, Some(1_i64), None].into()),
        ("b", vec![None, Some("x"), None].into()),
        ("c", vec![None::<&str>, None, None].into()),
    ]);
    assert_eq!(database.load(json!({ "table": "t" })), expected);
}

#[test]
fn times_say_how_fine_they_are() {
    let database = Database::sqlite();
    let nanos = table([("at", vec![TimestampNanos(1), TimestampNanos(2_000)].into())]);
    database.save(json!({ "table": "t" }), &nanos);
    assert_eq!(database.load(json!({ "table": "t" })), nanos);
    assert_eq!(
        database.run("SELECT at FROM t"),
        [[Some("1970-01-01 00:00:00.000000001".to_owned())], [Some("1970-01-01 00:00:00.000002".to_owned())]]
    );
}

#[test]
fn what_sqlite_would_change_is_refused() {
    let database = Database::sqlite();
    assert_snapshot!(database.save_error(json!({ "table": "t" }), &table([("x", vec![f64::NAN].into())])));
    assert_snapshot!(database.save_error(json!({ "table": "t" }), &table([("n", vec![u64::MAX].into())])));
    database.run("CREATE TABLE t (x UUID, y DECIMAL(30, 2))");
    let append = json!({ "table": "t", "if_exists": "append" });
    assert_snapshot!(database.save_error(append.clone(), &table([("x", vec!["007"].into())])));
    let long = table([("y", Column::decimal(vec![Some(10_i128.pow(20) + 1)], 30, 2))]);
    assert_snapshot!(database.save_error(append, &long));
    // A column that is made for long decimals keeps them.
    database.save(json!({ "table": "u" }), &long);
    assert_eq!(database.load(json!({ "table": "u" })), long);
}

#[test]
fn a_file_that_another_program_writes_to_is_waited_for_and_then_told() {
    let database = Database::sqlite();
    database.save(json!({ "table": "t" }), &table([("n", vec![1_i64].into())]));
    let other = rusqlite::Connection::open(database.root.path("data/test.db")).expect("a database");
    other.execute_batch("BEGIN EXCLUSIVE").expect("begun");
    let database = Database { connection: "sqlite:data/test.db?timeout=0.1".to_owned(), ..database };
    assert_snapshot!(database.load_error(json!({ "table": "t" })));
    assert_snapshot!(database.save_error(json!({ "table": "t" }), &table([("n", vec![2_i64].into())])));
    other.execute_batch("COMMIT").expect("ended");
    assert_eq!(database.load(json!({ "table": "t" })).rows(), 1);
}

#[test]
fn readers_do_not_wait_for_a_writer_with_a_log() {
    let database = Database::sqlite();
    database.run("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)");
    let other = rusqlite::Connection::open(database.root.path("data/test.db")).expect("a database");
    other.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (2)").expect("begun");
    assert_eq!(database.load(json!({ "table": "t" })).rows(), 1);
    other.execute_batch("COMMIT").expect("ended");
    assert_eq!(database.load(json!({ "table": "t" })).rows(), 2);
}

#[test]
fn what_may_not_be_written_is_read_and_nothing_is_left_beside_it() {
    let database = Database::sqlite();
    database.run("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)");
    let (file, folder) = (database.root.path("data/test.db"), database.root.path("data"));
    let mode = |path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    mode(&file, 0o444);
    mode(&folder, 0o555);
    let (rows, told) = without_privileges(|| {
        let rows = database.load(json!({ "table": "t" })).rows();
        (rows, database.save_error(json!({ "table": "t" }), &table([("n", vec![2_i64].into())])))
    });
    mode(&folder, 0o755);
    assert_eq!(rows, 1);
    assert_snapshot!(told);
    assert_eq!(database.root.files(), ["data/test.db"]);
}

#[test]
fn a_file_that_is_no_database_is_told() {
    let database = Database::sqlite();
    database.root.write("data/test.db", "id,name\n".repeat(1000));
    assert_snapshot!(database.load_error(json!({ "table": "t" })));
    assert_snapshot!(database.save_error(json!({ "table": "t" }), &table([("n", vec![2_i64].into())])));
    assert!(database.root.read("data/test.db").starts_with("id,name"));
}

#[test]
fn a_save_that_fails_makes_no_file() {
    let database = Database::sqlite();
    database.save_error(json!({ "table": "t" }), &table([("x", vec![f64::NAN].into())]));
    assert_eq!(database.root.files(), [""; 0]);
}

#[test]
fn text_that_is_none_is_told() {
    let database = Database::sqlite();
    database.run("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('ok'), (CAST(x'ff' AS TEXT))");
    assert_snapshot!(database.load_error(json!({ "table": "t" })));
    let bytes = table([("a", Column::binary(vec![Some(&b"ok"[..]), Some(b"\xff")]))]);
    assert_eq!(database.load(json!({ "table": "t", "types": { "a": "binary" } })), bytes);
}

#[test]
fn a_query_that_nobody_waits_for_ends() {
    let database = Database::sqlite();
    let endless = "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) as n from r";
    let dataset = database.open(json!({ "query": endless }));
    database.run("CREATE TABLE t (n INTEGER)");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let loading = dataset.load(TABLE, wpipe_buffer::Readers::Several);
        // Polled once, so that it begins, and then given up.
        assert!(tokio::time::timeout(std::time::Duration::ZERO, loading).await.is_err());
    });
    // It waits for the threads that still work.
    drop(runtime);
}
