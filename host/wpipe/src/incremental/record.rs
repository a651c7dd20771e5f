//! What earlier runs have done, on disk.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::key::CallKey;
use super::partitions::PartitionsDone;

const FILE: &str = ".wpipe/incremental.json";
/// Another layout of the file has another number, and is taken as if nothing had run.
const FORMAT: u32 = 1;

/// A call whose outputs are in storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) key: CallKey,
    /// The marks of the stored outputs, by exact name.
    pub(crate) outputs: BTreeMap<String, String>,
}

/// What earlier runs have done, by node, and the digests of inputs that were read for it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Records {
    format: u32,
    pub(crate) nodes: BTreeMap<String, Done>,
    /// By multipipeline.
    #[serde(default)]
    pub(crate) partitions: BTreeMap<String, PartitionsDone>,
    /// The mark and the digest of each stored input, so that its content is read again only when the mark changes.
    pub(crate) inputs: BTreeMap<String, (String, String)>,
}

impl Records {
    /// What is on disk; nothing if there is nothing that can be read.
    pub(crate) fn load(directory: &Path) -> Self {
        let text = fs::read(directory.join(FILE)).unwrap_or_default();
        let records: Self = serde_json::from_slice(&text).unwrap_or_default();
        if records.format == FORMAT { records } else { Self { format: FORMAT, ..Self::default() } }
    }

    /// Writes them, whole or not at all.
    pub(crate) fn save(&self, directory: &Path) -> io::Result<()> {
        let path = directory.join(FILE);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let staged = staged(&path);
        let mut file = File::create(&staged)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        fs::rename(&staged, &path)
    }
}

fn staged(path: &Path) -> PathBuf {
    path.with_extension(format!("json.{}", std::process::id()))
}
