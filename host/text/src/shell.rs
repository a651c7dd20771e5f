//! Words of commands that people paste into a shell.

/// Quotes a word where a shell would read it otherwise.
#[must_use]
pub fn shell_quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./,:@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_read_them_otherwise() {
        assert_eq!(shell_quoted("a/pipe-line.toml"), "a/pipe-line.toml");
        assert_eq!(shell_quoted("my pipeline.toml"), "'my pipeline.toml'");
        assert_eq!(shell_quoted("=it's"), "'=it'\\''s'");
        assert_eq!(shell_quoted(""), "''");
    }
}
