//! Escapes that stand for no character: `\ud83d` is the first half of a pair, and nothing without the second.

use super::place;
use crate::fault::Fault;

/// The characters of an escape such as `\u00e9`.
const LENGTH: usize = 6;

/// Returns the fault of the first escape in the texts of `json` that stands for no character. Its syntax is right.
pub(super) fn fault_in(json: &str) -> Option<Fault> {
    let offset = first_wrong(json)?;
    let escape = &json[offset..offset + LENGTH];
    let half = if half_of(json, offset) == Some(Half::First) { "first" } else { "second" };
    let message = format!("not readable as json: `{escape}` is the {half} half of a pair, without the other");
    let fault = Fault::new(message).at(place::at(json, offset));
    Some(fault.help("write the pair, such as `\\ud83d\\ude00`, or the character itself"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    First,
    Second,
}

/// Returns the position of the first half of a pair that stands alone.
fn first_wrong(json: &str) -> Option<usize> {
    let bytes = json.as_bytes();
    let mut at = 0;
    // A backslash stands in texts alone.
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        at += found;
        at += match (half_of(json, at), half_of(json, at + LENGTH)) {
            (Some(Half::First), Some(Half::Second)) => 2 * LENGTH,
            (Some(_), _) => return Some(at),
            // What is escaped may be a backslash.
            (None, _) => 2.min(bytes.len() - at),
        };
    }
    None
}

/// Returns the half that the escape at `at` is, if it is one.
fn half_of(json: &str, at: usize) -> Option<Half> {
    let digits = json.get(at..at + LENGTH)?.strip_prefix("\\u")?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xd800..0xdc00 => Some(Half::First),
        0xdc00..0xe000 => Some(Half::Second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::At;

    #[test]
    fn halves_of_pairs_that_stand_alone_are_found() {
        for (json, found) in [
            (r#"["\ud83d"]"#, Some(2)),
            (r#"["\udE00"]"#, Some(2)),
            (r#"["é","\ud83d\n"]"#, Some(7)),
            (r#"["\ud83d\ud83d\ude00"]"#, Some(2)),
            (r#"["\ud83d\ude00\ude00"]"#, Some(14)),
            (r#"["\ud83d\ude00"]"#, None),
            (r#"["\\ud83d \u00e9"]"#, None),
            (r#"["\\\ud83d"]"#, Some(4)),
            (r#"["\"#, None),
            (r#"["\u12"#, None),
        ] {
            assert_eq!(first_wrong(json), found, "{json}");
        }
    }

    #[test]
    fn the_place_is_that_of_the_escape() {
        let fault = fault_in("[\n{\"grün\": \"x\\ud800\"}]").expect("a half");
        assert_eq!(fault.at, Some(At::Character(2, 12)));
    }
}
