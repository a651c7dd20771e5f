//! Shows texts that somebody else wrote. Characters that a terminal would obey, or that nobody would see, are escaped.
//!
//! Escapes are Rust's: `\u{1b}`, `\r`, `\0`. A text that has been through one of these functions passes each of them
//! unchanged, so the code that prints may apply them again.

use std::borrow::Cow;
use std::fmt::Write;

/// The treatment of line breaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    /// Breaks are escaped as well.
    Escaped,
    /// Breaks stay, and the next line is indented, unless it begins with this many spaces.
    Indented(&'static str),
    /// Breaks stay.
    Kept,
}

/// The spaces before a further line of a message. No line of ours begins so.
const INDENT: &str = "    ";
/// The spaces that indent a line of our own enough: lists begin so.
const INDENTED: &str = "  ";
/// The spaces that replace a tab, where it is not escaped.
const TAB: &str = "    ";

/// Shows a name, an id or a cell on one line.
pub fn one_line(text: &str) -> Cow<'_, str> {
    show(text, Breaks::Escaped, false)
}

/// Shows a message that may have several lines. All but the first are indented, so that none is mistaken for a line of
/// its own.
pub fn message(text: &str) -> Cow<'_, str> {
    show(text, Breaks::Indented(INDENTED), false)
}

/// Shows a message of a guest: as [`message`], and no further line is mistaken for one of our lists either.
pub(crate) fn guest_message(text: &str) -> Cow<'_, str> {
    show(text, Breaks::Indented(INDENT), false)
}

/// Shows a text whose lines the caller lays out.
pub fn lines(text: &str) -> Cow<'_, str> {
    show(text, Breaks::Kept, false)
}

/// Shows a text that has been laid out and coloured. Sequences that choose colours stay as well.
pub fn rendered(text: &str) -> Cow<'_, str> {
    show(text, Breaks::Kept, true)
}

/// Escapes in JSON every character that would be escaped in a shown text. The JSON value stays the same.
pub fn json(text: String) -> String {
    if text.bytes().all(|byte| byte.is_ascii() && byte != DELETE) {
        return text;
    }
    let mut shown = String::with_capacity(text.len());
    for Found { character, is_hidden, .. } in characters(&text) {
        // Line breaks of JSON stand between its tokens.
        if matches!(character, '\n' | '\r' | '\t') || !is_hidden {
            shown.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\u{unit:04x}");
        }
    }
    shown
}

const DELETE: u8 = 0x7F;

/// Returns the bytes of a text as [`json`] writes it, without its quotes: its size in a journal.
pub fn json_length(text: &str) -> usize {
    let is_plain = |byte: u8| (byte.is_ascii_graphic() || byte == b' ') && !matches!(byte, b'"' | b'\\');
    if text.bytes().all(is_plain) {
        return text.len();
    }
    let lengths = characters(text).map(|Found { character, is_hidden, .. }| match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        _ if is_hidden => "\\u0000".len() * character.len_utf16(),
        _ => character.len_utf8(),
    });
    lengths.sum()
}

/// Replaces hidden characters by stand-ins of the same length in bytes, so that every position in `text` stays. Line
/// breaks and tabs stay.
pub fn same_length(text: &str) -> Cow<'_, str> {
    let is_break =
        |found: &Found| matches!(found.character, '\n' | '\t') || found.character == '\r' && found.after == Some('\n');
    if characters(text).all(|found| !found.is_hidden || is_break(&found)) {
        return Cow::Borrowed(text);
    }
    let shown = characters(text).map(|found| match found.character.len_utf8() {
        _ if !found.is_hidden || is_break(&found) => found.character.to_string(),
        3 => char::REPLACEMENT_CHARACTER.to_string(),
        length => "?".repeat(length),
    });
    Cow::Owned(shown.collect())
}

