//! The selections that people can ask for.

/// The selected nodes. An empty list is no filter. Every item is a name or a glob (`*`, `?`, `[…]`). In
/// [`nodes`](Self::nodes) and [`exclude`](Self::exclude) a `+` before an item adds all that it depends on, and a `+`
/// behind it all that depends on it.
///
/// Among nodes, the name of a multipipeline means all of its nodes, and `=name` only the node.
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
    /// Returns true if the whole pipeline is selected.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Returns every filter with the flag that sets it, without [`exclude`](Self::exclude).
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

/// The reason why nothing can be selected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// The name is unknown here.
    #[error("`{flag}`: there is no {what} `{name}`: {help}")]
    Unknown {
        /// The flag.
        flag: &'static str,
        /// The kind of thing that was named.
        what: &'static str,
        /// The name.
        name: String,
        /// The likely intention.
        help: String,
    },
    /// The name is that of a node and of a multipipeline.
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
    /// The glob is invalid.
    #[error("`{flag}`: `{pattern}` is not a pattern: {reason}")]
    Pattern {
        /// The flag.
        flag: &'static str,
        /// The text as written.
        pattern: String,
        /// The fault of the glob.
        reason: String,
    },
    /// No node is left.
    #[error("no node is left: {reason}")]
    Empty {
        /// The filters that left none.
        reason: String,
    },
}
