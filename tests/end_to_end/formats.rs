//! Datasets in every format, from file to node to file.

use crate::support::{Project, filtered};

#[test]
fn a_table_goes_through_every_table_format() {
    let mut manifest = String::from("[datasets.numbers_0]\ntype = \"csv\"\npath = \"data/numbers.csv\"\n");
    let formats = ["parquet", "arrow", "json", "archive", "csv"];
    for (index, format) in formats.iter().enumerate() {
        let (from, to) = (format!("numbers_{index}"), format!("numbers_{}", index + 1));
        manifest.push_str(&format!(
            "[nodes.step_{index}]\nuses = \"good/double\"\ninputs = [\"{from}\"]\noutputs = [\"{to}\"]\n\
             [datasets.{to}]\ntype = \"{format}\"\npath = \"data/{format}/{to}\"\n"
        ));
    }
    let project = Project::new(&manifest);
    project.write("data/numbers.csv", "x\n0.5\n-1.0\n1e300\n");
    let run = project.wpipe(&["run", "--quiet"]);
    assert_eq!(run.code, 0, "{}", run.told());
    assert_eq!(project.read("data/csv/numbers_5"), "x\n16.0\n-32.0\n3.2e301\n");

    // And once more from each of the files, one node at a time.
    for (index, format) in formats.iter().enumerate().take(4) {
        let from = format!("numbers_{}", index + 1);
        let again = Project::new(&format!(
            "[nodes.again]\nuses = \"good/double\"\ninputs = [\"input\"]\noutputs = [\"output\"]\n\
             [datasets.input]\ntype = \"{format}\"\npath = {:?}\n[datasets.output]\ntype = \"csv\"\npath = \"out.csv\"\n",
            project.path(&format!("data/{format}/{from}"))
        ));
        let run = again.wpipe(&["run", "--quiet"]);
        assert_eq!(run.code, 0, "{format}: {}", run.told());
        let first = again.read("out.csv").lines().nth(1).unwrap().parse::<f64>().unwrap();
        assert_eq!(first, 0.5 * f64::from(1 << (index + 2)), "{format}");
    }
}

#[test]
fn texts_bytes_and_archives_pass_through() {
    let manifest = "
        [params]
        seed = 3
        [nodes.text]
        uses = \"good/pass_text\"
        inputs = [\"text\"]
        outputs = [\"text_copy\"]
        [nodes.bytes]
        uses = \"good/pass_bytes\"
        inputs = [\"bytes\"]
        outputs = [\"bytes_copy\"]
        [nodes.make]
        uses = \"good/make_model\"
        inputs = [\"params:seed\"]
        outputs = [\"model\"]
        [datasets.text]
        type = \"text\"
        path = \"in.txt\"
        [datasets.text_copy]
        type = \"text\"
        path = \"out.txt\"
        [datasets.bytes]
        type = \"bytes\"
        path = \"in.bin\"
        [datasets.bytes_copy]
        type = \"bytes\"
        path = \"out.bin\"
        [datasets.model]
        type = \"archive\"
        path = \"model.archive\"
    ";
    let project = Project::new(manifest);
    project.write("in.txt", "grüße");
    project.write("in.bin", vec![0xC3; 300_000]);
    let run = project.wpipe(&["run", "--quiet"]);
    assert_eq!(run.code, 0, "{}", run.told());
    assert_eq!(project.read("out.txt"), "grüße");
    assert!(std::fs::read(project.path("out.bin")).unwrap() == vec![0xC3; 300_000]);

    // The archive is read in place by another run, and refused by a node that wants another type.
    let reading = "
        [nodes.use]
        uses = \"good/use_model\"
        inputs = [\"model\"]
        outputs = [\"told\"]
        [datasets.model]
        type = \"archive\"
        path = \"model.archive\"
        [datasets.told]
        type = \"text\"
        path = \"told.txt\"
    ";
    let archive = std::fs::read(project.path("model.archive")).unwrap();
    let reader = Project::new(reading);
    reader.write("model.archive", &archive);
    assert_eq!(reader.wpipe(&["run", "--quiet"]).code, 0);
    assert!(reader.read("told.txt").contains('3'), "{}", reader.read("told.txt"));

    let misreader = Project::new(&reading.replace("good/use_model", "good/sum"));
    misreader.write("model.archive", &archive);
    let manifest = misreader.read("pipeline.toml").replace("type = \"text\"", "type = \"archive\"");
    misreader.write("pipeline.toml", manifest);
    let run = misreader.wpipe(&["run", "--quiet"]);
    assert_eq!(run.code, 1, "{}", run.told());
    filtered(|| insta::assert_snapshot!(run.stderr));
}

#[test]
fn a_dataset_is_written_in_one_format_and_read_in_another() {
    let manifest = "
        [nodes.write]
        uses = \"good/pass_text\"
        inputs = [\"source\"]
        outputs = [\"numbers@text\"]
        [nodes.read]
        uses = \"good/double\"
        inputs = [\"numbers@csv\"]
        outputs = [\"doubled\"]
        [datasets.source]
        type = \"text\"
        path = \"source.txt\"
        [datasets.\"numbers@text\"]
        type = \"text\"
        path = \"numbers.csv\"
        [datasets.\"numbers@csv\"]
        type = \"csv\"
        path = \"numbers.csv\"
        [datasets.doubled]
        type = \"csv\"
        path = \"doubled.csv\"
    ";
    let project = Project::new(manifest);
    project.write("source.txt", "x\n1.5\n");
    let run = project.wpipe(&["run"]);
    assert_eq!(run.code, 0, "{}", run.told());
    assert_eq!(project.read("doubled.csv"), "x\n3.0\n");

    // Through storage only, so both formats must be listed.
    let without =
        manifest.replace("[datasets.\"numbers@csv\"]\n        type = \"csv\"\n        path = \"numbers.csv\"", "");
    let project = Project::new(&without);
    project.write("source.txt", "x\n1.5\n");
    let run = project.wpipe(&["run"]);
    assert_eq!(run.code, 2, "{}", run.told());
    filtered(|| insta::assert_snapshot!(run.stderr));
}
