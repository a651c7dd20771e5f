//! wpipe as a library: load once, run often, values in and out of memory.

mod chaos;
mod journals;
mod keys;
mod session;
mod shared_host;
mod shared_store;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use wpipe::{Error, Event, Host, Pipeline, Project, Record, Row, Table};
use wpipe_tests::guest;

fn host() -> Host {
    Host::builder().no_cache().build().unwrap()
}

fn load(host: &Host, rest: &str) -> Pipeline {
    let manifest = format!(
        "[pipeline]\nname = \"test\"\n[components]\ngood = {{ path = {:?} }}\nhostile = {{ path = {:?} }}\n{rest}",
        guest("well_behaved"),
        guest("hostile")
    );
    host.load_project(Project::parse("pipeline.toml", &manifest, ".").unwrap()).unwrap()
}

const DOUBLE_AND_SUM: &str = "
    [nodes.double]
    uses = \"good/double\"
    inputs = [\"numbers\"]
    outputs = [\"doubled\"]

    [nodes.sum]
    uses = \"good/sum\"
    inputs = [\"values\"]
    outputs = [\"total\"]
";

fn numbers(values: Vec<f64>) -> Table<'static> {
    Table::from_columns([("x", values.into())]).unwrap()
}

#[derive(Debug, PartialEq, Row)]
#[row(crate = wpipe::data)]
struct Sale {
    shop: String,
    amount: f64,
    note: Option<String>,
}

#[derive(Debug, PartialEq, Row)]
#[row(crate = wpipe::data)]
struct Total<'t> {
    shop: &'t str,
    sales: u32,
    total: f64,
}

#[test]
fn rows_go_in_and_come_out_as_structs() {
    let pipeline = load(
        &host(),
        "[nodes.sum_sales]\nuses = \"good/sum_sales_in_place\"\ninputs = [\"sales\"]\noutputs = [\"totals\"]\n",
    );
    let sale = |shop: &str, amount| Sale { shop: shop.to_owned(), amount, note: None };
    let sales = Table::from_rows([sale("north", 1.5), sale("south", 2.0), sale("north", 3.0)]).unwrap();
    let result = pipeline.run().input("sales", &sales).execute().unwrap();
    let totals = result.output::<Table>("totals").unwrap();
    let totals: Vec<_> = totals.rows_as::<Total>().unwrap().into_iter().collect();
    let expected = [Total { shop: "north", sales: 2, total: 4.5 }, Total { shop: "south", sales: 1, total: 2.0 }];
    assert_eq!(totals, expected);
}

#[test]
fn a_column_of_an_output_that_does_not_fit_is_told_with_its_dataset() {
    let pipeline = load(&host(), DOUBLE_AND_SUM);
    let result = pipeline.run().input("numbers", &numbers(vec![1.0])).input("values", &vec![1.0]).execute().unwrap();
    let doubled = result.output::<Table>("doubled").unwrap();
    let error = doubled.rows_as::<Total>().unwrap_err().to_string();
    assert_eq!(error, "dataset `doubled`: no column `shop`: the table has `x`");
}

#[test]
fn values_go_in_and_come_out_without_touching_disk() {
    let pipeline = load(&host(), DOUBLE_AND_SUM);
    let result = pipeline
        .run()
        .input("numbers", &numbers(vec![1.0, 2.5]))
        .input("values", &vec![1.0, 2.0, 4.0])
        .execute()
        .unwrap();
    let doubled = result.output::<Table>("doubled").unwrap();
    assert_eq!(doubled.column::<f64>("x").unwrap(), [2.0, 5.0]);
    assert_eq!(result.output::<f64>("total").unwrap(), 7.0);
    let completed: BTreeSet<_> = result.report().completed.iter().map(String::as_str).collect();
    assert_eq!(completed, ["double", "sum"].into());
}

#[test]
fn one_pipeline_runs_many_times_and_from_several_threads() {
    let pipeline = load(&host(), DOUBLE_AND_SUM);
    thread::scope(|scope| {
        for thread in 0..4 {
            let pipeline = &pipeline;
            scope.spawn(move || {
                for round in 0..5 {
                    let value = f64::from(thread * 100 + round);
                    let run = pipeline.run().input("numbers", &numbers(vec![value])).input("values", &vec![value; 3]);
                    let result = run.execute().unwrap();
                    let doubled = result.output::<Table>("doubled").unwrap();
                    assert_eq!(doubled.column::<f64>("x").unwrap(), [value * 2.0]);
                    assert_eq!(result.output::<f64>("total").unwrap(), value * 3.0);
                }
            });
        }
    });
}

#[test]
fn large_values_are_never_copied() {
    let chain = "
        [params]
        n = 1000000
        [nodes.produce]
        uses = \"good/produce\"
        inputs = [\"params:n\"]
        outputs = [\"numbers\"]
        [nodes.total]
        uses = \"good/total\"
        inputs = [\"numbers\"]
        outputs = [\"total\"]
    ";
    let result = load(&host(), chain).run().execute().unwrap();
    assert_eq!(result.output::<f64>("total").unwrap(), 999_999.0 * 1_000_000.0 / 2.0);
    let report = result.report();
    if cfg!(target_os = "linux") {
        assert_eq!(report.moved, 2 * 8_000_008, "eight megabytes and their root, out of one node and into the other");
        assert_eq!(report.mapped, 0, "nobody else needs them");
        assert!(report.copied < 100, "only the total is copied: {}", report.copied);
    }
}

#[test]
fn what_several_nodes_read_is_mapped_into_each() {
    let fan_out = "
        [params]
        n = 1000000
        [nodes.produce]
        uses = \"good/produce\"
        inputs = [\"params:n\"]
        outputs = [\"numbers\"]
        [nodes.total]
        uses = \"good/total\"
        inputs = [\"numbers\"]
        outputs = [\"total\"]
        [nodes.sum]
        uses = \"good/sum\"
        inputs = [\"numbers\"]
        outputs = [\"sum\"]
    ";
    let result = load(&host(), fan_out).run().execute().unwrap();
    assert_eq!(result.output::<f64>("total").unwrap(), result.output::<f64>("sum").unwrap());
    let report = result.report();
    if wpipe::Transports::map().is_ok() {
        assert_eq!(report.mapped, 3 * 8_000_008, "out of one node and into two");
        assert_eq!(report.moved, 0, "it cannot be moved into both");
    }
}

#[test]
fn observers_hear_of_every_step() {
    let pipeline = load(&host(), "[nodes.talks]\nuses = \"good/talks\"\noutputs = [\"said\"]\n");
    let heard: Arc<Mutex<Vec<Event>>> = Arc::default();
    let ear = heard.clone();
    pipeline.run().observe(move |record: &Record| ear.lock().unwrap().push(record.event.clone())).execute().unwrap();
    let told: Vec<_> = heard
        .lock()
        .unwrap()
        .iter()
        .map(|event| match event {
            Event::Log { node, level, message, .. } => format!("{node} {level:?}: {message}"),
            Event::Progress { completed, total, .. } => format!("{completed} of {total}"),
            Event::Metric { name, value, .. } => format!("{name} = {value}"),
            other => serde_name(other),
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

fn serde_name(event: &Event) -> String {
    format!("{event:?}").split([' ', '{']).next().unwrap().to_owned()
}

#[test]
fn what_does_not_fit_is_told_before_anything_runs() {
    let pipeline = load(&host(), DOUBLE_AND_SUM);
    let table = numbers(vec![1.0]);
    let errors = [
        pipeline.run().input("numbers", &table).execute(),
        pipeline.run().input("numbers", &vec![1.0]).input("values", &vec![1.0]).execute(),
        pipeline.run().input("numbrs", &table).input("values", &vec![1.0]).execute(),
        pipeline.run().input("doubled", &table).input("values", &vec![1.0]).execute(),
    ]
    .map(|result| result.unwrap_err());
    assert!(errors.iter().all(Error::is_bad_input));
    insta::assert_snapshot!(errors.map(|error| error.to_string()).join("\n"));
}

#[test]
fn an_output_is_read_as_what_it_is() {
    let pipeline = load(&host(), DOUBLE_AND_SUM);
    let run = pipeline.run().input("numbers", &numbers(vec![1.0])).input("values", &vec![1.0]);
    let result = run.execute().unwrap();
    let told = [
        result.output::<str>("doubled").map(drop).unwrap_err().to_string(),
        result.output::<Table>("doubld").map(drop).unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_guests_hostile_output_is_an_error_of_its_reader() {
    // The component says "bytes" and means it; as anything else its content would be checked as well.
    let wild = "
        [nodes.wild]
        uses = \"hostile/wild_archive\"
        inputs = [\"blob\"]
        outputs = [\"bytes\"]
    ";
    let result = load(&host(), wild).run().input("blob", &b"x".to_vec()).execute().unwrap();
    let bytes = result.buffer("bytes").unwrap().bytes().unwrap();
    let error = <Table as wpipe::View>::view(bytes).unwrap_err();
    assert!(error.to_string().starts_with("not a valid `table`"), "{error}");
}

#[test]
fn a_run_can_be_cancelled_by_an_observer() {
    let pipeline =
        load(&host(), "[nodes.spin]\nuses = \"hostile/endless_loop\"\ninputs = [\"blob\"]\noutputs = [\"never\"]\n");
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = cancel.clone();
    let stop_when_it_runs = move |record: &Record| {
        if matches!(record.event, Event::NodeStarted { .. }) {
            flag.store(true, Ordering::Relaxed);
        }
    };
    let run = pipeline.run().input("blob", &b"x".to_vec()).cancel(cancel).observe(stop_when_it_runs);
    let Error::Run(failure) = run.execute().unwrap_err() else { panic!("the run was cancelled") };
    assert!(failure.is_interrupted());
}

#[test]
fn a_run_works_inside_an_async_runtime() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out.txt");
    let manifest = format!(
        "[nodes.pass]\nuses = \"good/pass_text\"\ninputs = [\"text\"]\noutputs = [\"copy\"]\n\
         [datasets.copy]\ntype = \"text\"\npath = {path:?}\n"
    );
    let pipeline = load(&host(), &manifest);
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let run = move |text: &str| pipeline.run().input("text", &text.to_owned()).execute().map(drop);
    runtime.block_on(async { run("in a task") }).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "in a task");
    runtime.block_on(runtime.spawn_blocking(move || run("beside tasks"))).unwrap().unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "beside tasks");
}

#[test]
fn a_project_can_be_checked_with_inputs_still_to_be_given() {
    let manifest =
        format!("[pipeline]\nname = \"test\"\n[components.good]\npath = {:?}\n{DOUBLE_AND_SUM}", guest("well_behaved"));
    let project = Project::parse("pipeline.toml", &manifest, ".").unwrap();
    let Error::Problems(problems) = host().check(&project, &BTreeSet::new()).unwrap_err() else {
        panic!("inputs are missing")
    };
    assert_eq!(problems.len(), 2);
    host().check(&project, &["numbers", "values"].map(str::to_owned).into()).unwrap();
}
