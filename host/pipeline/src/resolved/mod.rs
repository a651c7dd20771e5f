//! The resolved graph: what a manifest ends in, and what everything else asks.
//!
//! | files | |
//! |---|---|
//! | `ids`, `names` | what a node, a dataset, a format and a multipipeline are known by |
//! | `types`, `graph` | the rows, and the questions that they answer |
//! | `resolve`, `stages` | from a manifest's relations to rows; what the check adds to them |
//! | `recorded` | the graph as JSON |

mod graph;
mod ids;
mod names;
mod recorded;
mod resolve;
mod stages;
mod types;

pub use graph::ResolvedGraph;
pub use ids::{DatasetId, FormatId, GroupId, NodeId};
pub(crate) use names::Names;
pub use names::base_name;
pub(crate) use resolve::{Known, resolve};
pub use types::{CalledPer, Node, ResolvedDataset, ResolvedFormat, ResolvedGroup, Role, Stage, StoredAs};
