//! Tests of the errors that people see when a multipipeline is impossible.

use crate::support::{assert_rendered, problems_with_head};

/// `a` (raw → rows) → `b` (rows, meta → out), and `other` outside.
const NODES: &str = concat!(
    "[params]\nlimit = 1\nother = 2\ndeep = { a = 1 }\n",
    "[nodes.a]\ninputs = [\"raw\", \"params:limit\"]\noutputs = [\"rows\"]\n",
    "[nodes.b]\ninputs = [\"rows\", \"meta\", \"params:deep.a\"]\noutputs = [\"out\"]\n",
    "[nodes.other]\ninputs = [\"plain\", \"params:other\"]\noutputs = [\"made\"]\n",
);

fn rendered(body: &str) -> String {
    problems_with_head(&format!("{NODES}{body}"))
}

#[test]
fn keys_have_their_types_and_values() {
    assert_rendered!(rendered(concat!(
        "[multipipelines.g]\nnodes = \"a\"\nover = [1]\nslices = 0\njoin = \"outr\"\nbalance = \"bytes\"\n",
        "max_parallel = -1\non_empty = \"skp\"\non_partition_error = true\nallow_incomplete = \"yes\"\n",
        "tags = [\"a b\"]\nnamespace = \"n s\"\nslice = 4\n",
        "[multinodes.b]\nnodes = [\"b\"]\nover = [\"rows\"]\nallow_incomplete = true\n",
        "[multipipelines.\"x y\"]\nnodes = []\nover = []\n",
    )));
}

#[test]
fn filters_are_checked_when_they_are_read() {
    let filters = [
        "3",
        "{}",
        "{ golb = \"a\" }",
        "{ glob = \"a**\", regex = \"(a\" }",
        "{ dates = {} }",
        "{ dates = { from = \"2024-02-30\", to = \"tomorrow\" } }",
        "{ dates = { from = 2024-05-01, to = 2024-04-30 } }",
        "{ dates = { from = 2024-05-01T00:00:00, format = \"%d/%H\" } }",
        "{ dates = { to = 2024-05-01, fromat = \"%Y\" } }",
        "{ not = \"a\", any = [], all = { glob = \"a\" } }",
        "{ any = [{ not = { all = [{ glob = 1 }] } }, {}] }",
    ];
    let entries = filters.iter().enumerate().map(|(index, filter)| {
        format!("[nodes.n{index}]\nuses = \"f\"\ninputs = [\"x\"]\n[multinodes.n{index}]\nover = [\"x\"]\nfilter = {filter}\n")
    });
    assert_rendered!(problems_with_head(&entries.collect::<String>()));
}

#[test]
fn nodes_are_there_and_in_one_multipipeline_once() {
    assert_rendered!(rendered(concat!(
        "[multipipelines.g]\nnodes = [\"a\", \"oter\", \"a\"]\nover = [\"raw\"]\n",
        "[multinodes.a]\nover = [\"raw\"]\n",
        "[multinodes.bb]\nover = [\"raw\"]\n",
        "[multinodes.g]\nover = [\"raw\"]\n",
    )));
}

#[test]
fn over_has_what_the_nodes_read_and_do_not_make() {
    assert_rendered!(rendered(concat!(
        "[nodes.f]\ninputs = [\"x@csv\"]\n",
        "[multipipelines.g]\nnodes = [\"a\", \"b\"]\nover = [\"raw\", \"mata\", \"made\", \"rows\", \"raw\", \"params:limit\"]\n",
        "[multinodes.f]\nover = [\"x\"]\n",
    )));
}

#[test]
fn a_node_that_reads_no_partitions_is_no_part_of_a_group() {
    assert_rendered!(rendered("[multipipelines.g]\nnodes = [\"a\", \"other\"]\nover = [\"raw\"]\n"));
}

