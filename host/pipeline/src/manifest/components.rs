//! `[components]`.

use std::path::PathBuf;

use super::fields::{Fields, conflict};
use super::paths::{self, Purpose};
use super::spec::{ComponentSpans, ComponentSpec, Origin, Target};
use super::tree::Entry;
use crate::dataset_name::is_word;
use crate::problem::Problem;
use crate::source::Span;
use wpipe_text::did_you_mean_or_list;

/// Reads one entry of `[components]`.
pub(crate) fn component(entry: &Entry, out: &mut Vec<Problem>) -> Option<ComponentSpec> {
    let mut fields = Fields::of(format!("component `{}`", entry.key), entry, out)?;
    if !is_word(&entry.key) {
        out.push(bad_name("component", &entry.key, &entry.key_span));
    }
    let origin = origin(&mut fields, out);
    let target = fields.string("target", out).map(|(name, span)| target(name, span, out));
    fields.refuse_rest(out);
    let (origin, span) = origin?;
    Some(ComponentSpec {
        name: entry.key.clone(),
        origin,
        target: target.unwrap_or_default(),
        spans: ComponentSpans { origin: span },
    })
}

fn origin(fields: &mut Fields<'_>, out: &mut Vec<Problem>) -> Option<(Origin, Span)> {
    let (folder, file) = (fields.optional("crate"), fields.optional("path"));
    match (folder, file) {
        (Some(folder), Some(file)) => {
            out.push(conflict(fields.owner(), folder, file));
            None
        }
        (Some(_), None) => {
            let (text, span) = fields.string("crate", out)?;
            paths::check(fields, "crate", (text, span), Purpose::Local, out);
            Some((Origin::Crate(PathBuf::from(text)), span.clone()))
        }
        (None, Some(_)) => {
            let (text, span) = fields.string("path", out)?;
            paths::check(fields, "path", (text, span), Purpose::Local, out);
            Some((Origin::Path(PathBuf::from(text)), span.clone()))
        }
        (None, None) => {
            out.push(fields.missing("`crate` or `path`", &["crate", "path"]));
            None
        }
    }
}

fn target(name: &str, span: &Span, out: &mut Vec<Problem>) -> Target {
    if let Some(target) = Target::ALL.into_iter().find(|target| target.as_str() == name) {
        return target;
    }
    out.push(
        Problem::new("wpipe::manifest::bad_value", format!("unknown target `{name}`"))
            .label(span, "no component can be built for this")
            .help(did_you_mean_or_list(name, "known targets", &Target::ALL.map(Target::as_str))),
    );
    Target::default()
}

/// Reports a name with characters that names of this kind may not have.
pub(crate) fn bad_name(kind: &str, name: &str, span: &Span) -> Problem {
    let stranger = name.chars().find(|c| !is_word(&c.to_string()));
    let label = stranger.map_or("the name is empty".to_owned(), |c| format!("{c:?} is not allowed here"));
    Problem::new("wpipe::manifest::bad_name", format!("`{name}` cannot be the name of a {kind}"))
        .label(span, label)
        .help("use letters, digits, `_`, `.` and `-`".to_owned())
}
