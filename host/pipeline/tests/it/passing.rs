//! Tests of the calls of nodes, of the way inputs reach them, and of the errors when ports and partitions do not fit.

use wpipe_data::{Port, Signature};
use wpipe_pipeline::{CalledPer, Passing, Problems, Typed};

use crate::support::{CLEANING, assert_rendered, data, exports, parameter, partitioned, render, signature, with_head};

fn check<const N: usize>(body: &str, nodes: [Signature; N]) -> Result<Typed, Problems> {
    with_head(body).check(&exports(nodes), &|_| None)
}

fn rendered<const N: usize>(body: &str, nodes: [Signature; N]) -> String {
    render(&check(body, nodes).expect_err("a type problem"))
}

fn one(name: &str) -> Port {
    data(name, "table")
}

fn set(name: &str) -> Port {
    partitioned(name, "table")
}

/// Returns the functions of [`CLEANING`].
pub(crate) fn cleaning() -> [Signature; 6] {
    [
        signature("fetch", [], [one("rules")]),
        signature("parse", [one("raw")], [one("rows")]),
        signature("tally", [set("rows"), parameter("limit")], [set("counts")]),
        signature("scrub", [one("rows"), one("meta"), one("rules"), parameter("deep")], [one("cleaned")]),
        signature("report", [set("cleaned"), set("archive")], []),
        signature("sum", [set("counts")], []),
    ]
}

#[test]
fn nodes_are_called_for_what_their_ports_take() {
    let typed = check(CLEANING, cleaning()).expect("the ports fit");
    let calls: Vec<_> =
        typed.nodes.iter().map(|node| (node.name.as_str(), node.called_per, node.passing.as_slice())).collect();
    let find = |name| *calls.iter().find(|call| call.0 == name).expect("a node");
    assert_eq!(find("fetch"), ("fetch", CalledPer::Run, &[][..]));
    assert_eq!(find("parse"), ("parse", CalledPer::Partition, &[Passing::Partition][..]));
    assert_eq!(find("tally"), ("tally", CalledPer::Slice, &[Passing::Slice, Passing::Parameter][..]));
    let scrub = [Passing::Partition, Passing::Partition, Passing::Whole, Passing::Parameter];
    assert_eq!(find("scrub"), ("scrub", CalledPer::Partition, &scrub[..]));
    assert_eq!(find("report"), ("report", CalledPer::Run, &[Passing::Set, Passing::Set][..]));
}

#[test]
fn a_set_that_is_not_of_the_group_is_given_whole_to_each_call() {
    let body = concat!(
        "[nodes.a]\ninputs = [\"raw\", \"archive\"]\n[multinodes.a]\nover = [\"raw\"]\n",
        "[datasets.archive]\ntype = \"csv\"\npath = \"archive\"\npartitioned = true\n",
    );
    let typed = check(body, [signature("a", [one("raw"), set("archive")], [])]).expect("the ports fit");
    assert_eq!(typed.nodes[0].passing, [Passing::Partition, Passing::Set]);
    assert_rendered!(rendered(body, [signature("a", [one("raw"), one("archive")], [])]));
}

#[test]
fn parts_of_a_group_have_ports_that_fit() {
    let pipeline = with_head(CLEANING);
    for node in pipeline.nodes() {
        let selection = wpipe_pipeline::Selection { nodes: vec![node.name.clone()], ..Default::default() };
        let part = pipeline.select(&selection).expect("a node");
        let whole = pipeline.check(&exports(cleaning()), &|_| None).expect("the ports fit");
        let alone = part.check(&exports(cleaning()), &|_| None).expect("the ports fit");
        assert_eq!(Some(&alone.nodes[0]), whole.nodes.iter().find(|typed| typed.name == node.name));
    }
}

#[test]
fn a_node_outside_of_groups_takes_a_set_as_partitions() {
    let [fetch, parse, tally, scrub, _, _] = cleaning();
    let nodes = [
        fetch,
        parse,
        tally,
        scrub,
        signature("report", [one("cleaned"), one("archive")], []),
        signature("sum", [one("counts")], []),
    ];
    assert_rendered!(rendered(CLEANING, nodes));
}

#[test]
fn a_node_outside_of_groups_makes_a_set_as_partitions() {
    let body = concat!(
        "[nodes.make]\noutputs = [\"raw\"]\n[nodes.a]\ninputs = [\"raw\"]\n[multinodes.a]\nover = [\"raw\"]\n",
        "[nodes.other]\noutputs = [\"set\"]\n[datasets.set]\ntype = \"csv\"\npath = \"set\"\npartitioned = true\n",
    );
    let nodes = |make: Port, other: Port| {
        [signature("make", [], [make]), signature("a", [one("raw")], []), signature("other", [], [other])]
    };
    assert!(check(body, nodes(set("raw"), set("set"))).is_ok());
    assert_rendered!(rendered(body, nodes(one("raw"), one("set"))));
}

#[test]
fn a_node_is_called_for_partitions_or_for_slices() {
    let [fetch, parse, tally, _, report, sum] = cleaning();
    let scrub = signature("scrub", [one("rows"), set("meta"), one("rules"), parameter("deep")], [one("cleaned")]);
    assert_rendered!(rendered(CLEANING, [fetch, parse, tally, scrub, report, sum]));
}

#[test]
fn outputs_are_what_the_node_is_called_for() {
    let [fetch, _, _, scrub, report, sum] = cleaning();
    let parse = signature("parse", [one("raw")], [set("rows")]);
    let tally = signature("tally", [set("rows"), parameter("limit")], [one("counts")]);
    assert_rendered!(rendered(CLEANING, [fetch, parse, tally, scrub, report, sum]));
}

#[test]
fn what_is_stored_as_one_has_no_partitions() {
    let body = concat!(
        "[nodes.a]\noutputs = [\"x\"]\n[nodes.b]\ninputs = [\"x\"]\n",
        "[datasets.x]\ntype = \"csv\"\npath = \"x.csv\"\n",
    );
    let nodes = || [signature("a", [], [set("x")]), signature("b", [set("x")], [])];
    assert_rendered!(rendered(body, nodes()));
    // In memory only the ports say it.
    assert!(check("[nodes.a]\noutputs = [\"x\"]\n[nodes.b]\ninputs = [\"x\"]\n", nodes()).is_ok());
}

#[test]
fn types_of_partitions_are_checked_at_both_ends() {
    let [fetch, parse, tally, scrub, report, _] = cleaning();
    let sum = signature("sum", [partitioned("counts", "Model")], []);
    assert_rendered!(rendered(CLEANING, [fetch, parse, tally, scrub, report, sum]));
}
