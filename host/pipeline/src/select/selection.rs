//! What can be asked for.

/// Which nodes are wanted. An empty list is no filter. Every item is a name or a glob (`*`, `?`, `[…]`), and in
/// [`nodes`](Self::nodes) and [`exclude`](Self::exclude) may have a `+` before it (and all that it depends on) or
/// behind it (and all that depends on it).
///
/// Where nodes are named, the name of a multipipeline means all of its nodes, and `=name` nothing but the node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// These nodes.
    pub nodes: Vec<String>,
    /// These nodes and all that depends on them.
    pub from_nodes: Vec<String>,
    /// These nodes and all that they depend on.
    pub to_nodes: Vec<String>,
    /// The readers of these datasets or parameters, and all that depends on them.
    pub from_inputs: Vec<String>,
    /// The makers of these datasets, and all that they depend on.
    pub to_outputs: Vec<String>,
    /// The nodes with any of these tags.
    pub tags: Vec<String>,
    /// The nodes in these namespaces and those below.
    pub namespaces: Vec<String>,
    /// Not these nodes, whatever the filters say.
    pub exclude: Vec<String>,
}

impl Selection {
    /// Whether the whole pipeline is wanted.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Every filter with the flag that sets it, [`exclude`](Self::exclude) not among them.
    pub fn filters(&self) -> [(&'static str, &[String]); 7] {
        [
            ("--tags", &self.tags),
            ("--from-nodes", &self.from_nodes),
            ("--to-nodes", &self.to_nodes),
            ("--nodes", &self.nodes),
            ("--from-inputs", &self.from_inputs),
            ("--to-outputs", &self.to_outputs),
            ("--namespaces", &self.namespaces),
        ]
    }
}

/// Why nothing can be selected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// A name that means nothing here.
    #[error("`{flag}`: there is no {what} `{name}`: {help}")]
    Unknown {
        /// The flag.
        flag: &'static str,
        /// What kind of thing was named.
        what: &'static str,
        /// The name.
        name: String,
        /// What it may have meant.
        help: String,
    },
    /// A name that is a node's and a multipipeline's.
    #[error(
        "`{flag}`: `{name}` is both a node and a multipipeline: for all nodes of the multipipeline write \
         `--tags {name}`, for the node alone `={name}`"
    )]
    Ambiguous {
        /// The flag.
        flag: &'static str,
        /// The name.
        name: String,
    },
    /// A glob that is none.
    #[error("`{flag}`: `{pattern}` is not a pattern: {reason}")]
    Pattern {
        /// The flag.
        flag: &'static str,
        /// What was written.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No node is left.
    #[error("no node is left: {reason}")]
    Empty {
        /// Which filters left none.
        reason: String,
    },
}
