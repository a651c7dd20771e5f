//! The place of a fault in a query.

/// Returns `at line 2, column 8, near `FORM``, of the character with this index, from 0.
pub(super) fn place(query: &str, character: usize) -> String {
    let before: String = query.chars().take(character).collect();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let word: String = query.chars().skip(character).take_while(|c| !c.is_whitespace()).take(SHOWN).collect();
    match word.as_str() {
        "" => format!("at line {line}, column {column}, the end"),
        word => format!("at line {line}, column {column}, `{word}`"),
    }
}

/// The number of characters of a query that are shown.
const SHOWN: usize = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_as_editors_do() {
        assert_eq!(place("select a\nform é", 9), "at line 2, column 1, `form`");
        assert_eq!(place("select é form", 9), "at line 1, column 10, `form`");
        assert_eq!(place("select", 6), "at line 1, column 7, the end");
    }
}
