//! Laws that hold for every manifest, and for every text that is none.

use miette::Diagnostic;
use proptest::collection::vec;
use proptest::prelude::*;
use wpipe_pipeline::{Pipeline, Problems};

use crate::support::{CLEANING, HEAD, IRIS, render, source};

/// Returns nodes of a graph without cycles: each reads some outputs of earlier ones.
fn acyclic() -> impl Strategy<Value = Vec<(String, Vec<usize>)>> {
    let nodes = vec((r"[a-zA-Z_.é-]{1,6}", vec(any::<prop::sample::Index>(), 0..4)), 1..12);
    nodes.prop_map(|nodes| {
        let nodes = nodes.into_iter().enumerate();
        nodes
            .map(|(index, (name, reads))| {
                let earlier = reads.iter().filter(|_| index > 0).map(|read| read.index(index));
                (format!("{name}{index}"), earlier.collect())
            })
            .collect()
    })
}

/// Returns one table a node, which reads datasets in another format than they are written in.
fn tables(nodes: &[(String, Vec<usize>)]) -> Vec<String> {
    let table = |(index, (name, reads)): (usize, &(String, Vec<usize>))| {
        let inputs: Vec<_> = reads.iter().map(|read| format!("\"d{read}@f{}\"", index % 2)).collect();
        format!("[nodes.\"{name}\"]\nuses = \"c/f\"\ninputs = [{}]\noutputs = [\"d{index}@w\"]\n", inputs.join(", "))
    };
    nodes.iter().enumerate().map(table).collect()
}

fn load(text: &str) -> Result<Pipeline, Problems> {
    Pipeline::load(source(text))
}

fn labels_are_within(text: &str, problems: &Problems) -> Result<(), TestCaseError> {
    for problem in problems {
        for label in Diagnostic::labels(problem).into_iter().flatten() {
            let range = label.offset()..label.offset() + label.len();
            prop_assert!(text.get(range.clone()).is_some(), "{range:?} of {}", text.len());
        }
    }
    // Rendering fails if a label leaves its text.
    render(problems);
    Ok(())
}

proptest! {
    #[test]
    fn order_and_plan_do_not_depend_on_the_order_of_declaration(
        (nodes, shuffled) in acyclic().prop_flat_map(|nodes| {
            let tables = tables(&nodes);
            (Just(tables.clone()), Just(tables).prop_shuffle())
        })
    ) {
        let straight = load(&format!("{HEAD}{}", nodes.concat())).expect("a valid manifest");
        let shuffled = load(&format!("{HEAD}{}", shuffled.concat())).expect("a valid manifest");
        prop_assert_eq!(straight.plan_collapsed(), shuffled.plan_collapsed());
    }

    #[test]
    fn every_edge_goes_up_and_every_level_is_earned(nodes in acyclic()) {
        let pipeline = load(&format!("{HEAD}{}", tables(&nodes).concat())).expect("a valid manifest");
        prop_assert_eq!(pipeline.nodes().len(), nodes.len());
        for node in pipeline.nodes() {
            let parents = node.inputs.iter().filter_map(|input| pipeline.producer(input));
            let highest = parents.map(|parent| parent.level).max();
            prop_assert_eq!(node.level, highest.map_or(0, |level| level + 1), "{}", &node.name);
        }
        let ranks = pipeline.nodes().iter().map(|node| (node.level, &node.name));
        prop_assert!(ranks.is_sorted());
    }

    #[test]
    fn a_back_edge_is_always_a_cycle(nodes in acyclic(), at in any::<prop::sample::Index>()) {
        let mut nodes = nodes;
        // A chain from the first node to the last makes any edge back close a cycle.
        for (index, (_, reads)) in nodes.iter_mut().enumerate().skip(1) {
            reads.push(index - 1);
        }
        prop_assume!(nodes.len() > 1);
        let last = nodes.len() - 1;
        let first = at.index(last);
        nodes[first].1.push(last);
        let text = format!("{HEAD}{}", tables(&nodes).concat());
        let problems = load(&text).expect_err("a cycle");
        prop_assert_eq!(problems.iter().map(|problem| problem.kind()).collect::<Vec<_>>(), ["wpipe::graph::cycle"]);
        labels_are_within(&text, &problems)?;
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in r"(\PC|\n|\r|\[|\]|=|\.){0,200}") {
        if let Err(problems) = load(&text) {
            labels_are_within(&text, &problems)?;
        }
    }

    #[test]
    fn no_change_to_a_manifest_makes_the_parser_panic(
        text in prop::sample::select(vec![IRIS.to_owned(), format!("{HEAD}{CLEANING}")]),
        edits in vec((any::<prop::sample::Index>(), 0..12_usize, r#"(\PC|\n|"|'|\[|\]|\{|\}|=|@|nodes|over|datasets|inputs|params:|match|glob|[0-9.]){0,6}"#), 1..6)
    ) {
        let mut text = text;
        for (at, length, replacement) in edits {
            let start = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.ceil_char_boundary(start + length);
            text.replace_range(start..end, &replacement);
        }
        if let Err(problems) = load(&text) {
            labels_are_within(&text, &problems)?;
        }
    }

    #[test]
    fn no_swap_of_lines_makes_the_parser_panic(
        lines in prop::sample::select(vec![IRIS, CLEANING])
            .prop_flat_map(|text| Just(text.lines().collect::<Vec<_>>()).prop_shuffle())
    ) {
        let text = lines.join("\n");
        if let Err(problems) = load(&text) {
            labels_are_within(&text, &problems)?;
        }
    }
}

#[test]
fn deep_nesting_is_a_syntax_error_and_overflows_no_stack() {
    const DEEP: usize = 100_000;
    let texts = [
        format!("{HEAD}[params]\na = {}{}", "[".repeat(DEEP), "]".repeat(DEEP)),
        format!("{HEAD}[params]\na = {}1{}", "{a = ".repeat(DEEP), "}".repeat(DEEP)),
        format!("{HEAD}[params]\n{}a = 1", "a.".repeat(DEEP)),
        format!("{HEAD}[params.{}a]\nb = 1", "a.".repeat(DEEP)),
    ];
    for text in texts {
        let problems = load(&text).expect_err("deeper than any manifest");
        assert!(problems.iter().all(|problem| problem.kind() == "wpipe::manifest::syntax"));
    }
}
