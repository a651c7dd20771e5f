//! Pictures of a pipeline, with a run or without one: as a page, as SVG, as a Mermaid diagram, as JSON, and as the
//! folder that Kedro-Viz loads.
//!
//! One [`Picture`] is made of the graph and the journal, and laid out once; each form only writes it.

mod command;
mod follow;
mod html;
mod kedro;
mod layout;
mod mermaid;
mod picture;
mod run;
mod svg;
mod why;

pub use follow::Follow;
pub use picture::{Picture, PictureEdge, PictureGroup, PictureRun, Vertex, VertexKind, VertexStatus};
pub(crate) use svg::escaped;
