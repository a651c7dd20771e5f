//! The shared store from programs: values in, views and Arrow arrays out.

use std::collections::BTreeMap;

use wpipe::{Host, Pipeline, Project, Store, Table};
use wpipe_tests::guest;

use crate::numbers;

fn pipeline(store: &Store) -> Pipeline {
    let manifest = format!(
        "[pipeline]\nname = \"test\"\n[components]\ngood = {{ path = {:?} }}\n\
         [nodes.double]\nuses = \"good/double\"\ninputs = [\"numbers\"]\noutputs = [\"doubled\"]\n\
         [store]\npath = {:?}\n",
        guest("well_behaved"),
        store.path()
    );
    let host = Host::builder().no_cache().build().unwrap();
    host.load_project(Project::parse("pipeline.toml", &manifest, ".").unwrap()).unwrap()
}

#[test]
fn what_a_program_puts_is_an_input_and_what_a_run_makes_is_a_view() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path().join("shared")).unwrap();
    store.put("test/numbers", &numbers((0..100_000).map(f64::from).collect())).unwrap();
    pipeline(&store).run().execute().unwrap();
    let doubled = store.get::<Table>("test/doubled").unwrap();
    assert_eq!(doubled.view().unwrap().column::<f64>("x").unwrap()[99_999], 199_998.0);
}

#[test]
fn an_arrow_array_lies_in_the_objects_own_pages() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path().join("shared")).unwrap();
    store.put("test/numbers", &numbers((0..100_000).map(f64::from).collect())).unwrap();
    let shared = store.get::<Table>("test/numbers").unwrap();
    let batch = shared.to_arrow().unwrap();
    let values = batch.column(0).to_data().buffers()[0].as_ptr();
    assert!(shared.buffer().bytes().unwrap().as_ptr_range().contains(&values));
    // The arrays hold the pages when everything else is gone.
    drop(shared);
    store.collect_all().unwrap();
    assert_eq!(batch.num_rows(), 100_000);
}

#[test]
fn a_reader_keeps_its_data_while_the_name_is_rewritten_a_thousand_times() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path().join("shared")).unwrap();
    let value = |seed: i64| (0..20_000).map(|at| at * 31 + seed).collect::<Vec<i64>>();
    store.put("test/value", &value(0)).unwrap();
    let reader = Store::open(store.path()).unwrap();
    let (first, mut held) = (reader.get::<[i64]>("test/value").unwrap(), BTreeMap::new());
    for seed in 1..=1000 {
        store.put("test/value", &value(seed)).unwrap();
        if seed % 100 == 0 {
            held.insert(seed, reader.get::<[i64]>("test/value").unwrap());
            store.collect().unwrap();
        }
    }
    assert_eq!(first.view().unwrap()[..], value(0));
    for (seed, shared) in &held {
        assert_eq!(shared.view().unwrap()[..], value(*seed));
    }
    assert_eq!(store.entry("test/value").unwrap().generation, 1001);
    // What is held stays in the store, and nothing else.
    assert_eq!(store.collect().unwrap().in_use, held.len());
    drop((first, held));
    store.collect_all().unwrap();
    assert_eq!(store.usage().unwrap().used, 0);
}

#[test]
fn what_is_asked_for_wrongly_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path().join("shared")).unwrap();
    store.put("test/value", &vec![1_i64]).unwrap();
    let told = |name: &str| store.get::<Table>(name).unwrap_err().to_string();
    assert!(told("test/value").starts_with("`test/value` is of type `"), "{}", told("test/value"));
    assert!(told("test/values").ends_with(": there is `test/value`"), "{}", told("test/values"));
    assert_eq!(
        told("value"),
        "`value` is no name of a dataset in a store: write the pipeline, a slash, and the dataset"
    );
}
