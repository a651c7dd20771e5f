//! The filter of the partitions that a multipipeline works on.

use glob::{MatchOptions, Pattern};
use regex::Regex;

use super::dates::{Date, Format};

/// `*` stays within a folder, as in paths; `**` does not.
const GLOB: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

/// The rule for the ids of partitions: `filter` of a multipipeline.
#[derive(Debug, Clone)]
pub struct Filter(Rule);

#[derive(Debug, Clone)]
enum Rule {
    Glob(Pattern),
    Regex(Regex),
    Dates { from: Option<Date>, to: Option<Date>, format: Format },
    Not(Box<Filter>),
    All(Vec<Filter>),
    Any(Vec<Filter>),
}

impl Filter {
    /// Returns true if the multipipeline works on the partition `id`.
    pub fn accepts(&self, id: &str) -> bool {
        match &self.0 {
            Rule::Glob(pattern) => pattern.matches_with(id, GLOB),
            Rule::Regex(regex) => regex.is_match(id),
            Rule::Dates { from, to, format } => format
                .find(id)
                .is_some_and(|date| from.is_none_or(|from| from <= date) && to.is_none_or(|to| date <= to)),
            Rule::Not(filter) => !filter.accepts(id),
            Rule::All(filters) => filters.iter().all(|filter| filter.accepts(id)),
            Rule::Any(filters) => filters.iter().any(|filter| filter.accepts(id)),
        }
    }

    /// Accepts the ids that fit the glob as a whole.
    pub(crate) fn glob(pattern: &str) -> Result<Self, String> {
        Pattern::new(pattern).map(|pattern| Self(Rule::Glob(pattern))).map_err(|error| error.msg.to_owned())
    }

    /// Accepts the ids in which the regular expression matches something.
    pub(crate) fn regex(expression: &str) -> Result<Self, String> {
        Regex::new(expression).map(|regex| Self(Rule::Regex(regex))).map_err(|error| reason(&error))
    }

    /// Accepts the ids whose first date is within the range, ends included.
    pub(crate) fn dates(from: Option<Date>, to: Option<Date>, format: Format) -> Self {
        Self(Rule::Dates { from, to, format })
    }

    /// Accepts the ids that `filter` does not accept.
    pub(crate) fn not(filter: Self) -> Self {
        Self(Rule::Not(Box::new(filter)))
    }

    /// Accepts the ids that every one of `filters` accepts.
    pub(crate) fn all(filters: Vec<Self>) -> Self {
        Self(Rule::All(filters))
    }

    /// Accepts the ids that one of `filters` accepts.
    pub(crate) fn any(filters: Vec<Self>) -> Self {
        Self(Rule::Any(filters))
    }
}

/// Returns the last line, which names the fault. The lines before repeat the expression, which the manifest shows as
/// well.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}
