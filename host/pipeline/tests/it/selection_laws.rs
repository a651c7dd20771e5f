//! Laws of selections, only-missing outputs and resuming, on random pipelines.

use std::collections::BTreeSet;
use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use wpipe_pipeline::{Node, Pipeline, Selection, SelectionError, base_name};

use crate::support::with_head;

/// A node before it has a name: it may read the outputs of earlier ones.
type Draft = (usize, BTreeSet<usize>, Vec<(Index, bool)>, Vec<Output>);

#[derive(Debug, Clone, Copy)]
struct Output {
    has_formats: bool,
    is_stored: bool,
}

fn output() -> impl Strategy<Value = Output> {
    (prop::bool::weighted(0.25), any::<bool>()).prop_map(|(has_formats, is_stored)| Output { has_formats, is_stored })
}

/// Returns manifests with namespaces, tags, formats, datasets of which some are stored, and now and then a
/// multipipeline.
pub(crate) fn manifests() -> impl Strategy<Value = String> {
    let tags = prop::collection::btree_set(0..3_usize, 0..3);
    let draft = (0..4_usize, tags, vec((any::<Index>(), any::<bool>()), 0..4), vec(output(), 0..3));
    let group = prop::option::of((any::<Index>(), any::<Index>()));
    (vec(draft, 1..12), group).prop_map(|(drafts, group)| {
        // No path leads out of neighbours in an order and back into them.
        let group = group.map(|(a, b)| (a.index(drafts.len()), b.index(drafts.len())));
        manifest(&drafts, group.map_or(0..0, |(a, b)| a.min(b)..a.max(b) + 1))
    })
}

fn manifest(drafts: &[Draft], group: Range<usize>) -> String {
    let mut text = "[params]\np = 1\n".to_owned();
    let mut members = Vec::new();
    let mut made: Vec<(String, bool)> = Vec::new();
    for (index, (namespace, tags, reads, outputs)) in drafts.iter().enumerate() {
        let mut inputs: Vec<_> = reads
            .iter()
            .filter(|_| !made.is_empty())
            .map(|(read, other)| {
                let (name, has_formats) = &made[read.index(made.len())];
                let format = if *other { "@other" } else { "@own" };
                if *has_formats { format!("{name}{format}") } else { name.clone() }
            })
            .collect();
        if inputs.is_empty() {
            inputs.extend(["free".to_owned(), "params:p".to_owned()]);
        }
        if group.contains(&index) {
            inputs.push("raw".to_owned());
        }
        let mut written = Vec::new();
        for (place, Output { has_formats, is_stored }) in outputs.iter().enumerate() {
            let name = format!("d{index}_{place}");
            let formats: &[_] = if *has_formats { &["@own", "@other"] } else { &[""] };
            written.push(format!("{name}{}", formats[0]));
            for format in formats.iter().filter(|_| *is_stored) {
                text += &format!("[datasets.\"{name}{format}\"]\ntype = \"archive\"\npath = \"{name}\"\n");
            }
            made.push((name, *has_formats));
        }
        let tags: Vec<_> = tags.iter().map(|tag| ["s", "t", "u"][*tag]).collect();
        let name = format!("{}n{index}", ["", "k.", "k.l.", "kk."][*namespace]);
        members.extend(group.contains(&index).then(|| name.clone()));
        text +=
            &format!("[nodes.{name:?}]\nuses = \"f\"\ninputs = {inputs:?}\noutputs = {written:?}\ntags = {tags:?}\n");
    }
    if !members.is_empty() {
        text += &format!("[multipipelines.group]\nnodes = {members:?}\nover = [\"raw\"]\n");
    }
    text
}

const FILTERS: usize = 7;

