//! The whole file of a report.

use super::sections::{self, Account};
use crate::viz::{Picture, escaped};
use crate::{Error, History, Project};

const STYLE: &str = include_str!("report.css");

impl History {
    /// Returns the report of the run of that id, or of the latest one, as an HTML file that needs nothing else. With the
    /// `project` it has a picture of the graph, and says why each node ran or did not.
    ///
    /// # Errors
    ///
    /// Fails if there is no such run, or its journal cannot be read.
    pub fn report(&self, id: Option<&str>, project: Option<&Project>) -> Result<String, Error> {
        let record = self.open(id)?;
        let (details, timeline) = self.details(&record.description.id)?;
        let before = self.before(&record.description)?;
        let picture = project.map(|project| Picture::of_record(project, &record, &details, before.as_ref()));
        let account = Account { record: &record, details: &details, timeline: &timeline, picture: picture.as_ref() };
        Ok(page(&account))
    }
}

/// Returns the whole file.
fn page(account: &Account<'_>) -> String {
    let title = format!("{}: run {}", account.record.description.pipeline, account.record.description.id);
    let title = escaped(&title);
    let sections = [
        sections::summary(account),
        sections::errors(account),
        sections::graph(account),
        sections::timeline(account),
        sections::nodes(account),
        sections::partitions(account),
        sections::datasets(account),
        sections::parameters(account),
        sections::environment(account),
    ];
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
        sections.concat()
    )
}
