//! What a project can be begun with.
//!
//! The files stand in `templates`, where they are projects but for the manifests of their crates: cargo takes a folder
//! with one out of the package. Those of Iris are the example's own.

use std::path::PathBuf;

use super::Sdk;

/// What a project is begun with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Template {
    /// Two nodes and a table.
    #[default]
    Minimal,
    /// Four nodes that learn to tell kinds of iris apart.
    Iris,
    /// A folder of files that are worked on one by one.
    Partitioned,
}

/// The paths and contents of a template's own files.
type Files = &'static [(&'static str, &'static [u8])];

macro_rules! files {
    ($template:literal: $($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../templates/", $template, "/", $path)))),*]
    };
}

const MINIMAL: Files = files!["minimal":
    "README.md", "data/measurements.csv", "nodes/src/lib.rs", "nodes/src/tests.rs", "pipeline.toml",
];

const IRIS: Files = files!["iris":
    "README.md", "data/iris.csv", "nodes/src/features.rs", "nodes/src/lib.rs", "nodes/src/model.rs",
    "nodes/src/predict.rs", "nodes/src/random.rs", "nodes/src/report.rs", "nodes/src/split.rs", "nodes/src/tests.rs",
    "nodes/src/train.rs", "pipeline.toml",
];

const PARTITIONED: Files = files!["partitioned":
    "README.md", "data/sales/2025/12.csv", "data/sales/2026/01.csv", "data/sales/2026/02.csv", "nodes/src/lib.rs",
    "nodes/src/tests.rs", "pipeline.toml",
];

const SERDE: &str = "serde = { version = \"1\", features = [\"derive\"] }\n";
const RKYV: &str = "rkyv = { version = \"0.8.18\", default-features = false, features = [\"std\", \"bytecheck\"] }\n";

impl Template {
    /// Every template.
    pub const ALL: [Self; 3] = [Self::Minimal, Self::Iris, Self::Partitioned];

    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Iris => "iris",
            Self::Partitioned => "partitioned",
        }
    }

    /// Returns the files of a project, in order of their paths.
    pub(super) fn files(self, name: &str, sdk: &Sdk) -> Vec<(PathBuf, Vec<u8>)> {
        let (own, dependencies) = match self {
            Self::Minimal => (MINIMAL, SERDE.to_owned()),
            Self::Iris => (IRIS, format!("{RKYV}{SERDE}")),
            Self::Partitioned => (PARTITIONED, String::new()),
        };
        let nodes = include_str!("../../templates/nodes.toml");
        let nodes = nodes.replace("{dependencies}\n", &dependencies);
        let nodes = nodes.replace("{name}", name).replace("{sdk}", &sdk.dependency());
        let mut files: Vec<(PathBuf, Vec<u8>)> =
            own.iter().map(|(path, content)| (PathBuf::from(path), self.named(path, content, name))).collect();
        files.push((".gitignore".into(), include_bytes!("../../templates/gitignore").to_vec()));
        files.push(("Cargo.toml".into(), include_bytes!("../../templates/workspace.toml").to_vec()));
        files.push(("nodes/Cargo.toml".into(), nodes.into_bytes()));
        files.sort();
        files
    }

    /// Returns a file's content with the project's name for the template's.
    fn named(self, path: &str, content: &[u8], name: &str) -> Vec<u8> {
        let (old, new) = match path {
            "pipeline.toml" => (format!("name = \"{}\"", self.name()), format!("name = \"{name}\"")),
            "README.md" => (format!("# {}", self.name()), format!("# {name}")),
            _ => return content.to_vec(),
        };
        // Both are texts of our own.
        String::from_utf8_lossy(content).replacen(&old, &new, 1).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::{fs, io};

    use super::*;

    fn collect(directory: &Path, root: &Path, files: &mut BTreeSet<PathBuf>) -> io::Result<()> {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                collect(&path, root, files)?;
            } else {
                files.insert(path.strip_prefix(root).expect("below its root").to_owned());
            }
        }
        Ok(())
    }

    #[test]
    fn no_file_of_a_template_is_left_out() {
        for template in Template::ALL {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(template.name());
            let mut found = BTreeSet::from([".gitignore", "Cargo.toml", "nodes/Cargo.toml"].map(PathBuf::from));
            collect(&root, &root, &mut found).expect("a folder");
            let files = template.files("sales", &Sdk::Version("0.1".to_owned()));
            assert_eq!(files.iter().map(|(path, _)| path.clone()).collect::<BTreeSet<_>>(), found);
            let manifest = files.iter().find(|(path, _)| path == Path::new("pipeline.toml")).expect("a manifest");
            assert!(String::from_utf8_lossy(&manifest.1).contains("[pipeline]\nname = \"sales\"\n"), "{template:?}");
        }
    }
}