/// Returns the names that a filter, given by its number, can use.
fn nameable(pipeline: &Pipeline, filter: usize) -> Vec<String> {
    let of = |names: fn(&Node) -> Vec<String>| pipeline.nodes().iter().flat_map(names).collect::<BTreeSet<_>>();
    let with_bases = |names: BTreeSet<String>| {
        let bases: Vec<_> = names.iter().map(|name| base_name(name).to_owned()).collect();
        names.into_iter().chain(bases).collect::<BTreeSet<_>>()
    };
    let names = match filter {
        0 => of(|node| node.tags.iter().cloned().collect()),
        1 => of(|node| node.namespace.iter().cloned().collect()),
        2 => with_bases(of(|node| node.inputs.clone())),
        3 => with_bases(of(|node| node.outputs.clone())),
        _ => of(|node| vec![node.name.clone()]),
    };
    names.into_iter().collect()
}

/// Returns the selection of one filter by its number.
fn filter(filter: usize, items: Vec<String>) -> Selection {
    let all = Selection::default();
    match filter {
        0 => Selection { tags: items, ..all },
        1 => Selection { namespaces: items, ..all },
        2 => Selection { from_inputs: items, ..all },
        3 => Selection { to_outputs: items, ..all },
        4 => Selection { from_nodes: items, ..all },
        5 => Selection { to_nodes: items, ..all },
        _ => Selection { nodes: items, ..all },
    }
}

/// Picks names that a filter can use, with `+` and globs where they make sense. Returns none if there is nothing to
/// name.
fn pick(pipeline: &Pipeline, filter: usize, picks: &[(Index, u8)]) -> Vec<String> {
    let names = nameable(pipeline, filter);
    let items = picks.iter().filter(|_| !names.is_empty()).map(|(index, form)| {
        let name = index.get(&names);
        match (form % 6, filter == FILTERS - 1) {
            (0, true) => format!("+{name}"),
            (1, true) => format!("{name}+"),
            (2, true) => format!("+{name}+"),
            (3, _) => format!("{}?", &name[..name.len() - 1]),
            (4, _) => format!("*{}", &name[name.len() - 1..]),
            _ => name.clone(),
        }
    });
    items.collect()
}

fn picks() -> impl Strategy<Value = Vec<(Index, u8)>> {
    vec((any::<Index>(), any::<u8>()), 1..4)
}

fn names(pipeline: &Pipeline) -> Vec<&str> {
    pipeline.nodes().iter().map(|node| node.name.as_str()).collect()
}

/// Returns the names of the selected nodes; none if that is the error.
fn select(pipeline: &Pipeline, selection: &Selection) -> Result<Vec<String>, TestCaseError> {
    match pipeline.select(selection) {
        Ok(part) => Ok(names(&part).into_iter().map(str::to_owned).collect()),
        Err(SelectionError::Empty { .. }) => Ok(Vec::new()),
        Err(error) => Err(TestCaseError::fail(error.to_string())),
    }
}

/// Returns the datasets that a node makes for storage, by base name.
fn stored_by<'p>(pipeline: &'p Pipeline, node: &'p Node) -> impl Iterator<Item = &'p str> {
    let outputs = node.outputs.iter();
    let is_stored = |name: &str| pipeline.dataset(name).is_some_and(|dataset| dataset.spec.is_some());
    outputs.filter(move |name| is_stored(name)).map(|name| base_name(name))
}

/// Returns the datasets in storage after the nodes of `part` ran one after the other, all by base name.
///
/// Fails if a node reads another's output that neither this run nor storage has.
fn run<'p>(
    pipeline: &'p Pipeline,
    part: &'p Pipeline,
    storage: &BTreeSet<&'p str>,
) -> Result<BTreeSet<&'p str>, TestCaseError> {
    let (mut storage, mut memory) = (storage.clone(), BTreeSet::new());
    for node in part.nodes() {
        for input in node.inputs.iter().filter(|input| pipeline.producer(input).is_some()) {
            let input = base_name(input);
            prop_assert!(memory.contains(input) || storage.contains(input), "{} cannot read {input}", node.name);
        }
        memory.extend(node.outputs.iter().map(|output| base_name(output)));
        storage.extend(stored_by(part, node));
    }
    Ok(storage)
}

fn all_stored(pipeline: &Pipeline) -> BTreeSet<&str> {
    pipeline.nodes().iter().flat_map(|node| stored_by(pipeline, node)).collect()
}

