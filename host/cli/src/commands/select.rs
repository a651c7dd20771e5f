//! Selects the part of a project that the selection flags ask for.

use wpipe::{Error, Project};

use crate::arguments::SelectionArguments;

/// Returns the selected part; `None` if only missing outputs are wanted and none is missing.
pub(super) fn select(project: Project, arguments: &SelectionArguments) -> Result<Option<Project>, Error> {
    let selection = arguments.selection();
    let part = if selection.is_everything() { project } else { project.select(&selection)? };
    if arguments.only_missing_outputs { part.only_missing_outputs() } else { Ok(Some(part)) }
}
