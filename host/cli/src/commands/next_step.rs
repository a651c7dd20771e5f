//! How to go on after a run that did not complete: a command that can be typed as it is printed.

use wpipe::{Pipeline, Report, Selection};

use crate::arguments::RunArguments;

/// How to go on after a run of the `selection` of a pipeline that did not complete.
pub(super) fn how_to_go_on(
    arguments: &RunArguments,
    pipeline: &Pipeline,
    selection: &Selection,
    report: &Report,
) -> String {
    let manifest = quoted(&arguments.manifest.manifest.display().to_string());
    let from = pipeline.resume_from(report);
    let names = from.join(",");
    let has_partitions = report.multipipelines.values().any(|of| of.completed > 0 && of.completed < of.total);
    if report.completed.is_empty() && !has_partitions {
        "no node completed: repeat the command to run it again".to_owned()
    } else if from.is_empty() {
        "all nodes completed, and what they made is in storage: nothing is left to run".to_owned()
    } else if arguments.no_journal {
        let (flags, again) = (flags(pipeline, selection, &from), again(pipeline));
        format!("to go on: wpipe run {manifest} {flags}{again}")
    } else if has_partitions {
        let again = again(pipeline);
        format!("to go on from {names} with the partitions that are not done: wpipe run {manifest} --resume{again}")
    } else {
        format!("to go on from {names}: wpipe run {manifest} --resume{}", again(pipeline))
    }
}

/// The parameters that nobody keeps, if there are any.
fn again(pipeline: &Pipeline) -> String {
    let given = pipeline.project().given_params().into_iter();
    let secret: Vec<_> = given.filter(|(_, value)| value.is_none()).map(|(path, _)| format!("{path}=…")).collect();
    match secret.as_slice() {
        [] => String::new(),
        secret => format!("  (and `--params {}` again, which is kept nowhere)", secret.join(",")),
    }
}

/// The flags of what a run without a journal has left, from these nodes on.
fn flags(pipeline: &Pipeline, selection: &Selection, from: &[&str]) -> String {
    let (project, mut flags) = (pipeline.project(), Vec::new());
    let mut add = |flag: &str, value: &str| flags.push(format!("{flag} {}", quoted(value)));
    if let Some(env) = project.env() {
        add("--env", env);
    }
    for (path, value) in project.given_params() {
        if let Some(value) = value {
            add("--params", &format!("{path}={value}"));
        }
    }
    // Where it began no longer counts, where it ends does.
    let filters = selection.filters().into_iter().filter(|(flag, items)| *flag != "--from-nodes" && !items.is_empty());
    for (flag, items) in filters.chain([("--exclude", selection.exclude.as_slice())]) {
        if !items.is_empty() {
            add(flag, &items.join(","));
        }
    }
    let multipipelines = project.pipeline().multipipelines();
    let exactly = |node: &&str| match multipipelines.iter().any(|of| of.name == **node) {
        true => format!("={node}"),
        false => (*node).to_owned(),
    };
    add("--from-nodes", &from.iter().map(exactly).collect::<Vec<_>>().join(","));
    flags.join(" ")
}

/// The command that runs nodes, and all that depends on them.
pub(super) fn from_nodes(arguments: &RunArguments, nodes: &[&str]) -> String {
    let manifest = quoted(&arguments.manifest.manifest.display().to_string());
    format!("wpipe run {manifest} --from-nodes {}", quoted(&nodes.join(",")))
}

/// A word as shells take it.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./,:@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_read_them_otherwise() {
        assert_eq!(quoted("a/pipe-line.toml"), "a/pipe-line.toml");
        assert_eq!(quoted("my pipeline.toml"), "'my pipeline.toml'");
        assert_eq!(quoted("=it's"), "'=it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
