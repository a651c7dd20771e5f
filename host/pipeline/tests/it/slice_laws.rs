//! Laws of the slicer and its filters, on random sets and settings.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use wpipe_pipeline::{LeftOutReason, SliceError, SlicePlan};

use crate::slices::{Sets, group, single, workers};

const IDS: &str = "[ab]{1,3}|2024/[01]";

fn set() -> impl Strategy<Value = BTreeMap<String, u64>> {
    btree_map(IDS, prop_oneof![Just(0), 0..20_u64, any::<u64>()], 0..12)
}

fn sets() -> impl Strategy<Value = Sets> {
    (set(), set()).prop_map(|(raw, meta)| Sets::from([("raw".to_owned(), raw), ("meta".to_owned(), meta)]))
}

fn ids(plan: &SlicePlan) -> Vec<&str> {
    plan.slices.iter().flatten().map(|part| part.id.as_str()).collect()
}

/// Returns a group with only this join, in which no partition is no error.
fn joining(join: &str) -> wpipe_pipeline::Multipipeline {
    group(&format!("join = \"{join}\"\non_empty = \"skip\""))
}

/// Returns the least size of the largest of `slices` contiguous groups, by trying every place of the first cut.
fn smallest_largest(sizes: &[u128], slices: usize) -> u128 {
    if slices <= 1 {
        return sizes.iter().sum();
    }
    let cuts = 1..=sizes.len() - (slices - 1);
    let of_cut = |at: usize| sizes[..at].iter().sum::<u128>().max(smallest_largest(&sizes[at..], slices - 1));
    cuts.map(of_cut).min().unwrap_or_default()
}

proptest! {
    #[test]
    fn every_id_is_in_one_slice_or_left_out(
        sets in sets(),
        join in prop::sample::select(vec!["inner", "outer"]),
        balance in prop::sample::select(vec!["count", "size"]),
        filter in prop::sample::select(vec!["a*", "*", "2024/*"]),
        checkpoint in prop::option::of(IDS),
        done in btree_set(IDS, 0..4),
        count in 1..6_usize,
    ) {
        let keys = format!("join = \"{join}\"\nbalance = \"{balance}\"\nfilter = {{ glob = \"{filter}\" }}\non_empty = \"skip\"");
        let plan = group(&keys).slice(&sets, checkpoint.as_deref(), &done, workers(count)).expect("a plan");
        let all: BTreeSet<_> = sets.values().flat_map(BTreeMap::keys).map(String::as_str).collect();
        let sliced = ids(&plan);
        prop_assert!(sliced.is_sorted());
        let left_out: Vec<_> = plan.left_out.iter().map(|left| left.id.as_str()).collect();
        prop_assert!(left_out.is_sorted());
        prop_assert_eq!(sliced.len() + left_out.len(), all.len());
        prop_assert_eq!(sliced.iter().chain(&left_out).copied().collect::<BTreeSet<_>>(), all);
        prop_assert!(plan.slices.iter().all(|slice| !slice.is_empty()));
        prop_assert_eq!(plan.slices.len(), count.min(sliced.len()));
        for id in sliced {
            prop_assert!(!done.contains(id) && checkpoint.as_deref().is_none_or(|checkpoint| id > checkpoint));
        }
    }

    #[test]
    fn joins_are_those_of_sets(sets in sets()) {
        let slice = |join| joining(join).slice(&sets, None, &BTreeSet::new(), workers(3));
        let (raw, meta): (BTreeSet<_>, BTreeSet<_>) = (sets["raw"].keys().collect(), sets["meta"].keys().collect());
        let both: Vec<_> = raw.intersection(&meta).map(|id| id.as_str()).collect();
        let any: Vec<_> = raw.union(&meta).map(|id| id.as_str()).collect();
        let [inner, outer] = [slice("inner"), slice("outer")].map(|plan| plan.expect("a plan"));
        prop_assert_eq!(ids(&inner), both.clone());
        prop_assert_eq!(ids(&outer), any);
        prop_assert!(outer.left_out.is_empty());
        for left in &inner.left_out {
            let lacks = if raw.contains(&left.id) { "meta" } else { "raw" };
            prop_assert_eq!(&left.reason, &LeftOutReason::NotIn(vec![lacks.to_owned()]));
        }
        // If all datasets have all partitions, the three joins are equal.
        match slice("strict") {
            Ok(strict) => {
                prop_assert_eq!(&raw, &meta);
                prop_assert_eq!(&strict, &inner);
                prop_assert_eq!(&strict, &outer);
            }
            Err(SliceError::NotJoined { count, total, .. }) => {
                prop_assert_eq!(count, raw.symmetric_difference(&meta).count());
                prop_assert_eq!(total, raw.union(&meta).count());
            }
            Err(error) => prop_assert!(false, "{}", error),
        }
        // Every node runs for a partition that all datasets have.
        let outer_join = joining("outer");
        for part in outer.slices.iter().flatten() {
            let runs = outer_join.nodes.iter().all(|node| outer_join.runs(node, part));
            prop_assert_eq!(runs, both.contains(&part.id.as_str()));
        }
    }

    #[test]
    fn counts_differ_by_one_at_most(raw in set(), count in 1..6_usize) {
        let plan = single("on_empty = \"skip\"")
            .slice(&Sets::from([("raw".to_owned(), raw)]), None, &BTreeSet::new(), workers(count))
            .expect("a plan");
        let lengths: Vec<_> = plan.slices.iter().map(Vec::len).collect();
        if let (Some(least), Some(most)) = (lengths.iter().min(), lengths.iter().max()) {
            prop_assert!(most - least <= 1, "{:?}", lengths);
        }
    }

    #[test]
    fn no_other_cuts_make_a_smaller_largest_slice(
        sizes in vec(prop_oneof![Just(0), 0..20_u64, Just(u64::MAX)], 1..9),
        count in 1..6_usize,
    ) {
        let raw = sizes.iter().enumerate().map(|(index, size)| (index.to_string(), *size)).collect();
        let plan = single("balance = \"size\"")
            .slice(&Sets::from([("raw".to_owned(), raw)]), None, &BTreeSet::new(), workers(count))
            .expect("a plan");
        let weight = |size: u64| u128::from(size.max(1));
        let sums = plan.slices.iter().map(|slice| slice.iter().map(|part| weight(part.size)).sum::<u128>());
        let weights: Vec<_> = sizes.iter().map(|size| weight(*size)).collect();
        prop_assert_eq!(sums.max(), Some(smallest_largest(&weights, plan.slices.len())));
    }

    #[test]
    fn no_id_and_no_format_makes_a_filter_panic(id in r"\PC{0,20}", format in "(%Y|%m|%d|%%|é|-|[0-9]){0,6}") {
        let keys = format!("filter = {{ dates = {{ from = 2024-01-01, format = \"%Y{}\" }} }}", format.replace("%Y", ""));
        let text = format!(
            "{}[nodes.a]\ninputs = [\"raw\"]\n[multinodes.a]\nover = [\"raw\"]\n{keys}\n",
            crate::support::HEAD
        );
        if let Ok(pipeline) = wpipe_pipeline::Pipeline::load(crate::support::source(&text)) {
            let filter = pipeline.multipipelines()[0].policy.filter.clone().expect("a filter");
            filter.accepts(&id);
        }
    }

    #[test]
    fn of_entries_the_most_specific_is_found_whatever_their_order(
        id in "[ab]/[ab]",
        order in Just(vec!["{x}", "a/{x}", "{x}/b", "a/b", "{x}/{y}"]).prop_shuffle(),
    ) {
        let entries: Vec<_> = order.iter().map(|pattern| format!("{{ match = \"{pattern}\" }}")).collect();
        let group = single(&format!("configure = [{}]", entries.join(", ")));
        let raw = BTreeMap::from([(id.clone(), 1)]);
        let plan = group.slice(&Sets::from([("raw".to_owned(), raw)]), None, &BTreeSet::new(), workers(1)).expect("a plan");
        let found = plan.slices[0][0].configure.map(|index| group.policy.configure[index].pattern.as_str());
        let best = match id.as_str() {
            "a/b" => "a/b",
            "a/a" => "a/{x}",
            "b/b" => "{x}/b",
            _ => "{x}/{y}",
        };
        prop_assert_eq!(found, Some(best));
    }
}

