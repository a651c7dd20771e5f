//! The problems of a manifest: one [`Problem`] each, all of them together as [`Problems`].

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, Severity, SourceCode};
use wpipe_text::message as shown;

use crate::source::{Source, Span};

/// One fault, with the places it is about and its remedy.
///
/// It renders through [`miette::Diagnostic`]. The first label is the main one; a label in another text than the
/// main one's is shown as a note below.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    code: Option<&'static str>,
    message: String,
    labels: Vec<Label>,
    help: Option<String>,
    notes: Vec<Self>,
}

#[derive(Debug, Clone)]
struct Label {
    span: Span,
    text: String,
}

impl Problem {
    /// Makes a problem of the kind `code` (such as `wpipe::graph::cycle`), not yet tied to a place.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        let message = shown(&message.into()).into_owned();
        Self { code: Some(code), message, labels: Vec::new(), help: None, notes: Vec::new() }
    }

    /// Points at `span` and says `text` about it.
    #[must_use]
    pub fn label(mut self, span: &Span, text: impl Into<String>) -> Self {
        let text = shown(&text.into()).into_owned();
        let label = Label { span: span.clone(), text: text.clone() };
        match self.source() {
            Some(main) if !Arc::ptr_eq(main, span.source()) => {
                self.notes.push(Self { code: None, message: text, labels: vec![label], help: None, notes: Vec::new() })
            }
            _ => self.labels.push(label),
        }
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into().map(|help| shown(&help).into_owned());
        self
    }

    /// Replaces the code, for problems that another crate found.
    #[must_use]
    pub fn with_code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// Returns the kind of this problem, such as `wpipe::graph::cycle`.
    pub fn kind(&self) -> &str {
        self.code.unwrap_or_default()
    }

    /// Returns the message, a lower-case fragment.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns what to do about it, if that is known.
    pub fn remedy(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// Returns the places this is about, the main one first.
    pub fn spans(&self) -> impl Iterator<Item = &Span> {
        let notes = self.notes.iter().flat_map(|note| &note.labels);
        self.labels.iter().chain(notes).map(|label| &label.span)
    }

    fn source(&self) -> Option<&Arc<Source>> {
        self.labels.first().map(|label| label.span.source())
    }
}

impl Diagnostic for Problem {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<Severity> {
        let is_note = self.code.is_none();
        Some(if is_note { Severity::Advice } else { Severity::Error })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        let source: &Source = self.source()?;
        Some(source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.labels.is_empty() {
            return None;
        }
        Some(Box::new(self.labels.iter().enumerate().map(|(index, Label { span, text })| {
            let text = Some(text.clone());
            match index {
                0 => LabeledSpan::new_primary_with_span(text, span.range()),
                _ => LabeledSpan::new_with_span(text, span.range()),
            }
        })))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        if self.notes.is_empty() {
            return None;
        }
        Some(Box::new(self.notes.iter().map(|note| note as &dyn Diagnostic)))
    }
}

/// Every problem found in one go, at least one, in the order of their places in the text.
#[derive(Debug, Clone)]
pub struct Problems {
    name: String,
    list: Vec<Problem>,
}

impl Problems {
    /// Returns `Err` with all of `found` in the text named `name`, or `Ok` if there are none.
    ///
    /// Use it to report findings of several steps, or of several crates, together.
    ///
    /// # Errors
    ///
    /// Fails if `found` is not empty.
    pub fn check(name: impl Into<String>, found: impl IntoIterator<Item = Problem>) -> Result<(), Self> {
        let mut list: Vec<_> = found.into_iter().collect();
        if list.is_empty() {
            return Ok(());
        }
        list.sort_by_key(|problem| problem.spans().next().map(|span| span.range().start));
        Err(Self { name: name.into(), list })
    }

    /// Returns the problems, one by one.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.list.iter()
    }

    /// Returns the number of problems.
    #[expect(clippy::len_without_is_empty, reason = "there is always at least one problem")]
    pub fn len(&self) -> usize {
        self.list.len()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.list.len();
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "`{}` has {count} problem{plural}", self.name)
    }
}

impl std::error::Error for Problems {}

impl Diagnostic for Problems {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.list.iter().map(|problem| problem as &dyn Diagnostic)))
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_in_another_text_becomes_a_note_with_that_text() {
        let base = Arc::new(Source::new("pipeline.toml", "first"));
        let overlay = Arc::new(Source::new("pipeline.prod.toml", "second"));
        let problem = Problem::new("wpipe::test", "two places")
            .label(&Span::new(&base, 0..5), "here")
            .label(&Span::new(&overlay, 0..6), "and there");

        let labels: Vec<_> = Diagnostic::labels(&problem).into_iter().flatten().collect();
        assert_eq!(labels.len(), 1);
        let notes: Vec<_> = problem.related().into_iter().flatten().collect();
        assert_eq!(notes[0].to_string(), "and there");
        assert_eq!(problem.spans().last().map(Span::text), Some("second"));
    }

    #[test]
    fn problems_are_counted_and_ordered_by_place() {
        let source = Arc::new(Source::new("pipeline.toml", "0123456789"));
        let at = |start| Problem::new("wpipe::test", format!("at {start}")).label(&Span::new(&source, start..10), "");
        let problems = Problems::check("pipeline.toml", [at(7), at(2)]).expect_err("two problems");
        assert_eq!(problems.to_string(), "`pipeline.toml` has 2 problems");
        let order: Vec<_> = problems.iter().map(Problem::message).collect();
        assert_eq!(order, ["at 2", "at 7"]);
        assert!(Problems::check("pipeline.toml", []).is_ok());
    }
}
