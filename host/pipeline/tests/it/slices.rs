//! Tests of the slicer: joins, omissions, balance, and reports. Some tests are named after faults of kedro-partitioned.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use serde_json::{Value, json};
use wpipe_data::Port;
use wpipe_pipeline::{LeftOutReason, Multipipeline, Part, SliceError, SlicePlan};

use crate::support::{CLEANING, assert_rendered, data, exports, partitioned, signature, with_head};

/// Returns a multipipeline over `raw` and `meta`: `parse` (raw → rows) → `scrub` (rows, meta → cleaned), `look` (meta →
/// seen).
pub(crate) fn group(keys: &str) -> Multipipeline {
    let body = concat!(
        "[nodes.parse]\ninputs = [\"raw\"]\noutputs = [\"rows\"]\n",
        "[nodes.scrub]\ninputs = [\"rows\", \"meta\"]\noutputs = [\"cleaned\"]\n",
        "[nodes.look]\ninputs = [\"meta\"]\noutputs = [\"seen\"]\n",
        "[multipipelines.g]\nnodes = [\"parse\", \"scrub\", \"look\"]\nover = [\"raw\", \"meta\"]\n",
    );
    with_head(&format!("{body}{keys}\n")).multipipelines()[0].clone()
}

/// Returns a multipipeline over `raw` alone.
pub(crate) fn single(keys: &str) -> Multipipeline {
    let body = "[nodes.parse]\ninputs = [\"raw\"]\n[multinodes.parse]\nover = [\"raw\"]\n";
    with_head(&format!("{body}{keys}\n")).multipipelines()[0].clone()
}

pub(crate) type Sets = BTreeMap<String, BTreeMap<String, u64>>;

/// Returns a set of the ids in words, each of one byte.
fn set(ids: &str) -> BTreeMap<String, u64> {
    ids.split_whitespace().map(|id| (id.to_owned(), 1)).collect()
}

pub(crate) fn workers(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).expect("a worker")
}

fn sliced(group: &Multipipeline, raw: &str, meta: &str, count: usize) -> Result<SlicePlan, SliceError> {
    let sets = Sets::from([("raw".to_owned(), set(raw)), ("meta".to_owned(), set(meta))]);
    group.slice(&sets, None, &BTreeSet::new(), workers(count))
}

pub(crate) fn ids(plan: &SlicePlan) -> Vec<Vec<&str>> {
    plan.slices.iter().map(|slice| slice.iter().map(|part| part.id.as_str()).collect()).collect()
}

fn left_out(plan: &SlicePlan) -> Vec<String> {
    plan.left_out.iter().map(|left| format!("{} {}", left.id, left.reason)).collect()
}

/// There, `a.csv`, `a-b.csv` and suffix-less `a`, `a-b` list in different orders, and `a` was joined with `a-b`.
#[test]
fn partitions_are_joined_by_id_and_not_by_their_place_in_a_listing() {
    let plan = sliced(&group(""), "a a-b a.b", "a.b a-b a", 3).expect("slices");
    assert_eq!(ids(&plan), [["a"], ["a-b"], ["a.b"]]);
}

