//! Python's words for values that are no numbers: `NaN`, `Infinity` and `-Infinity`, which JSON does not know.
//!
//! They are replaced by numbers of the same length that no program writes, so that a strict reader reads the rest, with
//! the right lines and columns in its errors, and are put back into the values that it read.

use std::borrow::Cow;

use crate::fault::Fault;

/// As long as `Infinity`; of no finite value, so that another program means the same by it.
const INFINITY: &str = "1e999999";
const MINUS_INFINITY: &str = "-1e999999";
/// As long as `NaN`; all are zero, so that a text which has one of them does not need it.
const ZEROS: [&str; 10] = ["0E0", "0E1", "0E2", "0E3", "0E4", "0E5", "0E6", "0E7", "0E8", "0E9"];

/// The numbers that stand for the words in a text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Words {
    nan: Option<&'static str>,
}

impl Words {
    /// Returns `text` with numbers in the places of the words.
    pub(super) fn replace(text: Cow<'_, str>) -> Result<(Cow<'_, str>, Self), Fault> {
        let places = places(&text);
        if places.is_empty() {
            return Ok((text, Self::default()));
        }
        let Some(nan) = ZEROS.into_iter().find(|zero| !text.contains(zero)) else {
            return Err(Fault::new("it writes zero in all of the ways that `allow_nan` needs one of: 0E0 to 0E9"));
        };
        let mut replaced = String::with_capacity(text.len());
        let mut end = 0;
        for (at, word) in places {
            replaced.push_str(&text[end..at]);
            replaced.push_str(if word == "NaN" { nan } else { INFINITY });
            end = at + word.len();
        }
        replaced.push_str(&text[end..]);
        Ok((Cow::Owned(replaced), Self { nan: Some(nan) }))
    }

    /// Returns true if `text` has one of them.
    pub(super) fn are_in(text: &str) -> bool {
        !places(text).is_empty()
    }

    /// Returns true if numbers stand for words in the text.
    pub(super) fn are_some(self) -> bool {
        self.nan.is_some()
    }

    /// Returns JSON without blanks, with the words again where numbers stand for them.
    pub(super) fn restore_all(self, json: &str) -> String {
        if !self.are_some() {
            return json.to_owned();
        }
        let mut restored = String::with_capacity(json.len());
        let mut rest = json;
        while !rest.is_empty() {
            let end = if rest.starts_with('"') {
                end_of_text(rest.as_bytes(), 1)
            } else {
                // A number or word, or the character between two.
                rest.find(['[', ']', '{', '}', ':', ',', '"']).map_or(rest.len(), |end| end.max(1))
            };
            restored.push_str(self.restore(&rest[..end]));
            rest = &rest[end..];
        }
        restored
    }

    /// Returns the word that a number stands for, or the number.
    pub(super) fn restore(self, number: &str) -> &str {
        match (self.nan, number) {
            (Some(nan), number) if number == nan => "NaN",
            (Some(_), INFINITY) => "Infinity",
            (Some(_), MINUS_INFINITY) => "-Infinity",
            _ => number,
        }
    }
}

/// Returns the places of the words outside of texts.
fn places(text: &str) -> Vec<(usize, &'static str)> {
    let bytes = text.as_bytes();
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(found) = memchr::memchr3(b'"', b'N', b'I', &bytes[at..]) {
        at += found;
        if bytes[at] == b'"' {
            at = end_of_text(bytes, at + 1);
            continue;
        }
        let word = ["NaN", "Infinity"].into_iter().find(|word| bytes[at..].starts_with(word.as_bytes()));
        places.extend(word.filter(|word| stands_alone(bytes, at, word)).map(|word| (at, word)));
        at += word.map_or(1, str::len);
    }
    places
}

/// Returns true if nothing before and behind the word could be a part of the number that replaces it.
fn stands_alone(bytes: &[u8], at: usize, word: &str) -> bool {
    let is_signed = word == "Infinity" && bytes[..at].ends_with(b"-");
    let before = bytes[..at - usize::from(is_signed)].last();
    let behind = bytes.get(at + word.len());
    let is_between = |byte: &u8| byte.is_ascii_whitespace() || b"[]{}:,".contains(byte);
    before.is_none_or(is_between) && behind.is_none_or(is_between)
}

/// Returns the position behind the quote that ends the text which begins at `at`.
fn end_of_text(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = memchr::memchr2(b'"', b'\\', &bytes[at.min(bytes.len())..]) {
        at += found;
        match bytes[at] {
            b'"' => return at + 1,
            _ => at += 2,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_outside_of_texts_alone() {
        let text = r#"[{"NaN":"NaN \" Infinity","x":NaN,"y":-Infinity},{"x":Infinity}]"#;
        let (replaced, words) = Words::replace(Cow::Borrowed(text)).expect("replaced");
        assert_eq!(replaced, r#"[{"NaN":"NaN \" Infinity","x":0E0,"y":-1e999999},{"x":1e999999}]"#);
        assert_eq!(
            ["0E0", "-1e999999", "1e999999", "0E1"].map(|number| words.restore(number)),
            ["NaN", "-Infinity", "Infinity", "0E1"]
        );
    }

    #[test]
    fn the_words_come_back_within_lists_and_objects() {
        let text = r#"[[NaN,"0E0 NaN"],{"0E0":-Infinity,"b":[Infinity,1e9]}]"#;
        let (replaced, words) = Words::replace(Cow::Borrowed(text)).expect("replaced");
        assert_eq!(words.restore_all(&replaced), text);
    }

    #[test]
    fn a_zero_that_the_text_has_stands_for_nothing() {
        let (replaced, words) = Words::replace(Cow::Borrowed("[0E0,NaN]")).expect("replaced");
        assert_eq!(replaced, "[0E0,0E1]");
        assert_eq!(words.restore("0E0"), "0E0");
        assert_eq!(words.restore("0E1"), "NaN");
    }

    #[test]
    fn what_has_one_within_is_no_word() {
        for text in ["[-NaN]", "[1NaN]", "[NaN5]", "[--Infinity]", "[1-Infinity]", "[Infinity0]"] {
            let (replaced, _) = Words::replace(Cow::Borrowed(text)).expect("replaced");
            assert_eq!(replaced, text);
        }
    }

    #[test]
    fn a_text_without_them_is_as_it_was() {
        let (replaced, words) = Words::replace(Cow::Borrowed("[1e999999,\"NaN")).expect("replaced");
        assert_eq!(replaced, "[1e999999,\"NaN");
        assert_eq!(words.restore("1e999999"), "1e999999");
    }
}
