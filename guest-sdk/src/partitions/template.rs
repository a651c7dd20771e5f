//! The ids of partitions: templates, and the texts that may stand in them.

use std::fmt::Write;

/// A text with columns in it: `{year}/{year}-{month}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    /// A key, by its position.
    Key(usize),
}

impl Template {
    /// Parses a template. The reason follows "…: ".
    pub(super) fn parse(template: &str, keys: &[String]) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            let (literal, from) = rest.split_at(at);
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal.to_owned()));
            }
            let inner = from.strip_prefix('{').ok_or("a `}` has no `{` before it")?;
            let (name, behind) = inner.split_once('}').ok_or("a `{` has no `}` behind it")?;
            let key = keys.iter().position(|key| key == name);
            let known = || keys.iter().map(|key| format!("`{{{key}}}`")).collect::<Vec<_>>().join(", ");
            pieces.push(Piece::Key(key.ok_or_else(|| format!("`{{{name}}}` is not one of the keys {}", known()))?));
            rest = behind;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// Returns a template of all keys, with a separator between them.
    pub(super) fn joined(keys: usize, separator: &str) -> Self {
        let mut pieces = Vec::new();
        for key in 0..keys {
            if key > 0 {
                pieces.push(Piece::Literal(separator.to_owned()));
            }
            pieces.push(Piece::Key(key));
        }
        Self(pieces)
    }

    pub(super) fn uses(&self, key: usize) -> bool {
        self.0.contains(&Piece::Key(key))
    }

    /// Returns the text of a group, whose keys have these values.
    pub(super) fn fill(&self, values: &[&str]) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            // Writing to a string cannot fail.
            let _ = match piece {
                Piece::Literal(literal) => text.write_str(literal),
                Piece::Key(key) => text.write_str(values[*key]),
            };
        }
        text
    }
}

/// Returns the reason why a value cannot stand in an id, to follow "…: "; `None` if it can.
pub(super) fn objection(value: &str) -> Option<&'static str> {
    match value {
        "" => Some("it is empty"),
        "." | ".." => Some("it is a step to another folder"),
        _ if value.contains(['/', '\\']) => Some("it has a slash in it"),
        _ if value.contains(char::is_control) => Some("it has a control character in it"),
        _ => None,
    }
}

/// Returns the first part of an id that is no name, and the reason; `None` if all are names.
pub(super) fn objection_to_id(id: &str) -> Option<(&str, &'static str)> {
    id.split('/').find_map(|part| Some((part, objection(part)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Vec<String> {
        vec!["year".to_owned(), "month".to_owned()]
    }

    #[test]
    fn columns_stand_where_their_names_stood() -> Result<(), String> {
        let template = Template::parse("y{year}/{month} of {year}", &keys())?;
        assert_eq!(template.fill(&["2024", "1"]), "y2024/1 of 2024");
        assert!(template.uses(0) && template.uses(1) && !Template::parse("{year}", &keys())?.uses(1));
        assert_eq!(Template::joined(2, "_").fill(&["2024", "1"]), "2024_1");
        Ok(())
    }

    #[test]
    fn what_is_no_template_is_told_apart() {
        let reason = |template| Template::parse(template, &keys()).expect_err("a mistake");
        assert_eq!(reason("{day}"), "`{day}` is not one of the keys `{year}`, `{month}`");
        assert_eq!(reason("{year"), "a `{` has no `}` behind it");
        assert_eq!(reason("year}"), "a `}` has no `{` before it");
    }

    #[test]
    fn names_of_files_can_stand_in_ids_and_steps_cannot() {
        for name in ["2024", "a b", "ü", "...", "a.b", "-"] {
            assert_eq!(objection(name), None, "{name}");
        }
        for step in ["", ".", "..", "a/b", "/", "a\\b", "a\0", "a\n"] {
            assert!(objection(step).is_some(), "{step}");
        }
        assert_eq!(objection_to_id("a/b.c"), None);
        assert_eq!(objection_to_id("a/../c"), Some(("..", "it is a step to another folder")));
        assert_eq!(objection_to_id("a//c"), Some(("", "it is empty")));
    }
}
