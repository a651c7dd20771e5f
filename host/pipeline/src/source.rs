//! Texts and places in them, for errors that show the text they are about.
//!
//! A [`Span`] carries its [`Source`], so that a manifest may be made of several files and each error still shows the
//! right one.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// A named text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path as the user wrote it.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// Makes the text `text`, named `name` in errors.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

impl SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let lines = self.text.read_span(span, context_lines_before, context_lines_after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            lines.data(),
            *lines.span(),
            lines.line(),
            lines.column(),
            lines.line_count(),
        )))
    }
}

/// A range of a [`Source`], always within its text and on character boundaries.
#[derive(Clone, PartialEq, Eq)]
pub struct Span {
    source: Arc<Source>,
    start: usize,
    end: usize,
}

impl Span {
    /// Makes the span of the bytes `range` of `source`, cut to the text and widened to whole characters.
    pub(crate) fn new(source: &Arc<Source>, range: Range<usize>) -> Self {
        let start = source.text.floor_char_boundary(range.start);
        let end = source.text.ceil_char_boundary(range.end).max(start);
        Self { source: Arc::clone(source), start, end }
    }

    /// Returns the text this is a range of.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Returns the range, in bytes.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Returns the line on which it begins, from 1.
    pub fn line(&self) -> usize {
        self.source.text[..self.start].matches('\n').count() + 1
    }

    /// Returns the text within the range.
    pub fn text(&self) -> &str {
        &self.source.text[self.range()]
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}..{}", self.source.name, self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_never_leaves_its_text_or_splits_a_character() {
        let source = Arc::new(Source::new("x", "aé"));
        assert_eq!(Span::new(&source, 2..2).range(), 1..3);
        assert_eq!(Span::new(&source, 1..9).text(), "é");
        assert_eq!(Span::new(&source, 7..9).range(), 3..3);
    }
}
