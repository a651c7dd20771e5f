//! A value as the text has it: numbers keep every digit.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

use super::words::Words;

/// A JSON value, nested ones unread.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'t> {
    Null,
    Bool(bool),
    /// A number as it is written.
    Number(&'t str),
    Text(Cow<'t, str>),
    /// A list or an object, as it is written.
    Nested(&'t str),
}

impl<'de: 't, 't> Deserialize<'de> for Value<'t> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        Self::of(<&RawValue>::deserialize(json)?.get()).map_err(de::Error::custom)
    }
}

/// Returns the text between quotes.
fn text(raw: &str) -> serde_json::Result<Cow<'_, str>> {
    let plain = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
    match plain.filter(|plain| !plain.contains('\\')) {
        Some(plain) => Ok(Cow::Borrowed(plain)),
        None => serde_json::from_str(raw).map(Cow::Owned),
    }
}

impl<'t> Value<'t> {
    /// Reads the value of JSON without blanks around it.
    pub(super) fn of(raw: &'t str) -> serde_json::Result<Self> {
        Ok(match raw.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'"') => Self::Text(text(raw)?),
            Some(b'{' | b'[') => Self::Nested(raw),
            _ => Self::Number(raw),
        })
    }

    /// Returns the value of a row's name: a number, if it is written as one.
    pub(super) fn of_name(name: Cow<'t, str>) -> Self {
        match name {
            Cow::Borrowed(name) if name.parse::<i64>().is_ok_and(|number| number.to_string() == name) => {
                Self::Number(name)
            }
            name => Self::Text(name),
        }
    }

    /// Returns the value where it names a column or a row.
    pub(super) fn as_name(&self) -> Cow<'_, str> {
        self.as_text(Words::default())
    }

    /// Returns the value in a column of text: a text's own characters, and the JSON of anything else, without blanks.
    pub(super) fn as_text(&self, words: Words) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed("null"),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Number(number) => Cow::Borrowed(number),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Nested(json) => Cow::Owned(words.restore_all(&compact(json))),
        }
    }
}

/// Returns JSON without the blanks between its parts.
fn compact(json: &str) -> String {
    let (mut within, mut escaped) = (false, false);
    let keeps = |character: &char| {
        let blank = !within && matches!(character, ' ' | '\t' | '\n' | '\r');
        match character {
            '"' if !escaped => within = !within,
            _ => {}
        }
        escaped = within && *character == '\\' && !escaped;
        !blank
    };
    json.chars().filter(keeps).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_values_lose_blanks_and_nothing_else() {
        let json = r#"{"a b": [1.10, "x \" y\\", 123456789012345678901234567890 ]}"#;
        let value: Value<'_> = serde_json::from_str(json).expect("JSON");
        assert_eq!(value.as_text(Words::default()), r#"{"a b":[1.10,"x \" y\\",123456789012345678901234567890]}"#);
    }

    #[test]
    fn texts_are_what_they_stand_for() {
        for (json, text) in
            [(r#""a""#, "a"), (r#""\u00e9\n""#, "é\n"), (r#""""#, ""), ("1.10", "1.10"), ("true", "true")]
        {
            let value: Value<'_> = serde_json::from_str(json).expect("JSON");
            assert_eq!(value.as_text(Words::default()), text);
        }
    }
}
