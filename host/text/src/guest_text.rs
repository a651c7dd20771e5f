//! A text that a guest wrote.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::shown;

/// The most bytes shown of an error, a panic or another single text. A longer text is cut, and says so.
pub const MOST_SHOWN: usize = 64 << 10;

/// A text that a guest wrote. It cannot be printed raw: when shown, it is escaped and its further lines are indented.
/// JSON holds it unchanged.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct GuestText(String);

impl GuestText {
    /// Holds the whole of a text, whose length the caller limits.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Holds the first [`MOST_SHOWN`] bytes of a text, and notes how many more there were.
    pub fn cut(text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.len() > MOST_SHOWN {
            let end = text.floor_char_boundary(MOST_SHOWN);
            let more = text.len() - end;
            text.truncate(end);
            text.shrink_to_fit();
            text.push_str(&format!("… ({more} bytes more)"));
        }
        Self(text)
    }

    /// Returns the text as the guest wrote it, for callers that do not show it.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// Returns the text with words of the host's in it, and what the editor found. It stays a guest's.
    pub fn edited<T>(&self, edit: impl FnOnce(&mut String) -> T) -> (Self, T) {
        let mut text = self.0.clone();
        let found = edit(&mut text);
        (Self(text), found)
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns true if the text is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for GuestText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for GuestText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for GuestText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&shown::guest_message(&self.0))
    }
}

impl fmt::Debug for GuestText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", shown::one_line(&self.0))
    }
}

impl PartialEq<str> for GuestText {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for GuestText {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl Serialize for GuestText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for GuestText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_shown_escaped_and_kept_as_it_was() {
        let text = GuestText::new("a\r\u{202e}\n12:00:00 INFO  done");
        assert_eq!(GuestText::new("a\n  b").to_string(), "a\n      b", "no line of a list");
        assert_eq!(text.to_string(), "a\\r\\u{202e}\n    12:00:00 INFO  done");
        assert_eq!(format!("{text:?}"), "\"a\\r\\u{202e}\\n12:00:00 INFO  done\"");
        assert_eq!(serde_json::to_string(&text).unwrap(), "\"a\\r\u{202e}\\n12:00:00 INFO  done\"");
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_so() {
        let cut = GuestText::cut("é".repeat(MOST_SHOWN));
        assert_eq!(cut.raw().matches('é').count(), MOST_SHOWN / 2);
        assert!(cut.raw().ends_with("é… (65536 bytes more)"), "{}", &cut.raw()[MOST_SHOWN - 4..]);
        let short = "x".repeat(MOST_SHOWN);
        assert_eq!(GuestText::cut(short.clone()).raw(), short);
    }
}
