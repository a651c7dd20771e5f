//! The behaviour of PostgreSQL alone.

use insta::assert_snapshot;
use serde_json::json;
use wpipe_catalog::{Entry, Location, StoreConfig};
use wpipe_data::table::{Duration, Timestamp, TimestampNanos};
use wpipe_data::{Column, Date, Zone};
use wpipe_database_server::PostgresServer;

use super::support::{Database, table};
use crate::support::*;

/// Returns the text without the parts that differ in each run.
fn plain(told: &str, database: &Database) -> String {
    let address = database.connection.split('@').nth(1).expect("a host");
    let (host, name) = address.split_once('/').expect("a database");
    told.replace(host, "[host]").replace(name, "[database]")
}

#[test]
fn every_type_is_read_as_what_it_is() {
    let Some(database) = Database::postgres() else { return };
    database.run(
        "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN small AS integer CHECK (VALUE < 9); \
         CREATE TABLE t (a smallint, b integer, c bigint, d real, e double precision, f numeric(10, 2), g numeric, \
           h varchar(9), i char(3), j uuid, k json, l jsonb, m mood, n bytea, o date, p time, q timestamp, \
           r timestamptz, s interval, t small, u oid); \
         INSERT INTO t VALUES (1, 2, 3, 0.1, 0.1, 1.50, 12.345, 'v', 'c', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', \
           '{\"x\": 1}', '{\"x\": 1}', 'happy', '\\x00ff', '2024-02-29', '12:30:05.25', '2024-02-29 12:30', \
           '2024-02-29 12:30+02', '1 day 00:00:01', 5, 6); \
         INSERT INTO t (g) VALUES (-1000)",
    );
    let expected = table([
        ("a", vec![Some(1_i32), None].into()),
        ("b", vec![Some(2_i32), None].into()),
        ("c", vec![Some(3_i64), None].into()),
        ("d", vec![Some(0.1_f32), None].into()),
        ("e", vec![Some(0.1), None].into()),
        ("f", Column::decimal(vec![Some(150), None], 10, 2)),
        ("g", Column::decimal(vec![Some(12_345), Some(-1_000_000)], 38, 3)),
        ("h", vec![Some("v"), None].into()),
        ("i", vec![Some("c  "), None].into()),
        ("j", vec![Some("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), None].into()),
        ("k", vec![Some("{\"x\": 1}"), None].into()),
        ("l", vec![Some("{\"x\": 1}"), None].into()),
        ("m", vec![Some("happy"), None].into()),
        ("n", Column::binary(vec![Some(b"\x00\xff"), None])),
        ("o", vec![Some(Date(19_782)), None].into()),
        ("p", vec![Some(wpipe_data::table::Time(45_005_250_000)), None].into()),
        ("q", vec![Some(Timestamp(1_709_209_800_000_000)), None].into()),
        ("r", Column::from(vec![Some(Timestamp(1_709_202_600_000_000)), None]).in_zone(Zone::UTC)),
        ("s", vec![Some(Duration(86_401_000_000)), None].into()),
        ("t", vec![Some(5_i32), None].into()),
        ("u", vec![Some(6_i64), None].into()),
    ]);
    assert_eq!(database.load(json!({ "table": "t" })), expected);
}

#[test]
fn what_has_no_place_in_a_table_is_told_with_a_way_out() {
    let Some(database) = Database::postgres() else { return };
    database.run(
        "CREATE TABLE t (a inet, b integer[], c date, d interval, e numeric, f timestamptz, g time, h numeric, \
           i numeric(5, 2)); \
         INSERT INTO t (c) VALUES ('2024-01-01'); \
         INSERT INTO t VALUES ('10.0.0.1', '{1,2}', 'infinity', '1 month 2 days', 'NaN', '-infinity', '24:00', \
           1e37 + 0.12, 'NaN')",
    );
    for column in ["a", "b", "c", "d", "e", "f", "g", "h", "i"] {
        let told = database.load_error(json!({ "table": "t", "columns": [column] }));
        assert_snapshot!(format!("no_place_{column}"), plain(&told, &database));
    }
    let text = |column: &str| {
        let read = database
            .load(json!({ "query": "select * from t offset 1", "columns": [column], "types": { column: "text" } }));
        read.nullable_text(0).expect("text").get(0).expect("a value").to_owned()
    };
    assert_eq!(["a", "b", "c", "d", "g"].map(text), ["10.0.0.1/32", "{1,2}", "infinity", "1 mon 2 days", "24:00:00"]);
    let floats = database.load(json!({ "table": "t", "columns": ["e"], "types": { "e": "f64" } }));
    assert!(floats.nullable::<f64>("e").expect("floats").get(1).is_some_and(f64::is_nan));
}

#[test]
fn what_the_server_would_change_is_refused() {
    let Some(database) = Database::postgres() else { return };
    let told = |table| plain(&database.save_error(json!({ "table": "t" }), &table), &database);
    let berlin = Zone::new("Europe/Berlin").expect("a zone");
    assert_snapshot!(told(table([("at", Column::from(vec![Timestamp(0)]).in_zone(berlin))])));
    assert_snapshot!(told(table([("at", vec![TimestampNanos(1_000), TimestampNanos(1)].into())])));
    assert_snapshot!(told(table([("s", vec!["a\0b"].into())])));
    assert_snapshot!(told(table([("at", vec![Timestamp(i64::MIN)].into())])));
    database.run("CREATE TABLE u (a smallint, b numeric(4, 1), c varchar(2), d uuid)");
    let appending =
        |table| plain(&database.save_error(json!({ "table": "u", "if_exists": "append" }), &table), &database);
    assert_snapshot!(appending(table([("a", vec![1_i64, 70_000].into())])));
    assert_snapshot!(appending(table([("b", Column::decimal(vec![Some(125)], 10, 2))])));
    assert_snapshot!(appending(table([("b", vec![0.5].into())])));
    assert_snapshot!(appending(table([("c", vec!["long"].into())])));
    assert_snapshot!(appending(table([("d", vec!["none"].into())])));
}

#[test]
fn values_are_added_as_the_types_that_are_there() {
    let Some(database) = Database::postgres() else { return };
    database.run(
        "CREATE SCHEMA \"My Schema\"; \
         CREATE TABLE \"My Schema\".u (id serial PRIMARY KEY, a smallint, b numeric(10, 3), c varchar(2), d uuid, \
           e jsonb, f numeric, made timestamptz DEFAULT 'epoch')",
    );
    let rows = table([
        ("a", vec![7_i64].into()),
        ("b", Column::decimal(vec![Some(150)], 10, 2)),
        ("c", vec!["ok"].into()),
        ("d", vec!["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"].into()),
        ("e", vec!["{\"x\":1}"].into()),
        ("f", vec![u64::MAX].into()),
    ]);
    database.save(json!({ "table": "u", "schema": "My Schema", "if_exists": "append" }), &rows);
    let found = database.run("SELECT id, a, b, c, d, e, f, extract(epoch FROM made)::int FROM \"My Schema\".u");
    let texts: Vec<_> = found[0].iter().map(|value| value.as_deref().expect("a value")).collect();
    let uuid = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    assert_eq!(texts, ["1", "7", "1.500", "ok", uuid, "{\"x\": 1}", "18446744073709551615", "0"]);
}

#[test]
fn a_table_whose_columns_change_goes_only_if_nothing_depends_on_it() {
    let Some(database) = Database::postgres() else { return };
    database.save(json!({ "table": "t" }), &table([("n", vec![1_i64].into())]));
    database.run("CREATE VIEW seen AS SELECT n FROM t");
    let told = database.save_error(json!({ "table": "t" }), &table([("m", vec![1_i64].into())]));
    assert_snapshot!(plain(&told, &database));
    assert_eq!(database.run("SELECT n FROM seen"), [[Some("1".to_owned())]]);
}

#[test]
fn servers_that_refuse_are_told_in_words_without_credentials() {
    let Some(database) = Database::postgres() else { return };
    let server = PostgresServer::of_process().expect("it is there");
    database.run(
        "CREATE TABLE t (n integer); DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN PASSWORD 'guest-pass'",
    );
    let (port, name) = (server.port(), database.connection.rsplit('/').next().expect("a name").to_owned());
    let told = |connection: String| {
        let database = Database { connection, ..Database::sqlite() };
        let told = database.load_error(json!({ "table": "t" }));
        assert!(!told.contains("hush") && !told.contains("guest-pass"), "{told}");
        told.replace(&port.to_string(), "[port]").replace(&name, "[database]")
    };
    assert_snapshot!("wrong_password", told(format!("postgresql://wpipe:hush-hush@127.0.0.1:{port}/{name}")));
    assert_snapshot!("no_password", told(format!("postgresql://wpipe@127.0.0.1:{port}/{name}")));
    assert_snapshot!("no_database", told(server.url("nowhere")));
    assert_snapshot!("no_tls", told(format!("{}?sslmode=verify-full", server.url(&name))));
    assert_snapshot!("no_right", told(format!("postgresql://stranger:guest-pass@127.0.0.1:{port}/{name}")));
}

#[test]
fn a_server_that_is_not_there_is_tried_again_and_told() {
    let mut catalog = Root::new().catalog();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let url = format!("postgresql://me:hush-hush@127.0.0.1:{port}/db");
    let config = StoreConfig { url, retries: Some(1), ..StoreConfig::default() };
    catalog.add_store("warehouse", &config).expect("right settings");
    let location = Location::Store { store: "warehouse".to_owned(), path: String::new() };
    let mut entry = Entry::new("test", "sql", location);
    entry.options.insert("table".to_owned(), json!("t"));
    let dataset = catalog.open(&entry).expect("a right entry");
    let told = message(&load(&dataset, TABLE).expect_err("nobody is there"));
    assert_snapshot!(told.replace(&port.to_string(), "[port]"));
}

#[test]
fn a_socket_and_what_the_environment_says_lead_to_the_server() {
    let Some(database) = Database::postgres() else { return };
    let server = PostgresServer::of_process().expect("it is there");
    database.save(json!({ "table": "t" }), &table([("n", vec![1_i64].into())]));
    let name = database.connection.rsplit('/').next().expect("a name");
    let variables = [("PGUSER", server.user()), ("PGPASSWORD", server.password()), ("SECRET", server.password())];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let root = Root::new();
    let catalog = root.catalog().with_environment(wpipe_catalog::Environment::new(variables));
    for connection in [
        format!("postgresql:///{name}?host={}&port={}", server.socket().display(), server.port()),
        format!("postgresql+psycopg2://localhost:{}/{name}", server.port()),
        format!("postgres://wpipe:${{env:SECRET}}@127.0.0.1:{}/{name}?sslmode=disable", server.port()),
    ] {
        let mut entry = Entry::new("test", "sql", Location::Connection(connection.clone()));
        entry.options.insert("table".to_owned(), json!("t"));
        let loaded = load(&catalog.open(&entry).expect("a right entry"), TABLE);
        assert_eq!(table_of(&loaded.expect(&connection)).rows(), 1);
    }
}

#[test]
fn a_locked_table_is_waited_for_and_then_told() {
    let Some(database) = Database::postgres() else { return };
    database.save(json!({ "table": "t" }), &table([("n", vec![1_i64].into())]));
    let mut catalog = Root::new().catalog();
    let timeout = Some(std::time::Duration::from_millis(100));
    let config = StoreConfig { url: database.connection.clone(), timeout, ..StoreConfig::default() };
    catalog.add_store("warehouse", &config).expect("right settings");
    let location = Location::Store { store: "warehouse".to_owned(), path: String::new() };
    let mut entry = Entry::new("test", "sql", location);
    entry.options.insert("table".to_owned(), json!("t"));
    let dataset = catalog.open(&entry).expect("a right entry");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let told = runtime.block_on(async {
        let connected = tokio_postgres::connect(&database.connection, tokio_postgres::NoTls).await;
        let (client, connection) = connected.expect("it is there");
        tokio::spawn(connection);
        client.batch_execute("BEGIN; LOCK TABLE t").await.expect("locked");
        let rows = buffer_of(&table([("n", vec![2_i64].into())]));
        message(&dataset.save(&rows, TABLE).await.expect_err("it is locked"))
    });
    assert_snapshot!(plain(&told, &database));
}
