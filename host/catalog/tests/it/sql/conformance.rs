//! The promises of every database.

use proptest::test_runner::{Config, TestRunner};
use proptest::{prop_assert_eq, prop_assume};
use serde_json::json;
use wpipe_data::table::{Duration, Time, Timestamp};
use wpipe_data::{Column, Date, Table, Zone};

use super::support::{Database, table};
use crate::support::*;

/// Returns every kind that both databases keep as it is.
fn of_all_kinds() -> Table<'static> {
    table([
        ("flag", vec![Some(true), None, Some(false)].into()),
        ("n", vec![Some(i64::MIN), None, Some(i64::MAX)].into()),
        ("x", vec![Some(0.1), None, Some(f64::NEG_INFINITY)].into()),
        ("Mixed \"Case\"", vec![Some("grün"), None, Some("")].into()),
        ("raw", Column::binary(vec![Some(&b"\x00\xff"[..]), None, Some(b"")])),
        ("day", vec![Some(Date(19_782)), None, Some(Date(-1))].into()),
        ("clock", vec![Some(Time(86_399_999_999)), None, Some(Time(0))].into()),
        ("at", vec![Some(Timestamp(1_709_209_805_250_001)), None, Some(Timestamp(-1))].into()),
        (
            "utc",
            Column::from(vec![Some(Timestamp(1_709_209_805_000_000)), None, Some(Timestamp(-1))]).in_zone(Zone::UTC),
        ),
        ("span", vec![Some(Duration(90_061_000_001)), None, Some(Duration(-1))].into()),
        ("price", Column::decimal(vec![Some(1_234_567_890), None, Some(-5)], 10, 2)),
        ("long", Column::decimal(vec![Some(10_i128.pow(37) + 1), None, Some(-1)], 38, 10)),
        ("nothing", vec![None::<&str>, None, None].into()),
    ])
}

fn one(value: i64) -> Table<'static> {
    table([("n", vec![value].into())])
}

fn numbers(rows: i64) -> Table<'static> {
    table([
        ("n", (0..rows).collect::<Vec<_>>().into()),
        ("s", (0..rows).map(|n| format!("row {n}")).collect::<Vec<_>>().into()),
    ])
}

#[test]
fn tables_come_back_as_they_went() {
    for database in Database::all() {
        database.save(json!({ "table": "Some Table" }), &of_all_kinds());
        assert_eq!(database.load(json!({ "table": "Some Table" })), of_all_kinds(), "{}", database.connection);
        // Once more into the existing table.
        database.save(json!({ "table": "Some Table" }), &of_all_kinds());
        assert_eq!(database.load(json!({ "table": "Some Table" })), of_all_kinds(), "{}", database.connection);
    }
}

#[test]
fn tables_of_many_rows_come_back_in_their_order() {
    for database in Database::all() {
        let large = numbers(150_000);
        database.save(json!({ "table": "large" }), &large);
        assert_eq!(database.load(json!({ "table": "large" })), large);
    }
}

#[test]
fn a_table_without_rows_keeps_its_columns() {
    for database in Database::all() {
        let empty = table([("n", Vec::<i64>::new().into()), ("day", Vec::<Date>::new().into())]);
        database.save(json!({ "table": "empty" }), &empty);
        assert_eq!(database.load(json!({ "table": "empty" })), empty);
    }
}

#[test]
fn a_table_is_replaced_whatever_its_columns_were() {
    for database in Database::all() {
        database.save(json!({ "table": "t" }), &numbers(3));
        database.save(json!({ "table": "t", "if_exists": "replace" }), &one(7));
        assert_eq!(database.load(json!({ "table": "t" })), one(7));
    }
}

#[test]
fn a_table_of_the_same_columns_keeps_what_others_have_made_for_it() {
    for database in Database::all() {
        database.save(json!({ "table": "t" }), &one(1));
        database.run("CREATE VIEW seen AS SELECT n + 1 AS m FROM t; CREATE UNIQUE INDEX single ON t (n)");
        database.save(json!({ "table": "t" }), &one(2));
        assert_eq!(database.run("SELECT m FROM seen"), [[Some("3".to_owned())]]);
        let twice = database.save_error(json!({ "table": "t", "if_exists": "append" }), &one(2));
        assert!(twice.to_lowercase().contains("unique"), "{twice}");
        assert_eq!(database.load(json!({ "table": "t" })), one(2));
    }
}

#[test]
fn rows_are_added_to_what_is_there() {
    for database in Database::all() {
        let append = json!({ "table": "t", "if_exists": "append" });
        database.save(append.clone(), &one(1));
        database.run("ALTER TABLE t ADD COLUMN note text");
        database.save(append.clone(), &one(2));
        let expected = table([("n", vec![1_i64, 2].into()), ("note", vec![None::<&str>, None].into())]);
        assert_eq!(database.load(json!({ "table": "t" })), expected);
        assert!(database.open(append.clone()).is_added_to());

        let other = table([("m", vec![1_i64].into())]);
        let told = database.save_error(append.clone(), &other);
        assert!(told.contains("column `m`: the table that is there has no such column"), "{told}");
        let text = table([("n", vec!["x"].into())]);
        let told = database.save_error(append, &text);
        assert!(told.contains("column `n`: it holds text, and that of the table is"), "{told}");
    }
}

