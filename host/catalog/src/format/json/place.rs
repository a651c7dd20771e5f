//! The place of a fault in a JSON text, as an editor counts: lines and characters, from 1.
//!
//! serde_json counts bytes, from the start of the part of the text that it was given.

use crate::fault::{At, Fault};

/// Returns the place of the character at `offset` of `text`.
pub(super) fn at(text: &str, offset: usize) -> At {
    let before = &text[..text.floor_char_boundary(offset)];
    let start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |end| end + 1);
    let line = memchr::memchr_iter(b'\n', &before.as_bytes()[..start]).count() + 1;
    At::Character(line as u64, before[start..].chars().count() as u64 + 1)
}

/// Returns the place of an error in `text`; `None` if it has none.
pub(super) fn of_error(text: &str, error: &serde_json::Error) -> Option<At> {
    match (error.line(), error.column()) {
        (0, _) => None,
        (line, 0) => Some(At::Line(line as u64)),
        (line, column) => {
            let bytes = text.split('\n').nth(line - 1).unwrap_or_default().as_bytes();
            // It counts the bytes up to and with that of the fault.
            let before = bytes.get(..column - 1).unwrap_or(bytes);
            let begins_character = |byte: &&u8| !matches!(**byte, 0x80..0xc0);
            let within = bytes.get(column - 1).is_some_and(|byte| !begins_character(&byte));
            let count = before.iter().filter(begins_character).count();
            Some(At::Character(line as u64, (count + usize::from(!within)) as u64))
        }
    }
}

/// Returns a fault of `part`, which lies within `text`, with its place in the latter.
pub(super) fn within(fault: Fault, text: &str, part: &str) -> Fault {
    let Some(At::Line(1) | At::Character(..)) = fault.at else { return fault };
    let At::Character(first, before) = at(text, offset_of(text, part).unwrap_or(0)) else { return fault };
    match fault.at {
        Some(At::Character(1, column)) => fault.at(At::Character(first, before + column - 1)),
        Some(At::Character(line, column)) => fault.at(At::Character(first + line - 1, column)),
        _ => fault.at(At::Line(first)),
    }
}

/// Returns the start of `part` in `text`, if it is a part of it.
fn offset_of(text: &str, part: &str) -> Option<usize> {
    let offset = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    (offset <= text.len()).then_some(offset)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn characters_are_counted_and_not_their_bytes() {
        let text = "é\r\n\"grün\" x";
        assert_eq!(at(text, 0), At::Character(1, 1));
        assert_eq!(at(text, text.find('x').expect("there")), At::Character(2, 8));
        assert_eq!(at(text, text.len()), At::Character(2, 9));
    }

    #[test]
    fn errors_are_at_the_character_that_is_wrong() {
        for (text, place) in [
            ("[\"grün\", x]", At::Character(1, 10)),
            ("[\n \"€€\" é]", At::Character(2, 7)),
            ("[1", At::Character(1, 2)),
            ("[1,\n", At::Line(2)),
        ] {
            let error = serde_json::from_str::<Value>(text).expect_err("no JSON");
            assert_eq!(of_error(text, &error), Some(place), "{text}");
        }
    }

    #[test]
    fn faults_of_a_part_have_their_place_in_the_whole() {
        let text = "{\n \"grün\": [1,\n x]}";
        let part = &text[text.find('[').expect("there")..];
        let placed = |at| within(Fault::new("").at(at), text, part).at;
        assert_eq!(placed(At::Character(1, 2)), Some(At::Character(2, 11)));
        assert_eq!(placed(At::Character(2, 2)), Some(At::Character(3, 2)));
        assert_eq!(placed(At::Row(1)), Some(At::Row(1)));
    }
}
