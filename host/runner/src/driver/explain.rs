//! The error of a node for people who know datasets: a node knows the names of its ports only.
//!
//! `wpipe-sdk` names an input as ``the input `sales` ``, and what a file needs to be read otherwise as a piece of a
//! manifest: `` `types = { price = "f64" }` ``. Here the dataset is added, and the place where that piece belongs. A guest
//! that says so without reason deceives its own author only.

use wpipe_catalog::options_of;
use wpipe_data::table::toml_key;
use wpipe_pipeline::{FormatId, NodeId};
use wpipe_sandbox::CallError;
use wpipe_text::{GuestText, one_line};

use crate::{Binding, Job};

/// The words that a piece of a manifest begins and ends with.
const PIECE: (&str, &str) = ("`types = { ", " }`");

/// What may follow the piece, and says nothing that the help does not say.
const OF_A_DATASET: &str = " for their dataset";

/// Returns the error of a call, with the datasets of the inputs that it names, and the remedy, if it names one.
pub(super) fn explain(error: CallError, job: &Job, node: NodeId) -> (CallError, Option<String>) {
    let explained = |text: &GuestText| {
        text.edited(|text| name_datasets(text, job, node).and_then(|dataset| take_help(text, job, dataset)))
    };
    match error {
        CallError::Failed(text) => {
            let (text, help) = explained(&text);
            (CallError::Failed(text), help)
        }
        CallError::Panicked { message, file, line, column } => {
            let (message, help) = explained(&message);
            (CallError::Panicked { message, file, line, column }, help)
        }
        other => (other, None),
    }
}

/// Names the dataset behind each input that is named, where its name is another one. Returns the dataset of the first.
fn name_datasets(text: &mut String, job: &Job, node: NodeId) -> Option<FormatId> {
    let (of, bound) = (&job.graph[node], &job.nodes[node]);
    let signature = bound.component.signature(&of.function)?;
    let mut first = None::<(usize, FormatId)>;
    for (port, binding) in signature.inputs.iter().zip(&bound.inputs) {
        let Binding::Dataset(format) = binding else { continue };
        let named = format!("input `{}`", port.name);
        let Some(at) = text.find(&named) else { continue };
        if first.is_none_or(|(before, _)| at < before) {
            first = Some((at, *format));
        }
        let dataset = &job.graph[*format].name;
        if *dataset != port.name {
            text.insert_str(at + named.len(), &format!(" (dataset `{dataset}`)"));
        }
    }
    first.map(|(_, format)| format)
}

/// Takes the piece of a manifest that would help out of the text, together with its clause, and returns it with its place.
fn take_help(text: &mut String, job: &Job, format: FormatId) -> Option<String> {
    let Cut { message, piece, also } = cut(text)?;
    // Both are the guest's words.
    let (length, help) = (message.len(), help(&one_line(piece), job, format)? + &one_line(also));
    text.truncate(length);
    Some(help)
}

/// A message, and the piece of a manifest that its last clause is about.
struct Cut<'t> {
    message: &'t str,
    piece: &'t str,
    /// Another remedy.
    also: &'t str,
}

/// Cuts the last clause off, if it is about a piece of a manifest.
fn cut(text: &str) -> Option<Cut<'_>> {
    let start = text.find(PIECE.0)?;
    let end = start + text[start..].find(PIECE.1)? + PIECE.1.len();
    let message = &text[..text[..start].rfind(": ")?];
    let also = match &text[end..] {
        "" | OF_A_DATASET => "",
        other if other.starts_with("; ") => other,
        // It goes on, and would make no sense without this clause.
        _ => return None,
    };
    Some(Cut { message, piece: &text[start..end], also })
}

/// Returns where a piece of a manifest belongs, or else who could do without it; `None` if nobody is known.
fn help(piece: &str, job: &Job, format: FormatId) -> Option<String> {
    let (graph, name) = (&job.graph, &job.graph[format].name);
    let stored = graph[format].stored.as_ref();
    let is_read_from_storage = stored.is_some_and(|stored| stored.reload) || !graph.is_written(format);
    if !is_read_from_storage && let Some(maker) = graph.maker(format) {
        let maker = &graph[maker].name;
        return Some(format!(
            "node `{maker}` makes dataset `{name}`: let it write the column so, or read what it writes"
        ));
    }
    let stored = stored.filter(|stored| options_of(&stored.kind).contains(&"types"))?;
    // `types` is a table of its own, which holds all columns that are declared.
    let kind = &stored.kind;
    Some(format!("declare it where dataset `{name}` ({kind}) is described, `[datasets.{}]`: {piece}", toml_key(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_a_piece_of_a_manifest_stays() {
        for text in ["no column `x`", "`types = { x", "`types = { x = \"f64\" }`", "a: b `types = { x = \"f64\" }` c"] {
            assert!(cut(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_clause_of_a_piece_becomes_the_help() {
        let text = "the input `a`: column `x` is i64, not f64: a file is read so with `types = { x = \"f64\" }`; or so";
        let cut = cut(text).expect("a piece");
        assert_eq!(
            (cut.message, cut.piece),
            ("the input `a`: column `x` is i64, not f64", "`types = { x = \"f64\" }`")
        );
        assert_eq!(cut.also, "; or so");
    }
}
