//! Tables of databases in pipelines.

use std::process::Command;
use std::thread;

use rusqlite::Connection;
use wpipe_database_server::PostgresServer;

use crate::support::{Ended, Project, ended, filtered};

/// `numbers ─► double ─► doubled`, with these entries.
fn doubling(numbers: &str, doubled: &str) -> Project {
    Project::new(&manifest(numbers, doubled))
}

fn manifest(numbers: &str, doubled: &str) -> String {
    format!(
        "[nodes.double]\nuses = \"good/double\"\ninputs = [\"numbers\"]\noutputs = [\"doubled\"]\n\
         [datasets.numbers]\ntype = \"sql\"\n{numbers}\n[datasets.doubled]\ntype = \"sql\"\n{doubled}\n"
    )
}

/// Statements in the project's `data/sales.db`.
fn sqlite(project: &Project, sql: &str) {
    std::fs::create_dir_all(project.path("data")).unwrap();
    Connection::open(project.path("data/sales.db")).unwrap().execute_batch(sql).unwrap();
}

/// The floats of a column in their order.
fn floats(project: &Project, sql: &str) -> Vec<f64> {
    let connection = Connection::open(project.path("data/sales.db")).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

const NUMBERS: &str = "connection = \"sqlite:data/sales.db\"\ntable = \"numbers\"";
const DOUBLED: &str = "connection = \"sqlite:data/sales.db\"\ntable = \"doubled\"";
const THREE: &str = "CREATE TABLE numbers (x DOUBLE PRECISION, y DOUBLE PRECISION); INSERT INTO numbers VALUES (1, 0.5), (2, 0.25), (3, -1)";

/// What a person sees, without what is another in each run.
fn told(run: &Ended, server: Option<&PostgresServer>) -> String {
    let told = run.told();
    match server {
        Some(server) => {
            assert!(!told.contains(server.password()) && !told.contains("h%40u"), "{told}");
            told.replace(&server.port().to_string(), "[port]")
        }
        None => told,
    }
}

#[test]
fn a_table_goes_from_sqlite_to_postgresql_and_back() {
    let Some(server) = PostgresServer::of_process() else { return };
    let url = server.database("there_and_back");
    let project = doubling(NUMBERS, "connection = \"${env:WAREHOUSE}\"\ntable = \"doubled\"");
    sqlite(&project, THREE);
    let components = project.read("pipeline.toml").split("[nodes").next().unwrap().to_owned();
    let back = "[nodes.back]\nuses = \"good/double\"\ninputs = [\"doubled\"]\noutputs = [\"back\"]\n\
                [datasets.doubled]\ntype = \"sql\"\nconnection = \"${env:WAREHOUSE}\"\n\
                query = \"select x, y from doubled order by x\"\n\
                [datasets.back]\ntype = \"sql\"\nconnection = \"sqlite:///data/sales.db\"\ntable = \"back\"\n";
    project.write("back.toml", format!("{components}{back}"));
    for arguments in [&["run", "--quiet"][..], &["run", "--quiet", "back.toml"]] {
        let run = ended(project.command(arguments).env("WAREHOUSE", &url).output().unwrap());
        assert_eq!(run.code, 0, "{}", told(&run, Some(server)));
    }
    assert_eq!(floats(&project, "SELECT x FROM back"), [4.0, 8.0, 12.0]);
    assert_eq!(floats(&project, "SELECT y FROM back"), [2.0, 1.0, -4.0]);
}

#[test]
fn what_is_told_of_a_database_has_no_credentials() {
    let Some(server) = PostgresServer::of_process() else { return };
    let url = server.database("told");
    let store = format!("[stores.warehouse]\nurl = \"{url}\"\n");
    let project = doubling(NUMBERS, &format!("store = \"warehouse\"\ntable = \"doubled\"\n{store}"));
    sqlite(&project, THREE);
    let all: String = [
        &["check"][..],
        &["plan"],
        &["plan", "--format", "json"],
        &["run"],
        &["catalog", "list"],
        &["catalog", "describe"],
        &["runs", "list"],
    ]
    .iter()
    .map(|arguments| {
        let run = project.wpipe(arguments);
        assert_eq!(run.code, 0, "{}", run.told());
        told(&run, Some(server))
    })
    .collect();
    assert!(all.contains("table doubled of postgresql://127.0.0.1:[port]/told"), "{all}");
    for file in std::fs::read_dir(project.path(".wpipe/runs")).unwrap() {
        let journal = std::fs::read(file.unwrap().path()).unwrap_or_default();
        let journal = String::from_utf8_lossy(&journal).into_owned();
        assert!(!journal.contains("h%40u") && !journal.contains(server.password()), "{journal}");
    }
}

#[test]
fn what_is_wrong_with_an_entry_is_told_before_anything_runs() {
    let told = |numbers: &str, doubled: &str| {
        let project = doubling(numbers, doubled);
        sqlite(&project, THREE);
        let run = project.wpipe(&["run"]);
        assert_eq!(run.code, 2, "{}", run.told());
        run.stderr
    };
    filtered(|| {
        insta::assert_snapshot!(
            "query_as_target",
            told(NUMBERS, "connection = \"sqlite:data/sales.db\"\nquery = \"select 1\"")
        );
        insta::assert_snapshot!("path", told("path = \"data/sales.db\"\ntable = \"numbers\"", DOUBLED));
        insta::assert_snapshot!("neither", told("connection = \"sqlite:data/sales.db\"\ntabel = \"numbers\"", DOUBLED));
        insta::assert_snapshot!("partitioned", told(NUMBERS, &format!("{DOUBLED}\npartitioned = true")));
        insta::assert_snapshot!("versioned", told(NUMBERS, &format!("{DOUBLED}\nversioned = true")));
        insta::assert_snapshot!("missing_table", told(&NUMBERS.replace("numbers", "nummers"), DOUBLED));
        insta::assert_snapshot!(
            "missing_file",
            told("connection = \"sqlite:///sales.db\"\ntable = \"numbers\"", DOUBLED)
        );
        insta::assert_snapshot!(
            "syntax",
            told("connection = \"sqlite:data/sales.db\"\nquery = \"\"\"\nselect x, y\nform numbers\n\"\"\"", DOUBLED)
        );
        insta::assert_snapshot!(
            "other_database",
            told("connection = \"mysql+pymysql://me:hush@host/db\"\ntable = \"t\"", DOUBLED)
        );
    });
}

#[test]
fn a_server_that_refuses_is_told_before_anything_runs() {
    let Some(server) = PostgresServer::of_process() else { return };
    let name = "refusing";
    server.database(name);
    let numbers =
        format!("connection = \"postgresql://wpipe:hush-hush@127.0.0.1:{}/{name}\"\ntable = \"t\"", server.port());
    let project = doubling(&numbers, DOUBLED);
    let run = project.wpipe(&["run"]);
    assert_eq!(run.code, 2, "{}", run.told());
    assert!(!run.told().contains("hush"), "{}", run.told());
    filtered(|| insta::assert_snapshot!(told(&run, Some(server))));
}

#[test]
fn datasets_of_one_table_are_noticed_however_it_is_written() {
    let same = "connection = \"sqlite:///data/sales.db\"\ntable = \"Numbers\"";
    let run = doubling(NUMBERS, same).wpipe(&["check"]);
    assert_eq!(run.code, 2, "{}", run.told());
    assert!(run.stderr.contains("give each dataset a place of its own"), "{}", run.told());

    let two = "[nodes.one]\nuses = \"good/in_place\"\ninputs = [\"params:n\"]\noutputs = [\"a\"]\n\
               [nodes.two]\nuses = \"good/in_place\"\ninputs = [\"params:n\"]\noutputs = [\"b\"]\n[params]\nn = 3\n\
               [datasets.a]\ntype = \"sql\"\nconnection = \"postgresql://host/db\"\ntable = \"t\"\n\
               [datasets.b]\ntype = \"sql\"\nconnection = \"postgres://me@HOST:5432/db\"\ntable = \"t\"\nschema = \"public\"\n";
    let run = Project::new(two).wpipe(&["check"]);
    assert_eq!(run.code, 2, "{}", run.told());
    assert!(run.stderr.contains("give each dataset a place of its own"), "{}", run.told());

    // A file that a node writes, and a table within it.
    let within = "[nodes.one]\nuses = \"good/pass_bytes\"\ninputs = [\"raw\"]\noutputs = [\"file\"]\n\
                  [nodes.two]\nuses = \"good/double\"\ninputs = [\"numbers\"]\noutputs = [\"doubled\"]\n\
                  [datasets.raw]\ntype = \"bytes\"\npath = \"raw\"\n\
                  [datasets.file]\ntype = \"bytes\"\npath = \"data/sales.db\"\n\
                  [datasets.numbers]\ntype = \"sql\"\nconnection = \"sqlite:data/sales.db\"\ntable = \"numbers\"\n";
    let run = Project::new(within).wpipe(&["check"]);
    assert_eq!(run.code, 2, "{}", run.told());
    assert!(run.stderr.contains("a database is read and written as tables, or as a file"), "{}", run.told());
}

#[test]
fn only_what_has_changed_runs_again() {
    let connections = [
        Some("sqlite:data/sales.db".to_owned()),
        PostgresServer::of_process().map(|server| server.database("changing")),
    ];
    for connection in connections.into_iter().flatten() {
        let entry = |table: &str| format!("connection = {connection:?}\ntable = \"{table}\"");
        let rest = format!(
            "[nodes.again]\nuses = \"good/double\"\ninputs = [\"doubled\"]\noutputs = [\"again\"]\n\
             [datasets.again]\ntype = \"sql\"\n{}\n",
            entry("again")
        );
        let project = doubling(&entry("numbers"), &format!("{}\n{rest}", entry("doubled")));
        let statement = |sql: &str| match connection.strip_prefix("sqlite:") {
            Some(_) => sqlite(&project, sql),
            None => drop(PostgresServer::of_process().map(|server| server.query("changing", sql))),
        };
        statement(THREE);
        let run = || {
            let run = project.wpipe(&["run", "--incremental"]);
            assert_eq!(run.code, 0, "{}", run.told());
            run.stderr.matches("Running node").count()
        };
        assert_eq!(run(), 2, "{connection}");
        assert_eq!(run(), 0, "{connection}");
        // A table that nobody reads is nobody's matter.
        statement("CREATE TABLE other (n INTEGER); INSERT INTO other VALUES (1)");
        assert_eq!(run(), 0, "{connection}");
        statement("UPDATE numbers SET x = 7 WHERE y = -1");
        assert_eq!(run(), 2, "{connection}");
        // What was made of it is made again when somebody has changed it.
        statement("DELETE FROM again");
        assert_eq!(run(), 1, "{connection}");
        assert_eq!(run(), 0, "{connection}");
    }
}

#[test]
fn a_failed_run_goes_on_from_what_is_in_the_database() {
    let rest = "[nodes.fail]\nuses = \"good/fails\"\ninputs = [\"params:message\"]\nafter = [\"double\"]\n\
                [params]\nmessage = \"not yet\"\n";
    let project = doubling(NUMBERS, &format!("{DOUBLED}\n{rest}"));
    sqlite(&project, THREE);
    let run = project.wpipe(&["run"]);
    assert_eq!(run.code, 1, "{}", run.told());
    assert_eq!(floats(&project, "SELECT x FROM doubled"), [2.0, 4.0, 6.0]);
    let run = project.wpipe(&["run", "--resume"]);
    assert!(!run.stderr.contains("Running node: double"), "{}", run.told());
    assert!(run.stderr.contains("Running node: fail"), "{}", run.told());
}

#[test]
fn a_table_is_kept_whatever_the_mode_and_the_delay() {
    for mode in ["tee", "sync", "async", "cache", "cache+async"] {
        let delay = "delay = { latency = \"1ms\", fail_rate = 0.3, seed = 7 }\nreload = true";
        let rest = "[nodes.again]\nuses = \"good/double\"\ninputs = [\"doubled\"]\noutputs = [\"again\"]\n";
        let project = doubling(NUMBERS, &format!("{DOUBLED}\n{delay}\n{rest}"));
        sqlite(&project, THREE);
        let run = project.wpipe(&["run", "--persist", mode]);
        assert_eq!(run.code, 0, "{mode}: {}", run.told());
        assert_eq!(floats(&project, "SELECT x FROM doubled"), [2.0, 4.0, 6.0], "{mode}");
    }
}

/// Has a run save, waits for what `is_midway` says, and kills it.
fn kill_midway(mut command: Command, mut is_midway: impl FnMut() -> bool) {
    let mut child = command.spawn().unwrap();
    while !is_midway() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before");
        thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn kill_minus_nine_within_a_save_leaves_the_old_table_in_a_file() {
    let making = "[nodes.make]\nuses = \"good/in_place\"\ninputs = [\"params:n\"]\noutputs = [\"made\"]\n\
                  [params]\nn = 3000000\n\
                  [datasets.made]\ntype = \"sql\"\nconnection = \"sqlite:data/sales.db\"\ntable = \"made\"\n";
    let project = Project::new(making);
    sqlite(&project, "CREATE TABLE made (\"index\" INTEGER, half REAL); INSERT INTO made VALUES (0, 0.5)");
    let journal = project.path("data/sales.db-journal");
    let is_large = || std::fs::metadata(project.path("data/sales.db")).is_ok_and(|file| file.len() > 1 << 20);
    // What is committed goes to the file at once; what is not, only when the cache has no room for it.
    kill_midway(project.command(&["run", "--quiet"]), || journal.exists() && is_large());
    assert_eq!(floats(&project, "SELECT half FROM made"), [0.5]);
}

#[test]
fn kill_minus_nine_within_a_save_leaves_the_old_table_on_a_server() {
    let Some(server) = PostgresServer::of_process() else { return };
    let url = server.database("killed");
    // The first row that comes waits for a lock that this test holds.
    server.query(
        "killed",
        "CREATE TABLE made (index bigint, half double precision); INSERT INTO made VALUES (0, 0.5); \
         CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END $$; \
         CREATE TRIGGER waiting BEFORE INSERT ON made FOR EACH ROW EXECUTE FUNCTION wait()",
    );
    let making = format!(
        "[nodes.make]\nuses = \"good/in_place\"\ninputs = [\"params:n\"]\noutputs = [\"made\"]\n[params]\nn = 10\n\
         [datasets.made]\ntype = \"sql\"\nconnection = {url:?}\ntable = \"made\"\n"
    );
    let project = Project::new(&making);
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    let count = |sql: &str| server.query("killed", sql)[0][0].clone().unwrap();
    let holder = server.session("killed", "SELECT pg_advisory_lock(7)");
    kill_midway(project.command(&["run", "--quiet"]), || count(waiting) == "1");
    assert_eq!(count("SELECT half FROM made"), "0.5");
    drop(holder);
    // And when the server has noticed that nobody is there any more.
    while count("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'wpipe'") != "0" {
        thread::yield_now();
    }
    assert_eq!(count("SELECT half FROM made"), "0.5");
    assert_eq!(count("SELECT count(*) FROM made"), "1");
}

#[test]
fn a_server_that_goes_away_fails_the_run() {
    let Some(server) = PostgresServer::alone() else { return };
    let url = server.database("leaving");
    let store = format!("[stores.warehouse]\nurl = \"{url}\"\nretries = 0\n");
    let project = doubling(NUMBERS, &format!("store = \"warehouse\"\ntable = \"doubled\"\n{store}"));
    sqlite(&project, THREE);
    let port = server.port().to_string();
    server.end();
    let run = project.wpipe(&["run"]);
    assert_eq!(run.code, 1, "{}", run.told());
    assert!(run.stderr.contains(&format!("nobody answers at 127.0.0.1:{port}")), "{}", run.told());
}
