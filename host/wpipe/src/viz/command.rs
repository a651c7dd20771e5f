//! Commands that are ready to be pasted into a shell.

use wpipe_text::shell_quoted;

use crate::Project;

/// Returns the command that runs a node again, with the layers that the project has.
pub(super) fn run_again(project: &Project, node: &str) -> String {
    let manifest = if is_usual(project) { String::new() } else { format!(" {}", shell_quoted(project.name())) };
    let params = project.given_params().into_iter().map(|(path, value)| {
        // What may be secret is kept nowhere.
        let value = value.unwrap_or_else(|| "…".to_owned());
        format!(" --params {}", shell_quoted(&format!("{path}={value}")))
    });
    format!("wpipe run{manifest}{} --nodes {}{}", env(project), shell_quoted(node), params.collect::<String>())
}

/// Returns the command that looks into a stored dataset.
pub(super) fn look_into(project: &Project, dataset: &str) -> String {
    let manifest =
        if is_usual(project) { String::new() } else { format!(" --manifest {}", shell_quoted(project.name())) };
    format!("wpipe inspect{manifest}{} {}", env(project), shell_quoted(dataset))
}

/// True if the command takes the manifest without being told.
fn is_usual(project: &Project) -> bool {
    project.name() == "pipeline.toml"
}

fn env(project: &Project) -> String {
    project.env().map_or_else(String::new, |env| format!(" --env {}", shell_quoted(env)))
}