/// Checks every pair of these filters, on ids of which some are accepted by each and some are not.
#[test]
fn filters_obey_the_laws_of_logic() {
    const LEAVES: [&str; 5] = [
        "{ glob = \"a*\" }",
        "{ regex = \"b$\" }",
        "{ glob = \"**\" }",
        "{ regex = \"^x\" }",
        "{ dates = { from = 2024-01-01, format = \"%Y\" } }",
    ];
    const IDS: [&str; 8] = ["a", "ab", "b", "c", "2023/a", "2024/b", "2024/c", "a2025b"];
    let accepts = |filter: &str| {
        let filter = single(&format!("filter = {filter}")).policy.filter.expect("a filter");
        IDS.map(|id| filter.accepts(id))
    };
    for (a, b) in LEAVES.iter().flat_map(|a| LEAVES.iter().map(move |b| (a, b))) {
        let laws = [
            (format!("{{ not = {{ not = {a} }} }}"), (*a).to_owned()),
            (format!("{{ not = {{ all = [{a}, {b}] }} }}"), format!("{{ any = [{{ not = {a} }}, {{ not = {b} }}] }}")),
            (format!("{{ not = {{ any = [{a}, {b}] }} }}"), format!("{{ all = [{{ not = {a} }}, {{ not = {b} }}] }}")),
            (format!("{{ all = [{a}, {b}] }}"), format!("{{ all = [{b}, {a}] }}")),
            (format!("{{ any = [{a}, {b}] }}"), format!("{{ any = [{b}, {a}] }}")),
            (format!("{{ all = [{a}], any = [{b}] }}"), format!("{{ all = [{a}, {b}] }}")),
        ];
        for (left, right) in laws {
            assert_eq!(accepts(&left), accepts(&right), "{left} is {right}");
        }
        let (of_a, of_b) = (accepts(a), accepts(b));
        let both = std::array::from_fn(|index| of_a[index] && of_b[index]);
        assert_eq!(accepts(&format!("{{ all = [{a}, {b}] }}")), both);
        let complement = of_a.map(|accepted| !accepted);
        assert_eq!(accepts(&format!("{{ not = {a} }}")), complement);
    }
}
