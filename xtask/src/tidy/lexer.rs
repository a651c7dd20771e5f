//! Tells code from comments and literals, as far as the laws need it.

/// A Rust file, three times: each text has the same lines at the same places, with everything else blanked out.
pub(super) struct Source<'a> {
    /// The text as it is.
    pub(super) text: &'a str,
    /// The text without comments and without quoted text.
    pub(super) code: String,
    /// Only the comments.
    pub(super) comments: String,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let (mut code, mut comments) = (String::with_capacity(text.len()), String::with_capacity(text.len()));
        let mut rest = text;
        let mut before = ' ';
        while let Some(character) = rest.chars().next() {
            let (kind, length) = token(rest, before);
            let (token, after) = rest.split_at(length);
            let blank = |character: char| if character == '\n' { '\n' } else { ' ' };
            for each in token.chars() {
                code.push(if kind == Kind::Code { each } else { blank(each) });
                comments.push(if kind == Kind::Comment { each } else { blank(each) });
            }
            before = if kind == Kind::Code { character } else { ' ' };
            rest = after;
        }
        Self { text, code, comments }
    }

    /// Returns the lines of code with a word in them, counted from 0.
    pub(super) fn lines_with_word(&self, word: &str) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().filter(move |(_, line)| find_word(line, word).is_some())
    }
}

/// Finds `word` in `line`, not as a part of a longer one.
pub(super) fn find_word(line: &str, word: &str) -> Option<usize> {
    line.match_indices(word).map(|(start, _)| start).find(|start| {
        let before = line[..*start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !before.is_some_and(is_part_of_word) && !after.is_some_and(is_part_of_word)
    })
}

pub(super) fn is_part_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[derive(PartialEq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

/// Returns the kind and the length of the token that `rest` begins with: a comment, a literal, or one character of
/// code.
fn token(rest: &str, before: char) -> (Kind, usize) {
    let starts_word = !is_part_of_word(before);
    if rest.starts_with("//") {
        (Kind::Comment, rest.find('\n').unwrap_or(rest.len()))
    } else if rest.starts_with("/*") {
        (Kind::Comment, block_comment(rest))
    } else if rest.starts_with('"') {
        (Kind::Literal, quoted(rest, '"'))
    } else if let Some(length) = raw_string(rest).filter(|_| starts_word) {
        (Kind::Literal, length)
    } else if let Some(length) = character(rest) {
        (Kind::Literal, length)
    } else {
        (Kind::Code, rest.chars().next().map_or(0, char::len_utf8))
    }
}

/// Returns the length of a block comment. They nest.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut position) = (0, 0);
    while position < rest.len() {
        if rest[position..].starts_with("/*") {
            (depth, position) = (depth + 1, position + 2);
        } else if rest[position..].starts_with("*/") {
            (depth, position) = (depth - 1, position + 2);
            if depth == 0 {
                return position;
            }
        } else {
            position += rest[position..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Returns the length of a quoted text, including both quotes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (position, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return position + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Returns the length of `r"…"`, `r#"…"#` and so on; a byte string's `b` before it counts as code and does no harm.
fn raw_string(rest: &str) -> Option<usize> {
    let opening = rest.strip_prefix("br").or_else(|| rest.strip_prefix("cr")).or_else(|| rest.strip_prefix('r'))?;
    let hashes = opening.len() - opening.trim_start_matches('#').len();
    let content = opening[hashes..].strip_prefix('"')?;
    let closing = format!("\"{}", "#".repeat(hashes));
    let start = rest.len() - content.len();
    Some(content.find(&closing).map_or(rest.len(), |end| start + end + closing.len()))
}

/// Returns the length of a character in quotes, unless the quote begins a lifetime.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let first = inner.chars().next()?;
    if first == '\\' {
        return Some(quoted(rest, '\''));
    }
    inner[first.len_utf8()..].starts_with('\'').then_some(first.len_utf8() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        Source::new(text).code
    }

    #[test]
    fn comments_and_strings_are_no_code_and_lines_stay_where_they_are() {
        assert_eq!(code("a // b\nc /* d /* e */ f\n */ g"), "a     \nc               \n    g");
        assert_eq!(code("x(\"unsafe \\\" {\", y)"), "x(             , y)");
    }

    #[test]
    fn raw_strings_end_at_their_own_hashes() {
        assert_eq!(code("r#\"a \" b\"# c").trim(), "c");
        assert_eq!(code("br\"\\\" c").trim(), "c");
        assert_eq!(code("for\"a\""), "for   ");
    }

    #[test]
    fn a_lifetime_is_no_character() {
        assert_eq!(code("&'a str, '\"', '\\'', 'x'"), "&'a str,    ,     ,    ");
    }

    #[test]
    fn comments_are_kept_apart() {
        assert_eq!(Source::new("let x = \"// no\"; // yes").comments.trim(), "// yes");
    }

    #[test]
    fn a_word_is_not_a_part_of_a_longer_one() {
        assert_eq!(find_word("unsafe_code; unsafe {", "unsafe"), Some(13));
    }
}