/// No order lets `made` be made between the two nodes of the group.
#[test]
fn a_way_out_of_a_group_and_back_into_it_is_shown() {
    let body = concat!(
        "[nodes.a]\ninputs = [\"raw\"]\noutputs = [\"rows\"]\n",
        "[nodes.x]\nuses = \"f\"\ninputs = [\"rows\"]\noutputs = [\"x\"]\n",
        "[nodes.y]\nuses = \"f\"\ninputs = [\"z\"]\noutputs = [\"y\"]\nafter = [\"x\"]\n",
        "[nodes.b]\ninputs = [\"rows\", \"y\"]\noutputs = [\"out\"]\n",
        "[multipipelines.g]\nnodes = [\"a\", \"b\"]\nover = [\"raw\"]\n",
    );
    assert_rendered!(problems_with_head(body));
}

#[test]
fn groups_that_wait_for_each_other_without_a_cycle_of_nodes_are_found() {
    let body = concat!(
        "[nodes.a1]\nuses = \"f\"\ninputs = [\"raw\"]\noutputs = [\"x\"]\n",
        "[nodes.a2]\nuses = \"f\"\ninputs = [\"raw\", \"z\"]\n",
        "[nodes.b1]\nuses = \"f\"\ninputs = [\"x\"]\noutputs = [\"y\"]\n",
        "[nodes.b2]\nuses = \"f\"\ninputs = [\"x2\"]\noutputs = [\"z\"]\n",
        "[multipipelines.a]\nnodes = [\"a1\", \"a2\"]\nover = [\"raw\"]\n",
        "[multipipelines.b]\nnodes = [\"b1\", \"b2\"]\nover = [\"x\", \"x2\"]\n",
    );
    assert_rendered!(problems_with_head(body));
}

#[test]
fn a_cycle_within_a_group_is_told_once() {
    let body = concat!(
        "[nodes.a]\ninputs = [\"raw\", \"out\"]\noutputs = [\"rows\"]\n[nodes.b]\ninputs = [\"rows\"]\noutputs = [\"out\"]\n",
        "[multipipelines.g]\nnodes = [\"a\", \"b\"]\nover = [\"raw\"]\n",
    );
    assert_rendered!(problems_with_head(body));
}

#[test]
fn what_is_set_for_some_partitions_is_read_and_well_formed() {
    assert_rendered!(rendered(concat!(
        "[multipipelines.g]\nnodes = [\"a\", \"b\"]\nover = [\"raw\"]\nconfigure = [\n",
        "  { match = \"{a}{a}\" },\n  { params = { limit = 1 } },\n  { match = \"{x}\", params = { limti = 1, other = 3 } },\n",
        "  { match = \"y\", params = { deep = 3 }, skp = true },\n  { match = \"z\", params = { limit = 1 }, skip = true },\n",
        "  { match = \"{y}\" },\n  { match = \"v{x}\" },\n  \"w\",\n]\n",
        "[multinodes.other]\nover = [\"plain\"]\nconfigure = { match = \"x\" }\n",
    )));
}

#[test]
fn keys_of_partitions_need_partitions() {
    assert_rendered!(problems_with_head(concat!(
        "[datasets.a]\ntype = \"csv\"\npath = \"a\"\nsuffix = \".csv\"\nprune = true\n",
        "[datasets.b]\ntype = \"csv\"\npath = \"b\"\npartitioned = true\nversioned = true\ncheckpoint = 3\nsuffix = 1\n",
        "[datasets.c]\ntype = \"memory\"\npartitioned = true\nprune = true\nsuffix = \".csv\"\n",
        "[datasets.d]\ntype = \"csv\"\npath = \"d\"\npartitioned = \"yes\"\nsuffix = \".csv\"\n",
        "[datasets.e]\ntype = \"csv\"\npath = \"e\"\npartitioned = false\ncheckpoint = \"x\"\n",
        "[datasets.f]\ntype = \"csv\"\npath = \"e\"\npartitioned = true\ncheckpoint = \"\"\n",
    )));
}

#[test]
fn an_entry_does_not_contradict_its_multipipeline() {
    assert_rendered!(rendered(concat!(
        "[multipipelines.g]\nnodes = [\"a\", \"b\"]\nover = [\"raw\"]\n",
        "[datasets.raw]\ntype = \"csv\"\npath = \"raw\"\npartitioned = false\n",
        "[datasets.rows]\ntype = \"csv\"\npath = \"rows\"\nversioned = true\n",
        "[datasets.out]\ntype = \"csv\"\npath = \"out\"\npartitioned = true\ncheckpoint = true\n",
    )));
}