/// Returns some of `all`: those whose place `chosen` has.
fn some<'a>(all: impl IntoIterator<Item = &'a str>, chosen: &[bool]) -> BTreeSet<&'a str> {
    all.into_iter().zip(chosen).filter(|(_, chosen)| **chosen).map(|(name, _)| name).collect()
}

proptest! {
    #[test]
    fn a_selection_is_what_its_filters_have_in_common_less_what_is_excluded(
        text in manifests(),
        wanted in prop::collection::btree_map(0..FILTERS, picks(), 1..4),
        excluded in proptest::option::of(picks()),
    ) {
        let pipeline = with_head(&text);
        let mut left = names(&pipeline).into_iter().map(str::to_owned).collect::<Vec<_>>();
        let mut whole = Selection::default();
        for (number, picks) in &wanted {
            let items = pick(&pipeline, *number, picks);
            let alone = filter(*number, items);
            if alone.is_everything() {
                continue;
            }
            let own = select(&pipeline, &alone)?;
            left.retain(|name| own.contains(name));
            let [a, b] = [whole, alone];
            whole = Selection {
                tags: [a.tags, b.tags].concat(),
                namespaces: [a.namespaces, b.namespaces].concat(),
                from_inputs: [a.from_inputs, b.from_inputs].concat(),
                to_outputs: [a.to_outputs, b.to_outputs].concat(),
                from_nodes: [a.from_nodes, b.from_nodes].concat(),
                to_nodes: [a.to_nodes, b.to_nodes].concat(),
                nodes: [a.nodes, b.nodes].concat(),
                exclude: Vec::new(),
            };
        }
        if let Some(picks) = excluded {
            whole.exclude = pick(&pipeline, FILTERS - 1, &picks);
            let out = select(&pipeline, &filter(FILTERS - 1, whole.exclude.clone()))?;
            left.retain(|name| !out.contains(name));
        }
        prop_assert_eq!(select(&pipeline, &whole)?, left, "{:?}", whole);
    }

    #[test]
    fn a_filter_is_the_union_of_its_items_in_any_order(
        text in manifests(),
        number in 0..FILTERS,
        picks in picks(),
    ) {
        let pipeline = with_head(&text);
        let items = pick(&pipeline, number, &picks);
        prop_assume!(!items.is_empty());
        let mut each = BTreeSet::new();
        for item in &items {
            each.extend(select(&pipeline, &filter(number, vec![item.clone()]))?);
        }
        let backwards: Vec<_> = items.iter().rev().chain(&items).cloned().collect();
        let selected = select(&pipeline, &filter(number, backwards))?;
        prop_assert_eq!(selected.into_iter().collect::<BTreeSet<_>>(), each);
    }

    #[test]
    fn selecting_twice_is_selecting_once(text in manifests(), number in 0..FILTERS, at in any::<Index>(), form in any::<u8>()) {
        let pipeline = with_head(&text);
        let items = pick(&pipeline, number, &[(at, form)]);
        let selection = filter(number, items);
        if let Ok(once) = pipeline.select(&selection) {
            let twice = once.select(&selection).expect("what is left of what was selected");
            prop_assert_eq!(names(&twice), names(&once));
            prop_assert_eq!(twice.plan_collapsed(), once.plan_collapsed());
        }
    }

    #[test]
    fn a_plus_is_the_filter_in_that_direction(text in manifests(), at in any::<Index>()) {
        let pipeline = with_head(&text);
        let name = at.get(pipeline.nodes()).name.clone();
        let of = |number, item: String| select(&pipeline, &filter(number, vec![item]));
        let [up, down] = [of(5, name.clone())?, of(4, name.clone())?];
        prop_assert_eq!(&of(6, format!("+{name}"))?, &up);
        prop_assert_eq!(&of(6, format!("{name}+"))?, &down);
        let both: BTreeSet<_> = up.into_iter().chain(down).collect();
        prop_assert_eq!(of(6, format!("+{name}+"))?.into_iter().collect::<BTreeSet<_>>(), both);
    }

    #[test]
    fn levels_of_a_selection_are_those_of_the_whole(text in manifests(), keep in vec(any::<bool>(), 12)) {
        let pipeline = with_head(&text);
        let items: Vec<_> = some(names(&pipeline), &keep).into_iter().map(str::to_owned).collect();
        prop_assume!(!items.is_empty());
        let part = pipeline.select(&filter(6, items.clone())).expect("nodes that are there");
        let of_part: Vec<_> = part.nodes().iter().map(|node| (node.level, node.name.clone())).collect();
        let of_whole = pipeline.nodes().iter().filter(|node| items.contains(&node.name));
        prop_assert_eq!(of_part, of_whole.map(|node| (node.level, node.name.clone())).collect::<Vec<_>>());
        for input in part.inputs() {
            prop_assert!(part.producer(input).is_none(), "{}", input);
        }
    }

    #[test]
    fn after_a_run_of_what_is_missing_all_that_is_stored_exists(text in manifests(), there in vec(any::<bool>(), 24)) {
        let pipeline = with_head(&text);
        let all = all_stored(&pipeline);
        let storage = some(all.iter().copied(), &there);
        let Some(part) = pipeline.only_missing_outputs(|name| storage.contains(base_name(name))) else {
            prop_assert_eq!(storage, all);
            return Ok(());
        };
        prop_assert_eq!(run(&pipeline, &part, &storage)?, all);
        for node in part.nodes() {
            let lacks = stored_by(&pipeline, node).any(|output| !storage.contains(output));
            let made: Vec<_> = node.outputs.iter().map(|output| base_name(output)).collect();
            let mut read = part.nodes().iter().flat_map(|node| &node.inputs).map(|input| base_name(input));
            let is_read = read.any(|input| made.contains(&input) && !storage.contains(input));
            prop_assert!(node.outputs.is_empty() || lacks || is_read, "{} runs in vain", node.name);
        }
    }

    #[test]
    fn after_a_run_from_where_it_resumes_all_is_done_and_durable(
        text in manifests(),
        done in vec(prop::bool::weighted(0.7), 12),
        saved in vec(prop::bool::weighted(0.8), 24),
    ) {
        let pipeline = with_head(&text);
        let done = some(names(&pipeline), &done);
        let made = pipeline.nodes().iter().filter(|node| done.contains(node.name.as_str()));
        let made: BTreeSet<_> = made.flat_map(|node| stored_by(&pipeline, node)).collect();
        let storage = some(made, &saved);
        let from = pipeline.resume_from(&done, |name| storage.contains(base_name(name)));
        if from.is_empty() {
            prop_assert_eq!(done.len(), pipeline.nodes().len());
            prop_assert_eq!(storage, all_stored(&pipeline));
            return Ok(());
        }
        let again = |from: &[&str]| {
            pipeline.select(&filter(4, from.iter().map(|name| (*name).to_owned()).collect())).expect("nodes that are there")
        };
        let part = again(&from);
        prop_assert_eq!(run(&pipeline, &part, &storage)?, all_stored(&pipeline));
        let runs = names(&part);
        prop_assert!(names(&pipeline).iter().all(|name| runs.contains(name) || done.contains(name)));

        // Each is needed: it is not done, or another node needs its output, which storage lacks.
        for &first in &from {
            let node = pipeline.node(first).expect("a node");
            let has_to = !done.contains(first) || stored_by(&pipeline, node).any(|output| !storage.contains(output));
            let made: Vec<_> = node.outputs.iter().map(|output| base_name(output)).collect();
            let mut read = part.nodes().iter().flat_map(|node| &node.inputs).map(|input| base_name(input));
            let is_read = read.any(|input| made.contains(&input) && !storage.contains(input));
            prop_assert!(has_to || is_read, "{first} runs in vain");
            let behind = again(&[first]);
            prop_assert!(from.iter().all(|other| *other == first || behind.node(other).is_none()), "{first} is enough");
        }
    }
}