#[test]
fn a_table_that_is_to_be_kept_is_kept() {
    for database in Database::all() {
        let fail = json!({ "table": "t", "if_exists": "fail" });
        database.save(fail.clone(), &one(1));
        let told = database.save_error(fail, &one(2));
        assert!(told.contains("is there already, and `if_exists = \"fail\"` keeps it"), "{told}");
        assert_eq!(database.load(json!({ "table": "t" })), one(1));
    }
}

#[test]
fn a_save_that_fails_leaves_the_old_table() {
    for database in Database::all() {
        database.save(json!({ "table": "t" }), &numbers(2));
        let bad = match database.is_sqlite() {
            true => table([("x", vec![0.5, f64::NAN].into())]),
            false => table([("s", vec!["a", "b\0c"].into())]),
        };
        let told = database.save_error(json!({ "table": "t" }), &bad);
        assert!(told.contains("row 2, column"), "{told}");
        assert_eq!(database.load(json!({ "table": "t" })), numbers(2));
        // Nothing is left of a table that was not there, either.
        database.save_error(json!({ "table": "other" }), &bad);
        assert!(!wait(database.open(json!({ "table": "other" })).exists()).expect("it answers"));
    }
}

#[test]
fn columns_and_types_are_what_the_entry_says() {
    for database in Database::all() {
        database.save(json!({ "table": "t" }), &of_all_kinds());
        let read = database.load(json!({
            "table": "t",
            "columns": ["n", "price", "raw"],
            "types": { "n": "decimal(20, 0)", "price": "f64" },
        }));
        let expected = table([
            ("n", Column::decimal(vec![Some(i64::MIN.into()), None, Some(i64::MAX.into())], 20, 0)),
            ("price", vec![Some(12_345_678.9), None, Some(-0.05)].into()),
            ("raw", Column::binary(vec![Some(&b"\x00\xff"[..]), None, Some(b"")])),
        ]);
        assert_eq!(read, expected);
        let told = database.load_error(json!({ "table": "t", "columns": ["prise"] }));
        assert!(told.contains("it has no column `prise`") && told.contains("did you mean `price`?"), "{told}");
    }
}

#[test]
fn queries_find_what_they_say_in_their_order() {
    for database in Database::all() {
        database.save(json!({ "table": "t" }), &numbers(5));
        let query = "select n, s as \"Name\" -- a comment\nfrom t where n > 2 order by n desc; -- another";
        database.root.write("q.sql", format!("\u{feff}{query}"));
        let expected = table([("n", vec![4_i64, 3].into()), ("Name", vec!["row 4", "row 3"].into())]);
        let expected_texts = table([("n", vec!["4", "3"].into())]);
        assert_eq!(database.load(json!({ "query_file": "q.sql" })), expected);
        assert_eq!(database.load(json!({ "query": query })), expected);
        let texts = json!({ "query": query, "columns": ["n"], "types": { "n": "text" } });
        assert_eq!(database.load(texts), expected_texts);
        let told = database.load_error(json!({ "query": "select n, n from t" }));
        assert!(told.contains("columns 1 and 2 are both called `n`"), "{told}");
    }
}

#[test]
fn queries_are_sources_only() {
    for database in Database::all() {
        let query = database.open(json!({ "query": "select 1 as n" }));
        let told = message(&query.check_writable().expect_err("a source"));
        assert!(told.contains("queries are sources only"), "{told}");
        assert!(database.open(json!({ "table": "t" })).check_writable().is_ok());

        database.save(json!({ "table": "t" }), &one(1));
        let told = database.load_error(json!({ "query": "delete from t returning n" }));
        assert!(told.contains("change") || told.contains("read-only"), "{told}");
        assert_eq!(database.load(json!({ "table": "t" })), one(1));
    }
}

#[test]
fn what_is_wrong_with_a_query_is_told_with_its_place() {
    for database in Database::all() {
        database.save(json!({ "table": "t" }), &one(1));
        let told = database.load_error(json!({ "query": "select n\nform t" }));
        assert!(told.contains("at line 2, column"), "{told}");
        let told = database.load_error(json!({ "query": "select m from t" }));
        assert!(told.contains("at line 1, column 8, `m`"), "{told}");
        let told = database.load_error(json!({ "query": "select 1; select 2" }));
        assert!(told.contains("one statement") || told.contains("multiple commands"), "{told}");
        let told = database.load_error(json!({ "query": "select * from nowhere" }));
        assert!(told.contains("nowhere"), "{told}");
    }
}

