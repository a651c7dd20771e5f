//! The resolved graph: the result of reading a manifest, which everything else queries.
//!
//! | files | |
//! |---|---|
//! | `ids`, `names` | the identities of nodes, datasets, formats and multipipelines |
//! | `types`, `graph` | the rows, and the queries about them |
//! | `resolve`, `stages` | the way from a manifest's relations to rows; the additions of the check |
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
