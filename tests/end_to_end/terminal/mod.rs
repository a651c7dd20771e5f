//! What a person sees in a terminal: narrow, usual and wide, with colours and without.

mod screen;

use screen::{Left, Terminal};

use crate::support::{Project, filtered};

const COLUMNS: [u16; 3] = [40, 80, 200];

/// `flowers ─► grow ─► larger ─► grow_again ─► largest`.
const GOOD: &str = "
[nodes.grow]
uses = \"good/double\"
inputs = [\"flowers\"]
outputs = [\"larger\"]

[nodes.grow_again]
uses = \"good/double\"
inputs = [\"larger\"]
outputs = [\"the_largest_of_all_flowers_that_were_measured\"]

[datasets.flowers]
type = \"csv\"
path = \"data/flowers.csv\"

[datasets.the_largest_of_all_flowers_that_were_measured]
type = \"csv\"
path = \"data/largest.csv\"
";

fn good() -> Project {
    let project = Project::new(GOOD);
    project.write("data/flowers.csv", "länge,花びらの幅\n1.4,0.2\n4.7,1.4\n");
    project
}

/// Runs the command to its end in a terminal of each width, and compares what is left with a snapshot.
fn seen(name: &str, project: impl Fn() -> Project, arguments: &[&str], code: u32) {
    for columns in COLUMNS {
        let left = Terminal::begin(&project(), columns, arguments, &[]).end();
        assert_eq!(left.code, code, "{}", left.text);
        compare(&format!("{name}_{columns}"), &left);
    }
}

fn compare(name: &str, left: &Left) {
    filtered(|| insta::assert_snapshot!(name, left.text));
}

/// A run whose lines come in one order.
const RUN: [&str; 5] = ["run", "--runner", "sequential", "--persist", "cache"];

#[test]
fn a_good_run() {
    seen("good_run", good, &RUN, 0);
}

#[test]
fn a_failed_node() {
    let project = || {
        let project = Project::new(
            "[nodes.check]\nuses = \"good/text_fails\"\ninputs = [\"text\"]\noutputs = [\"end\"]\n\
             [nodes.after]\nuses = \"good/upper\"\ninputs = [\"end\"]\noutputs = [\"shout\"]\n\
             [datasets.text]\ntype = \"text\"\npath = \"text.txt\"\n",
        );
        project.write("text.txt", "some");
        project
    };
    seen("failed_node", project, &RUN, 1);
}

#[test]
fn a_failed_save() {
    let project = || {
        let project = good();
        // Nothing can be saved where a folder is.
        project.write("data/largest.csv/in_the_way", "");
        project
    };
    seen("failed_save", project, &RUN, 1);
}

/// Partitions `p0` to `p4`, of which one is bad.
fn partitions() -> Project {
    let project = Project::new(
        "[params]\nword = \"bad\"\n\
         [multipipelines.m]\nnodes = [\"check\"]\nover = [\"raw\"]\nslices = 2\n\
         [nodes.check]\nuses = \"good/fail_on\"\ninputs = [\"raw\", \"params:word\"]\noutputs = [\"checked\"]\n\
         [datasets.raw]\ntype = \"text\"\npath = \"raw\"\npartitioned = true\nsuffix = \".txt\"\n\
         [datasets.checked]\ntype = \"text\"\npath = \"checked\"\npartitioned = true\nsuffix = \".txt\"\n",
    );
    for index in 0..5 {
        project.write(&format!("raw/2026/p{index}.txt"), if index == 3 { "bad" } else { "good" });
    }
    project
}

#[test]
fn partitions_of_which_one_fails() {
    seen("partitions", partitions, &RUN, 1);
}

#[test]
fn the_plan() {
    seen("plan", partitions, &["plan"], 0);
}

#[test]
fn a_look_into_a_table() {
    seen("inspect", good, &["inspect", "flowers", "--stats"], 0);
}

#[test]
fn an_interrupted_run() {
    for columns in COLUMNS {
        let project = Project::new(
            "[nodes.spin]\nuses = \"hostile/endless_loop\"\ninputs = [\"blob\"]\noutputs = [\"out\"]\n\
             [datasets.blob]\ntype = \"bytes\"\npath = \"blob\"\n",
        );
        project.write("blob", "x");
        let mut terminal = Terminal::begin(&project, columns, &RUN, &[]);
        terminal.wait_for("Running node: spin");
        terminal.press(b"\x03");
        let left = terminal.end();
        assert_eq!(left.code, 130, "{}", left.text);
        compare(&format!("interrupted_{columns}"), &left);
    }
}

/// What a run leaves with these variables.
fn with(variables: &[(&str, &str)]) -> Left {
    Terminal::begin(&good(), 80, &RUN, variables).end()
}

#[test]
fn a_terminal_has_colours_unless_they_are_not_wanted() {
    assert!(with(&[]).is_styled);
    assert!(!with(&[("NO_COLOR", "1")]).is_styled);
    assert!(!with(&[("TERM", "dumb")]).is_styled);
}

#[test]
fn where_nothing_can_be_redrawn_nothing_is() {
    let moves = |left: &Left| left.written.contains("\x1b[1A") || left.written.contains("\x1b[2K");
    assert!(moves(&with(&[])));
    for variable in [("CI", "true"), ("TERM", "dumb")] {
        let left = with(&[variable]);
        assert!(!moves(&left), "{variable:?}: {}", left.written);
    }
}