fn show(text: &str, breaks: Breaks, keeps_colours: bool) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + text.len() / 8);
    let mut skip = 0;
    let mut at = 0;
    for Found { character, after, is_hidden } in characters(text) {
        let rest = &text[at..];
        at += character.len_utf8();
        if skip > 0 {
            skip -= 1;
            shown.push(character);
            continue;
        }
        match (character, breaks) {
            ('\n', Breaks::Kept) => shown.push('\n'),
            ('\n', Breaks::Indented(enough)) => {
                shown.push('\n');
                let next = &rest[1..];
                let is_indented = next.starts_with(enough) || next.starts_with(['\n', '\t']) || next.is_empty();
                shown.push_str(if is_indented { "" } else { INDENT });
            }
            // Windows ends lines so.
            ('\r', Breaks::Kept | Breaks::Indented(_)) if after == Some('\n') => {}
            ('\t', Breaks::Kept | Breaks::Indented(_)) => shown.push_str(TAB),
            ('\u{1b}', _) if keeps_colours && colour(rest) > 0 => {
                skip = colour(rest) - 1;
                shown.push(character);
            }
            _ if is_hidden => escape(character, &mut shown),
            _ => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// Returns the length of the sequence that chooses a colour, at the beginning of `text`; 0 if there is none.
fn colour(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix("\u{1b}[") else { return 0 };
    let end = parameters.find(|character: char| !character.is_ascii_digit() && character != ';');
    end.filter(|end| parameters[*end..].starts_with('m')).map_or(0, |end| end + "\u{1b}[m".len())
}

fn escape(character: char, to: &mut String) {
    if character == '\0' {
        to.push_str("\\0");
    } else if matches!(character, '\n' | '\r' | '\t') {
        to.extend(character.escape_default());
    } else {
        to.extend(character.escape_unicode());
    }
}

/// A character of a text.
struct Found {
    character: char,
    /// The next character.
    after: Option<char>,
    is_hidden: bool,
}

/// Returns the characters of a text, and whether each is hidden.
fn characters(text: &str) -> impl Iterator<Item = Found> {
    let mut before = None;
    let mut characters = text.chars().peekable();
    std::iter::from_fn(move || {
        let character = characters.next()?;
        let after = characters.peek().copied();
        let is_hidden = is_hidden(before, character, after);
        // The next character sees the end of the escape before it.
        before = Some(if is_hidden { '}' } else { character });
        Some(Found { character, after, is_hidden })
    })
}

/// Returns true if a character must not be printed as it is: terminals obey it, it changes the order or the lines of
/// the text around it, or it is invisible. Characters that join the parts of an emoji, or of words in scripts that need
/// them, may be printed.
fn is_hidden(before: Option<char>, character: char, after: Option<char>) -> bool {
    let is_of_script = |character: Option<char>| {
        character.is_some_and(|character| !character.is_ascii() && !character.is_control() && !is_invisible(character))
    };
    match character {
        '\u{20}'..='\u{7e}' => false,
        '\u{200c}' | '\u{200d}' => !is_of_script(before) || !is_of_script(after) || after.is_some_and(is_variation),
        character if is_variation(character) => {
            let is_key = before.is_some_and(|before| matches!(before, '0'..='9' | '#' | '*'));
            !is_key && (!is_of_script(before) || before.is_some_and(is_variation))
        }
        character => character.is_control() || is_invisible(character),
    }
}

/// Returns true if the character chooses between forms of the character before it.
fn is_variation(character: char) -> bool {
    ('\u{fe00}'..='\u{fe0f}').contains(&character)
}

/// Returns true for characters that Unicode calls ignorable, separators of lines and paragraphs, and controls of
/// direction.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        let shown = [
            ("\u{1b}[2J\u{1b}]8;;http://x\u{7}y", "\\u{1b}[2J\\u{1b}]8;;http://x\\u{7}y"),
            ("a\rb\0c\u{7f}", "a\\rb\\0c\\u{7f}"),
            ("\u{9b}31m \u{85}", "\\u{9b}31m \\u{85}"),
            ("a\nb\tc", "a\\nb\\tc"),
        ];
        for (text, expected) in shown {
            assert_eq!(one_line(text), expected);
        }
    }

    #[test]
    fn what_nobody_sees_is_escaped() {
        for character in [
            '\u{202e}',
            '\u{2066}',
            '\u{200e}',
            '\u{61c}',
            '\u{2028}',
            '\u{2029}',
            '\u{200b}',
            '\u{200d}',
            '\u{feff}',
            '\u{ad}',
            '\u{2060}',
            '\u{e0041}',
            '\u{3164}',
            '\u{fe0f}',
        ] {
            assert_eq!(one_line(&format!("a{character}b")), format!("a{}b", character.escape_unicode()));
        }
    }

    #[test]
    fn what_people_write_stays() {
        for text in [
            "a.b-c/d [1/4] é ü 漢字 한국 עברית 🎉",
            "👩\u{200d}👩\u{200d}👧 ❤\u{fe0f} 1\u{fe0f}\u{20e3}",
            "می\u{200c}خواهم",
            "e\u{301}",
            "C:\\x",
        ] {
            assert_eq!(one_line(text), text);
        }
    }

    #[test]
    fn further_lines_of_a_message_are_indented() {
        assert_eq!(message("a\n12:00:00 INFO b\r\n  c\n\td\n\ne"), "a\n    12:00:00 INFO b\n  c\n    d\n\n    e");
    }

    #[test]
    fn colours_stay_in_what_is_rendered_and_nothing_else_does() {
        let text = "\u{1b}[1;31merror:\u{1b}[0m \u{1b}[2K\u{1b}[m\n";
        assert_eq!(rendered(text), "\u{1b}[1;31merror:\u{1b}[0m \\u{1b}[2K\u{1b}[m\n");
        assert_eq!(lines(text).matches('\u{1b}').count(), 0);
    }

    #[test]
    fn places_stay_where_a_text_is_shown_at_its_length() {
        assert_eq!(same_length("a\u{1b}b\u{202e}c\u{85}\n"), "a?b\u{fffd}c??\n");
        assert_eq!(same_length("a\r\né\t"), "a\r\né\t");
    }

    proptest! {
        #[test]
        fn shown_text_is_shown_as_it_is(text in "(\\PC|\\p{Cc}|\\p{Cf}|\n|\r|\t| |a)*") {
            for show in [one_line, message, guest_message, lines, rendered] {
                let shown = show(&text).into_owned();
                prop_assert_eq!(&*show(&shown), &*shown);
                prop_assert_eq!(&*rendered(&shown), &*shown);
            }
            prop_assert!(!one_line(&text).contains(char::is_control));
            let guest = guest_message(&text);
            prop_assert_eq!(&*message(&guest), &*guest, "whoever prints makes sure once more");
            prop_assert!(guest.lines().skip(1).all(|line| line.is_empty() || line.starts_with(INDENT)));
            prop_assert_eq!(same_length(&text).len(), text.len());
        }

        #[test]
        fn json_is_the_same_value(text in "(\\PC|\\p{Cc}|\\p{Cf}|\u{e0041})*") {
            let json = json(serde_json::to_string(&text).unwrap());
            prop_assert_eq!(&*one_line(&json), &*json);
            prop_assert_eq!(json_length(&text), json.len() - "\"\"".len());
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