#[test]
fn the_order_of_names_in_a_multipipeline_means_nothing() {
    let group = |nodes: &str, over: &str| {
        let manifest = CLEANING.replace(r#"["scrub", "tally", "parse"]"#, nodes).replace(r#"["raw", "meta"]"#, over);
        with_head(&manifest).multipipelines()[0].clone()
    };
    let sets = Sets::from([("raw".to_owned(), set("2024/1 2024/2 2024/3")), ("meta".to_owned(), set("2024/3 2024/1"))]);
    let slice = |group: &Multipipeline| group.slice(&sets, None, &BTreeSet::new(), workers(2)).expect("slices");
    let one = group(r#"["scrub", "tally", "parse"]"#, r#"["raw", "meta"]"#);
    let other = group(r#"["parse", "scrub", "tally"]"#, r#"["meta", "raw"]"#);
    assert_eq!(one.nodes, other.nodes);
    assert_eq!(slice(&one), slice(&other));
    assert_eq!(ids(&slice(&one)).concat(), ["2024/1", "2024/3"]);
}

/// There, `2020.01` and `2020.02` become `2020`, and one of them is lost.
#[test]
fn a_dot_in_an_id_is_a_part_of_it() {
    let plan = sliced(&group(""), "2020.01 2020.02 2021.01", "2020.01 2020.02 2021.01", 1).expect("slices");
    assert_eq!(ids(&plan), [["2020.01", "2020.02", "2021.01"]]);
}

/// There, a partition that is not in every dataset is dropped without a word.
#[test]
fn what_does_not_join_is_an_error_or_is_told() {
    let error = sliced(&group(""), "a b c", "b c d", 2).expect_err("`a` and `d` are in one only").to_string();
    let many = sliced(&group(""), "a b c d e f g h", "h", 2).expect_err("seven are in one only").to_string();
    assert_rendered!([error, many].join("\n"));
    let plan = sliced(&group("join = \"inner\""), "a b c", "b c d", 2).expect("slices");
    assert_eq!(ids(&plan), [["b"], ["c"]]);
    assert_eq!(left_out(&plan), ["a not in `meta`", "d not in `raw`"]);
}

#[test]
fn of_an_outer_join_each_node_runs_for_what_it_has() {
    let group = group("join = \"outer\"");
    let plan = sliced(&group, "a b", "b c", 1).expect("slices");
    assert_eq!(ids(&plan), [["a", "b", "c"]]);
    assert!(plan.left_out.is_empty());
    let runs = |part: &Part| {
        let nodes = ["parse", "scrub", "look", "nowhere"].into_iter().filter(|node| group.runs(node, part));
        nodes.collect::<Vec<_>>().join(" ")
    };
    let [a, b, c] = plan.slices[0].as_slice() else { panic!("{plan:?}") };
    assert_eq!((a.absent.as_slice(), runs(a).as_str()), (&["meta".to_owned()][..], "parse"));
    assert_eq!((b.absent.as_slice(), runs(b).as_str()), (&[][..], "parse scrub look"));
    // `scrub` needs `raw` through `rows`.
    assert_eq!((c.absent.as_slice(), runs(c).as_str()), (&["raw".to_owned()][..], "look"));
}

/// There, three partitions over eight slices make the sizes 1, 0, 1, 0, 0, 1, 0, 0, and each is a node that runs.
#[test]
fn fewer_partitions_than_slices_make_fewer_slices() {
    let plan = sliced(&group(""), "a b c", "a b c", 8).expect("slices");
    assert_eq!(ids(&plan), [["a"], ["b"], ["c"]]);
}

/// There, seven partitions in five slices are 2, 1, 2, 1, 1.
#[test]
fn counts_of_slices_differ_by_one_at_most() {
    let plan = sliced(&single(""), "a b c d e f g", "", 5).expect("slices");
    assert_eq!(ids(&plan), [vec!["a", "b"], vec!["c", "d"], vec!["e"], vec!["f"], vec!["g"]]);
    let plan = sliced(&single("slices = 2"), "a b c d e f g", "", 5).expect("slices");
    assert_eq!(ids(&plan), [vec!["a", "b", "c", "d"], vec!["e", "f", "g"]]);
}

#[test]
fn slices_of_equal_size_have_their_largest_as_small_as_it_can_be() {
    let sized = |sizes: &[u64], slices: usize| {
        let raw = sizes.iter().enumerate().map(|(index, size)| (format!("{index:02}"), *size)).collect();
        let group = single("balance = \"size\"");
        let plan = group.slice(&Sets::from([("raw".to_owned(), raw)]), None, &BTreeSet::new(), workers(slices));
        let slices = plan.expect("slices").slices;
        slices.iter().map(|slice| slice.iter().map(|part| part.size).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    assert_eq!(sized(&[9, 1, 1, 1, 1, 1], 2), [vec![9], vec![1; 5]]);
    assert_eq!(sized(&[1, 1, 1, 1, 1, 9], 2), [vec![1; 5], vec![9]]);
    assert_eq!(sized(&[7, 2, 5, 10, 8], 2), [vec![7, 2, 5], vec![10, 8]]);
    // Every partition is a call, however small.
    assert_eq!(sized(&[0, 0, 0, 0], 2), [vec![0, 0], vec![0, 0]]);
    assert_eq!(sized(&[u64::MAX, u64::MAX, u64::MAX], 2).len(), 2);
    // Even a partition as large as all others together leaves no slice empty.
    assert_eq!(sized(&[100, 1, 1], 3), [[100], [1], [1]]);
    assert_eq!(sized(&[1, 1, 100], 3), [[1], [1], [100]]);
}

#[test]
fn the_size_of_a_partition_is_that_of_all_datasets() {
    let sets = Sets::from([
        ("raw".to_owned(), BTreeMap::from([("a".to_owned(), 5), ("b".to_owned(), u64::MAX)])),
        ("meta".to_owned(), BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 1)])),
        ("not of it".to_owned(), set("a x")),
    ]);
    let plan = group("").slice(&sets, None, &BTreeSet::new(), workers(1)).expect("slices");
    let sizes: Vec<_> = plan.slices[0].iter().map(|part| (part.id.as_str(), part.size)).collect();
    assert_eq!(sizes, [("a", 7), ("b", u64::MAX)]);
}

/// There, nothing at all is an error of the storage, and a filter that leaves nothing is one of the barrier, unless
/// files of an earlier run are there, with which the run goes on.
#[test]
fn no_partition_is_an_error_that_says_what_left_them_out_or_an_empty_plan() {
    let keys = "filter = { regex = \"^a\" }\nconfigure = [{ match = \"ab\", skip = true }]\njoin = \"inner\"\n";
    let error = |raw: &str, meta: &str| sliced(&group(keys), raw, meta, 2).expect_err("nothing is left").to_string();
    assert_rendered!([error("", ""), error("b c", "b"), error("ab ac b c", "ab b c d")].join("\n"));
    let plan = sliced(&group(&format!("{keys}on_empty = \"skip\"")), "ab ac b", "ab b", 2).expect("an empty plan");
    assert!(plan.slices.is_empty());
    assert_eq!(left_out(&plan), ["ab skipped by `configure`", "ac not in `meta`", "b left out by `filter`"]);
}

#[test]
fn what_is_done_or_before_the_checkpoint_is_left_out_and_none_left_is_no_error() {
    let group = single("filter = { not = { glob = \"x\" } }");
    let sets = Sets::from([("raw".to_owned(), set("a b c d x"))]);
    let done = |ids: &str| ids.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
    let plan = group.slice(&sets, Some("b"), &done("b c"), workers(2)).expect("slices");
    assert_eq!(ids(&plan), [["d"]]);
    let reasons: Vec<_> = plan.left_out.iter().map(|left| (left.id.as_str(), left.reason.clone())).collect();
    let expected = [
        ("a", LeftOutReason::Checkpoint),
        ("b", LeftOutReason::Checkpoint),
        ("c", LeftOutReason::Done),
        ("x", LeftOutReason::Filter),
    ];
    assert_eq!(reasons, expected);
    assert!(group.slice(&sets, Some("e"), &BTreeSet::new(), workers(2)).expect("nothing is new").slices.is_empty());
    assert!(group.slice(&sets, None, &done("a b c d"), workers(2)).expect("all is done").slices.is_empty());
}

#[test]
fn a_partition_for_which_no_node_has_all_it_needs_is_left_out() {
    let body = concat!(
        "[nodes.parse]\ninputs = [\"raw\"]\noutputs = [\"rows\"]\n",
        "[nodes.scrub]\ninputs = [\"rows\", \"meta\"]\noutputs = [\"cleaned\"]\n",
        "[multipipelines.g]\nnodes = [\"parse\", \"scrub\"]\nover = [\"raw\", \"meta\"]\njoin = \"outer\"\n",
    );
    let group = with_head(body).multipipelines()[0].clone();
    let plan = sliced(&group, "a b", "b c", 2).expect("slices");
    assert_eq!(ids(&plan), [["a"], ["b"]], "`parse` runs for what `meta` lacks");
    assert_eq!(left_out(&plan), ["c nothing to run for it: not in `raw`"]);
    let error = sliced(&group, "", "b c", 2).expect_err("nothing is left").to_string();
    assert!(error.contains("there are 2, of which 2 with nothing to run for them"), "{error}");
}

#[test]
fn a_node_that_sees_slices_sees_what_one_of_its_sets_has() {
    let pipeline = with_head(
        "[nodes.a]\ninputs = [\"raw\", \"meta\"]\n[multinodes.a]\nover = [\"raw\", \"meta\"]\njoin = \"outer\"\n",
    );
    let sliced = |port: fn(&str, &str) -> Port| {
        let ports = ["raw", "meta"].map(|name| port(name, "table"));
        let typed = pipeline.check(&exports([signature("a", ports, [])]), &|_| None).expect("the ports fit");
        sliced(&pipeline.multipipelines()[0].typed(&typed), "a b", "b c", 1).expect("slices")
    };
    assert_eq!(ids(&sliced(data)), [["b"]]);
    assert_eq!(ids(&sliced(partitioned)), [["a", "b", "c"]]);
}

#[test]
fn patterns_of_configure_that_match_nothing_are_found() {
    let keys = "filter = { not = { glob = \"out\" } }\nconfigure = [{ match = \"{y}/1\" }, { match = \"2024/{m}\" }, \
                { match = \"2024/01\" }, { match = \"2025-{d}\" }, { match = \"x\" }, { match = \"out\" }]";
    let unmatched = |raw: &str| sliced(&group(keys), raw, raw, 1).expect("slices").unmatched;
    // An entry that a better one beats counts as matched, and a left-out partition as present.
    assert_eq!(unmatched("2024/01 out"), ["{y}/1", "2025-{d}", "x"]);
    assert_eq!(unmatched("2024/1 2024/01 2025-3 x out"), [""; 0]);
    let group = group(keys);
    let sets = Sets::from(["raw", "meta"].map(|name| (name.to_owned(), set("a b"))));
    let plan = group.slice(&sets, Some("b"), &BTreeSet::new(), workers(1)).expect("nothing is new");
    assert_eq!((plan.slices.len(), plan.unmatched), (0, Vec::new()));
}

#[test]
fn what_the_multipipeline_is_not_about_need_not_join() {
    let group = group("filter = { glob = \"2024/*\" }\nconfigure = [{ match = \"2024/bad\", skip = true }]");
    let plan = sliced(&group, "2023/1 2024/1 2024/bad", "2024/1 2022/1", 1).expect("the rest is in both");
    assert_eq!(ids(&plan), [["2024/1"]]);
    assert_eq!(plan.left_out.len(), 3);
}

/// There, a partition without a configurator gets no argument, and those behind it move up.
#[test]
fn a_partition_without_an_entry_has_the_plain_parameters() {
    let pipeline = with_head(CLEANING);
    let group = &pipeline.multipipelines()[0];
    let sets = Sets::from(["raw", "meta"].map(|name| (name.to_owned(), set("2024/01 2024/13"))));
    let plan = group.slice(&sets, None, &BTreeSet::new(), workers(1)).expect("slices");
    assert_eq!(left_out(&plan), ["2024/13 skipped by `configure`"]);
    let params = &pipeline.manifest().params;
    let part = &plan.slices[0][0];
    assert_eq!(part.configure, Some(0));
    assert_eq!(Value::Object(group.params_for(part, params)), json!({"limit": 3, "deep": {"a": 1, "b": 7}}));
    let plain = Part { configure: None, ..part.clone() };
    assert_eq!(group.params_for(&plain, params), *params);
}

/// There, `2020-02-31` fits the format and ends the slicer.
#[test]
fn an_impossible_date_is_out_and_ends_nothing() {
    let group = single("filter = { dates = { from = \"2020-01-01\", to = 2020-12-31 } }");
    let raw = "x/2020-02-31 x/2020-02-29 x/2019-12-31 x/2020-01-01 x/2020-12-31 x/2021-01-01 x";
    let plan = sliced(&group, raw, "", 1).expect("slices");
    assert_eq!(ids(&plan), [["x/2020-01-01", "x/2020-02-29", "x/2020-12-31"]]);
}

#[test]
fn filters_are_globs_expressions_dates_and_what_is_made_of_them() {
    let accepted = |filter: &str| {
        let raw = "2023/12 2024/01 2024/02/x 2024-03-15 other";
        let plan = sliced(&single(&format!("filter = {filter}\non_empty = \"skip\"")), raw, "", 1).expect("slices");
        ids(&plan).concat().into_iter().map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(accepted("{ glob = \"2024/*\" }"), "2024/01");
    assert_eq!(accepted("{ glob = \"2024/**\" }"), "2024/01 2024/02/x");
    assert_eq!(accepted("{ glob = \"*\" }"), "2024-03-15 other");
    assert_eq!(accepted("{ regex = \"/0[12]\" }"), "2024/01 2024/02/x");
    assert_eq!(accepted("{ dates = { from = 2024-01-01, format = \"%Y/%m\" } }"), "2024/01 2024/02/x");
    assert_eq!(accepted("{ dates = { to = 2024-12-31 } }"), "2024-03-15");
    assert_eq!(accepted("{ not = { regex = \"2\" } }"), "other");
    // Several keys: all of them.
    assert_eq!(accepted("{ glob = \"2024/**\", regex = \"x\" }"), "2024/02/x");
    assert_eq!(accepted("{ not = { glob = \"2024/**\", regex = \"x\" }, regex = \"/\" }"), "2023/12 2024/01");
    assert_eq!(accepted("{ any = [{ glob = \"o*\" }, { regex = \"^2023\" }] }"), "2023/12 other");
    assert_eq!(accepted("{ all = [{ regex = \"2024\" }, { regex = \"-\" }] }"), "2024-03-15");
}
