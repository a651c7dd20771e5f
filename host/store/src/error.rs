//! What goes wrong with a store, and what to do about it.

use std::io;
use std::path::PathBuf;

use wpipe_text::one_line;

/// The reason why a store cannot do what it is asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The directory cannot be a store.
    #[error("`{}` cannot be a store: {reason}", path.display())]
    Unfit {
        /// The directory.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The store has no room, and gets none.
    #[error(
        "the store `{}` is full: {} more are needed, {} of {} are in use, and nothing of it can go: it is being read, or \
         it is nowhere else", path.display(), amount(*needed), amount(*used), amount(*limit)
    )]
    Full {
        /// The directory.
        path: PathBuf,
        /// The bytes that are needed.
        needed: u64,
        /// The bytes in use.
        used: u64,
        /// The most bytes.
        limit: u64,
    },
    /// The object alone is larger than the store may become.
    #[error("{} do not fit into the store `{}`, whose limit is {}", amount(*needed), path.display(), amount(*limit))]
    TooLarge {
        /// The directory.
        path: PathBuf,
        /// The bytes that are needed.
        needed: u64,
        /// The most bytes.
        limit: u64,
    },
    /// There is nothing of this name.
    #[error("the store `{}` has no `{}`{}", path.display(), one_line(name), there(near))]
    Missing {
        /// The directory.
        path: PathBuf,
        /// The pipeline and the dataset, with a slash between them.
        name: String,
        /// The names that it has.
        near: Vec<String>,
    },
    /// An object that an entry names does not exist any more.
    #[error("`{}` is not in the store any more: it was removed to make room, or by `wpipe store gc`", one_line(name))]
    Gone {
        /// The name or the object.
        name: String,
    },
    /// An object or an entry is not what was written there.
    #[error("`{}` is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The damage.
        reason: String,
    },
    /// Another user could have written an object or an entry.
    #[error("`{}` is not trusted: {reason}", path.display())]
    Untrusted {
        /// The file.
        path: PathBuf,
        /// What makes it suspicious.
        reason: String,
    },
    /// The names of a dataset and of its type are too long to be kept.
    #[error("the names of dataset `{}` and of its type are too long for the store", one_line(dataset))]
    Names {
        /// The dataset.
        dataset: String,
    },
    /// The work was given up.
    #[error("it was given up")]
    GivenUp,
    /// The system refused.
    #[error("failed to {doing} `{}`: {source}", path.display())]
    Io {
        /// The operation.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl StoreError {
    /// Returns the remedy, if it is known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Full { .. } => Some(
                "remove what nobody needs (`wpipe store list`, `wpipe store gc --all`), or raise `limit` of `[store]` in \
                 the manifest",
            ),
            Self::TooLarge { .. } => Some("raise `limit` of `[store]` in the manifest, or name a larger file system"),
            Self::Gone { .. } | Self::Missing { .. } => Some("run the node that makes it again, with the same store"),
            Self::Damaged { .. } => Some("remove the file, and run the node that makes it again"),
            Self::Untrusted { .. } => Some("find out who put it there, and remove it"),
            _ => None,
        }
    }

    /// Returns true if the store or the request is wrong, rather than something having failed on the way.
    pub fn is_bad_input(&self) -> bool {
        matches!(self, Self::Unfit { .. } | Self::Missing { .. } | Self::Gone { .. } | Self::Untrusted { .. })
    }
}

/// Shows a number of bytes in the unit that suits it.
fn amount(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}

fn there(near: &[String]) -> String {
    /// The most names that are listed.
    const MOST: usize = 8;

    if near.is_empty() {
        return ", nor anything else".to_owned();
    }
    let listed = near.iter().take(MOST).map(|name| format!("`{}`", one_line(name))).collect::<Vec<_>>().join(", ");
    let more = if near.len() > MOST { format!(" and {} more", near.len() - MOST) } else { String::new() };
    format!(": there is {listed}{more}")
}
