//! Names that look alike: they differ only in invisible ways, such as how Unicode writes an accent.

use unicode_normalization::UnicodeNormalization;

/// Returns true if `c` has no width, or only sets the direction of reading.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        || c.is_control() && !c.is_whitespace()
}

/// Returns true if another name can look like this one. Other names are distinct by sight.
#[must_use]
pub fn has_unseen(name: &str) -> bool {
    !name.is_ascii() || name.bytes().any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control())
}

/// Returns the visible part of a name.
#[must_use]
pub fn seen(name: &str) -> String {
    let plain = name.chars().filter(|c| !is_unseen(*c)).map(|c| if c.is_whitespace() { ' ' } else { c });
    plain.nfc().collect::<String>().trim().to_owned()
}

/// Describes the difference of two names that look alike, with both written out; `None` if they are the same, or do not
/// look alike.
///
/// ```
/// let told = wpipe_text::unseen_difference("caf\u{e9}", "cafe\u{301}");
/// assert_eq!(told.as_deref(), Some(r"only by Unicode normalisation: `caf\u{e9}` and `cafe\u{301}`"));
/// assert_eq!(wpipe_text::unseen_difference("cafe", "caf\u{e9}"), None);
/// ```
#[must_use]
pub fn unseen_difference(one: &str, other: &str) -> Option<String> {
    if one == other || !(has_unseen(one) || has_unseen(other)) || seen(one) != seen(other) {
        return None;
    }
    let is_normalisation = one.nfc().eq(other.nfc());
    let what = if is_normalisation { "by Unicode normalisation" } else { "by blanks, or by what has no width" };
    Some(format!("only {what}: `{}` and `{}`", written_out(one), written_out(other)))
}

/// Writes out a name, with a code point for every character that others could be mistaken for.
fn written_out(name: &str) -> String {
    let edges = (name.len() - name.trim_start().len(), name.trim_end().len());
    let shown = name.char_indices().map(|(at, c)| {
        let is_plain = c.is_ascii_graphic() || c == ' ' && (edges.0..edges.1).contains(&at);
        if is_plain { c.to_string() } else { c.escape_unicode().to_string() }
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_told_apart() {
        for (one, other, what) in [
            ("gr\u{fc}n", "gru\u{308}n", "Unicode normalisation"),
            ("\u{ac00}", "\u{1100}\u{1161}", "Unicode normalisation"),
            ("\u{212b}", "\u{c5}", "Unicode normalisation"),
            ("x", "x ", "`x` and `x\\u{20}`"),
            ("a b", "a\u{a0}b", "`a b` and `a\\u{a0}b`"),
            ("x", "\u{feff}x", "`\\u{feff}x`"),
            ("x", "x\u{200b}", "`x\\u{200b}`"),
            ("x", "x\r", "`x\\u{d}`"),
        ] {
            assert!(unseen_difference(one, other).is_some_and(|told| told.contains(what)), "{one:?} {other:?}");
        }
    }

    #[test]
    fn what_is_seen_is_no_unseen_difference() {
        for (one, other) in [("x", "x"), ("x", "X"), ("ab", "a b"), ("x\u{b2}", "x2"), ("a", "\u{430}"), ("é", "e")] {
            assert_eq!(unseen_difference(one, other), None, "{one:?} {other:?}");
        }
    }
}
