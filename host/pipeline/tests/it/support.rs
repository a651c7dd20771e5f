//! Manifests and signatures for tests, and problems as a person sees them.

use std::collections::BTreeMap;
use std::sync::Arc;

use miette::{GraphicalReportHandler, GraphicalTheme};
use wpipe_data::{Kind, Port, Signature};
use wpipe_pipeline::{Pipeline, Problems, Source};

/// The columns of the terminal that problems are rendered for.
const WIDTH: usize = 100;

/// The example of the README.
pub(crate) const IRIS: &str = include_str!("fixtures/iris.toml");

/// The beginning of every manifest here.
pub(crate) const HEAD: &str = "[pipeline]\nname = \"test\"\n[components.c]\npath = \"c.wasm\"\n";

/// `fetch` → the group `clean`: `parse` → {`scrub`, `tally`} → `report` and `sum`. Without [`HEAD`].
pub(crate) const CLEANING: &str = include_str!("fixtures/cleaning.toml");

pub(crate) fn source(text: &str) -> Arc<Source> {
    Arc::new(Source::new("pipeline.toml", text))
}

/// Returns the pipeline of a manifest without problems.
pub(crate) fn pipeline(text: &str) -> Pipeline {
    Pipeline::load(source(text)).unwrap_or_else(|problems| panic!("{}", render(&problems)))
}

/// Returns [`pipeline`] with [`HEAD`] before `body`.
pub(crate) fn with_head(body: &str) -> Pipeline {
    pipeline(&format!("{HEAD}{body}"))
}

/// Renders the problems of a manifest as a person sees them.
pub(crate) fn problems(text: &str) -> String {
    render(&Pipeline::load(source(text)).expect_err("a manifest with problems"))
}

/// Renders [`problems`] with [`HEAD`] before `body`.
pub(crate) fn problems_with_head(body: &str) -> String {
    problems(&format!("{HEAD}{body}"))
}

pub(crate) fn render(problems: &Problems) -> String {
    let mut text = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(WIDTH)
        .render_report(&mut text, problems)
        .expect("every label is within its text");
    // Editors strip blanks at the ends of lines.
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Returns a port that carries one buffer of the type `schema`, with a layout of its own.
pub(crate) fn data(name: &str, schema: &str) -> Port {
    let fingerprint = schema.bytes().fold(7, |sum, byte| sum * 31 + u64::from(byte));
    Port { name: name.to_owned(), kind: Kind::Single, schema: schema.to_owned(), fingerprint }
}

pub(crate) fn partitioned(name: &str, schema: &str) -> Port {
    Port { kind: Kind::Partitioned, ..data(name, schema) }
}

pub(crate) fn parameter(name: &str) -> Port {
    Port { name: name.to_owned(), kind: Kind::Parameter, schema: String::new(), fingerprint: 0 }
}

pub(crate) fn signature<const I: usize, const O: usize>(
    name: &str,
    inputs: [Port; I],
    outputs: [Port; O],
) -> Signature {
    Signature { name: name.to_owned(), doc: String::new(), inputs: inputs.into(), outputs: outputs.into() }
}

/// Returns the exports of the one component `c`: `nodes`.
pub(crate) fn exports<const N: usize>(nodes: [Signature; N]) -> BTreeMap<String, Vec<Signature>> {
    BTreeMap::from([("c".to_owned(), nodes.into())])
}

/// Compares with the accepted rendering of the same name as the test.
macro_rules! assert_rendered {
    ($rendered:expr) => {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => true }, {
            insta::assert_snapshot!($rendered);
        })
    };
}
pub(crate) use assert_rendered;
