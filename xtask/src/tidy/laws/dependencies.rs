//! Data flows one way, and so do dependencies: each crate knows only those below it.

use crate::tidy::findings::Finding;

/// The crates that a crate may know.
struct Rule {
    /// The crate's folder.
    folder: &'static str,
    /// The crates of this repository that it may depend on.
    knows: &'static [&'static str],
    /// The prefixes of names of other crates that it must not depend on.
    never: &'static [&'static str],
}

const RULES: [Rule; 16] = [
    Rule { folder: "guest-sdk/data", knows: &[], never: &["wasm", "tokio"] },
    Rule { folder: "guest-sdk/macros", knows: &[], never: &["wasm", "tokio"] },
    Rule { folder: "guest-sdk", knows: &["wpipe-data", "wpipe-sdk-macros"], never: &["wasmtime", "tokio"] },
    // The way in which foreign texts are shown does not depend on their origin.
    Rule { folder: "host/text", knows: &[], never: &["wasm", "wit-", "tokio", "object_store", "arrow", "parquet"] },
    // All unsafe code is here, including that which wasmtime asks for.
    Rule { folder: "host/buffer", knows: &[], never: &["wit-", "tokio", "object_store", "arrow", "parquet"] },
    // The shared store knows no graph, no sandbox and no storage.
    Rule {
        folder: "host/store",
        knows: &["wpipe-buffer", "wpipe-text"],
        never: &["wasm", "wit-", "tokio", "object_store", "arrow", "parquet", "petgraph"],
    },
    // The pipeline knows no wasm, no storage and no time.
    Rule {
        folder: "host/pipeline",
        knows: &["wpipe-data", "wpipe-text"],
        never: &["wasm", "wit-", "tokio", "object_store", "arrow", "parquet"],
    },
    // The catalog knows no graph and no sandbox.
    Rule {
        folder: "host/catalog",
        knows: &["wpipe-buffer", "wpipe-data", "wpipe-text"],
        never: &["wasm", "wit-", "petgraph"],
    },
    // The sandbox knows no storage.
    Rule {
        folder: "host/sandbox",
        knows: &["wpipe-buffer", "wpipe-data", "wpipe-text"],
        never: &["object_store", "arrow", "parquet", "petgraph"],
    },
    Rule { folder: "host/build", knows: &[], never: &["wasmtime", "tokio"] },
    Rule {
        folder: "host/runner",
        knows: &[
            "wpipe-buffer",
            "wpipe-catalog",
            "wpipe-data",
            "wpipe-pipeline",
            "wpipe-sandbox",
            "wpipe-store",
            "wpipe-text",
        ],
        never: &["wasmtime", "wit-"],
    },
    Rule {
        folder: "host/otel",
        knows: &["wpipe-runner", "wpipe-text"],
        never: &["wasmtime", "wit-", "tokio", "object_store", "arrow", "parquet"],
    },
    Rule {
        folder: "host/wpipe",
        knows: &[
            "wpipe-buffer",
            "wpipe-build",
            "wpipe-catalog",
            "wpipe-data",
            "wpipe-otel",
            "wpipe-pipeline",
            "wpipe-runner",
            "wpipe-sandbox",
            // `#[derive(Row)]`, for tables of programs that embed the host.
            "wpipe-sdk-macros",
            "wpipe-store",
            "wpipe-text",
        ],
        never: &[],
    },
    Rule { folder: "host/cli", knows: &["wpipe"], never: &["wasmtime", "object_store", "parquet"] },
    // A leaf: nothing knows Python but the package for it.
    Rule {
        folder: "host/python",
        knows: &["wpipe", "wpipe-cli"],
        never: &["wasmtime", "object_store", "parquet", "tokio"],
    },
    Rule { folder: "xtask", knows: &["wpipe-build"], never: &["wasm", "wit-", "tokio", "clap"] },
];

/// Reports every dependency in a manifest that its crate must not know. Tests may know everything.
pub(in crate::tidy) fn data_flows_one_way(path: &str, manifest: &str) -> Vec<Finding> {
    let Some(rule) = RULES.iter().find(|rule| path.strip_suffix("/Cargo.toml") == Some(rule.folder)) else {
        let is_new = path.starts_with("host/");
        return if is_new { vec![Finding::at(0, "what this crate may know is not written down")] } else { Vec::new() };
    };
    let forbidden = dependencies(manifest).filter(|(_, name)| !rule.allows(name));
    forbidden.map(|(index, name)| Finding::at(index, format!("`{}` must not know `{name}`", rule.folder))).collect()
}

impl Rule {
    fn allows(&self, name: &str) -> bool {
        if name == "wpipe" || name.starts_with("wpipe-") {
            self.knows.contains(&name)
        } else {
            !self.never.iter().any(|beginning| name.starts_with(beginning))
        }
    }
}

/// Returns the dependencies of a manifest, except those of tests, with the index of their line.
fn dependencies(manifest: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_list = false;
    manifest.lines().enumerate().filter_map(move |(index, line)| {
        let line = line.trim();
        if let Some(table) = line.strip_prefix('[').and_then(|table| table.strip_suffix(']')) {
            // Tables of a target count too, `[target.'cfg(unix)'.dependencies]`, and of one crate:
            // `[dependencies.serde]`.
            let last = |table: &str| table == "dependencies" || table.ends_with(".dependencies");
            in_list = last(table);
            let of_one = table.rsplit_once('.').filter(|(list, _)| last(list));
            return of_one.map(|(_, name)| (index, name));
        }
        let name = line.split(['.', '=', ' ']).next()?.trim_matches('"');
        (in_list && !name.is_empty() && !name.starts_with('#')).then_some((index, name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, manifest: &str) -> Vec<usize> {
        data_flows_one_way(path, manifest).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn every_way_to_write_a_dependency_is_understood() {
        let manifest = "\
[package]
name = \"x\"
[dependencies]
# serde = \"0\"
serde.workspace = true
wpipe = { path = \"..\" }
[target.'cfg(unix)'.dependencies]
rustix = \"1\"
[dependencies.tokio]
version = \"1\"
[dev-dependencies]
tempfile = \"3\"
";
        let names: Vec<_> = dependencies(manifest).map(|(_, name)| name).collect();
        assert_eq!(names, ["serde", "wpipe", "rustix", "tokio"]);
    }

    #[test]
    fn upward_and_sideways_is_forbidden() {
        let manifest =
            "[dependencies]\nwpipe-data.workspace = true\nwpipe-runner.workspace = true\nwasmtime = \"48\"\n";
        assert_eq!(lines("host/pipeline/Cargo.toml", manifest), [3, 4]);
        assert_eq!(lines("host/cli/Cargo.toml", "[dependencies]\nwpipe.workspace = true\nwpipe-build = \"0\"\n"), [3]);
    }

    #[test]
    fn a_new_crate_of_the_host_needs_a_rule_and_others_do_not() {
        assert_eq!(lines("host/new/Cargo.toml", ""), [1]);
        assert!(lines("examples/iris/nodes/Cargo.toml", "[dependencies]\nwpipe-runner = \"0\"\n").is_empty());
    }

    #[test]
    fn tests_may_know_everything() {
        assert!(lines("host/pipeline/Cargo.toml", "[dev-dependencies]\nwpipe-runner.workspace = true\n").is_empty());
    }
}