#[test]
fn what_is_not_there_is_not_there() {
    for database in Database::all() {
        database.save(json!({ "table": "t" }), &one(1));
        let there = database.open(json!({ "table": "t" }));
        let missing = database.open(json!({ "table": "missing" }));
        assert!(wait(there.exists()).expect("it answers"));
        assert!(!wait(missing.exists()).expect("it answers"));
        assert_eq!(wait(missing.mark()).expect("it answers"), None);
        assert!(database.load_error(json!({ "table": "missing" })).contains("does not exist"));
        assert!(missing.how_to_put().is_some_and(|help| help.contains("correct `table`")));
    }
}

#[test]
fn a_mark_is_another_when_the_rows_are_others_and_no_earlier() {
    for database in Database::all() {
        let mark = |options| wait(database.open(options).mark()).expect("it answers").expect("it is there");
        database.save(json!({ "table": "t" }), &numbers(3));
        database.save(json!({ "table": "other" }), &one(1));
        let (first, query) = (mark(json!({ "table": "t" })), mark(json!({ "query": "select n from t where n < 2" })));
        database.save(json!({ "table": "other" }), &one(2));
        database.save(json!({ "table": "t" }), &numbers(3));
        assert_eq!(mark(json!({ "table": "t" })), first);
        database.run("UPDATE t SET s = 'x' WHERE n = 2");
        assert_ne!(mark(json!({ "table": "t" })), first);
        assert_eq!(mark(json!({ "query": "select n from t where n < 2" })), query);
        database.run("DELETE FROM t WHERE n = 1");
        assert_ne!(mark(json!({ "query": "select n from t where n < 2" })), query);
    }
}

#[test]
fn rows_of_other_tables_do_not_go_with_those_that_are_replaced() {
    for database in Database::all() {
        database.run(
            "CREATE TABLE parent (n bigint PRIMARY KEY); \
             CREATE TABLE child (n bigint REFERENCES parent (n) ON DELETE CASCADE); \
             INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1)",
        );
        let told = database.save_error(json!({ "table": "parent" }), &one(1));
        assert!(told.contains("would delete or change those of `child`"), "{told}");
        assert_eq!(database.load(json!({ "table": "child" })), one(1));
    }
}

#[test]
fn views_are_read_and_not_written() {
    for database in Database::all() {
        database.save(json!({ "table": "t" }), &one(1));
        database.run("CREATE VIEW seen AS SELECT n FROM t");
        assert_eq!(database.load(json!({ "table": "seen" })), one(1));
        assert!(wait(database.open(json!({ "table": "seen" })).exists()).expect("it answers"));
        let told = database.save_error(json!({ "table": "seen" }), &one(2));
        assert!(told.contains("it is a view"), "{told}");
    }
}

#[test]
fn a_table_that_takes_too_much_memory_is_refused() {
    for database in Database::all() {
        database.save(json!({ "table": "t" }), &numbers(200_000));
        let small = database.open(json!({ "table": "t" })).with_memory(1 << 20);
        let told = message(&load(&small, TABLE).expect_err("too large"));
        assert!(told.contains("in memory, of 1 MiB"), "{told}");
    }
}

#[test]
fn a_reader_sees_the_old_table_until_the_new_one_is_whole() {
    for database in Database::all() {
        let other = |rows: i64| table([("m", (0..rows).collect::<Vec<_>>().into())]);
        database.save(json!({ "table": "t" }), &numbers(20_000));
        let (dataset, reader) = (database.open(json!({ "table": "t" })), database.open(json!({ "table": "t" })));
        std::thread::scope(|scope| {
            let writing = scope.spawn(|| {
                // The same columns and others in turn: rows and tables that are replaced.
                for rows in [20_000, 30_000, 20_000] {
                    save(&dataset, &buffer_of(&numbers(rows)), TABLE).expect("saved");
                    save(&dataset, &buffer_of(&numbers(rows)), TABLE).expect("saved");
                    save(&dataset, &buffer_of(&other(rows)), TABLE).expect("saved");
                }
            });
            while !writing.is_finished() {
                let rows = table_of(&load(&reader, TABLE).expect("it is always there")).rows();
                assert!(rows == 20_000 || rows == 30_000, "{rows}");
            }
        });
    }
}

#[test]
fn any_text_and_any_name_comes_back() {
    let databases = Database::all();
    let texts = proptest::collection::vec(proptest::option::of("[^\0]{0,20}"), 1..9);
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let ran = runner.run(&("[^\0]{1,20}", texts), |(name, texts)| {
        // The server cuts longer names.
        prop_assume!(name.len() <= 63);
        for database in &databases {
            let written = table([(name.as_str(), texts.clone().into())]);
            database.save(json!({ "table": name }), &written);
            prop_assert_eq!(database.load(json!({ "table": name })), written);
        }
        Ok(())
    });
    ran.expect("all come back");
}
