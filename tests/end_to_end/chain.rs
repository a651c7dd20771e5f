//! `blob ─► d1 ─► … ─► d6`: six datasets, each of them the blob, passed on and stored.

use std::path::PathBuf;

use crate::lake::Lake;
use crate::support::Project;

pub(crate) const LINKS: usize = 6;

pub(crate) struct Chain {
    pub(crate) project: Project,
    blob: Vec<u8>,
    /// Where the datasets are.
    folder: PathBuf,
}

/// More than a buffer that is copied.
pub(crate) fn blob() -> Vec<u8> {
    (0..300_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

impl Chain {
    /// In files, with `options` in every entry.
    pub(crate) fn local(blob: &[u8], options: &str) -> Self {
        let project = project(blob, "", |link| format!("path = \"out/d{link}\"\n{options}\n"));
        let folder = project.path("out");
        Self { project, blob: blob.to_vec(), folder }
    }

    /// In a bucket of the lake, behind this endpoint.
    pub(crate) fn in_lake(lake: &Lake, endpoint: &str, bucket: &str, retries: u32) -> Self {
        let blob = blob();
        let store = Lake::store(endpoint, bucket, retries);
        let project = project(&blob, &store, |link| format!("store = \"lake\"\npath = \"d{link}\"\n"));
        Self { project, blob, folder: lake.folder() }
    }

    /// How many of the datasets are there, all of which must be whole.
    pub(crate) fn whole(&self) -> usize {
        let there: Vec<_> =
            (1..=LINKS).map(|link| self.folder.join(format!("d{link}"))).filter(|path| path.exists()).collect();
        for path in &there {
            assert!(std::fs::read(path).unwrap() == self.blob, "{} is not whole", path.display());
        }
        there.len()
    }

    /// Nothing that was staged is left.
    pub(crate) fn assert_nothing_staged(&self) {
        let files = self.project.files();
        let known = |file: &String| {
            ["blob", "pipeline.toml"].contains(&file.as_str())
                || (1..=LINKS).any(|link| *file == format!("out/d{link}"))
        };
        assert!(files.iter().all(known), "{files:?}");
    }
}

fn project(blob: &[u8], stores: &str, place: impl Fn(usize) -> String) -> Project {
    let mut manifest = stores.to_owned();
    for link in 1..=LINKS {
        let from = if link == 1 { "blob".to_owned() } else { format!("d{}", link - 1) };
        manifest.push_str(&format!(
            "[nodes.n{link}]\nuses = \"good/pass_bytes\"\ninputs = [\"{from}\"]\noutputs = [\"d{link}\"]\n\
             [datasets.d{link}]\ntype = \"bytes\"\n{}",
            place(link)
        ));
    }
    manifest.push_str("[datasets.blob]\ntype = \"bytes\"\npath = \"blob\"\n");
    let project = Project::new(&manifest);
    project.write("blob", blob);
    project
}
