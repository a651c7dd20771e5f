//! The shared store: what one process makes, another attaches.

use std::fs;
use std::path::PathBuf;

use crate::support::Project;

/// Two nodes, with a dataset between them that lives in memory.
const PAIR: &str = "
[params]
n = 100000
[nodes.produce]
uses = \"good/produce\"
inputs = [\"params:n\"]
outputs = [\"numbers\"]
[nodes.total]
uses = \"good/total\"
inputs = [\"numbers\"]
outputs = [\"sum\"]
[datasets.sum]
type = \"archive\"
path = \"sum.archive\"
";

/// A project with two nodes and a store.
fn pair() -> Project {
    Project::new(&format!("{PAIR}[store]\npath = \"shared\"\n"))
}

fn objects(project: &Project) -> Vec<PathBuf> {
    let objects = fs::read_dir(project.path("shared/objects")).unwrap();
    objects.map(|object| object.unwrap().path()).collect()
}

#[test]
fn a_dataset_of_memory_is_there_for_a_later_process() {
    let project = pair();
    let first = project.wpipe(&["run", "--nodes", "produce"]);
    assert_eq!(first.code, 0, "{}", first.told());
    let second = project.wpipe(&["run", "--nodes", "total", "--verbose"]);
    assert_eq!(second.code, 0, "{}", second.told());
    assert!(second.stderr.contains("Attached numbers from the shared store (781.3 KiB)"), "{}", second.told());
    assert!(second.stderr.contains("781.3 KiB mapped"), "{}", second.told());
    let whole = Project::new(PAIR);
    assert_eq!(whole.wpipe(&["run"]).code, 0);
    let sum = |project: &Project| fs::read(project.path("sum.archive")).unwrap();
    assert_eq!(sum(&project), sum(&whole));
    assert_eq!(objects(&project).len(), 2);
}
