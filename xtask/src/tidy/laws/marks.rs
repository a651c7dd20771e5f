//! Merged work is finished.

use crate::tidy::{
    findings::Finding,
    lexer::{Source, find_word},
};

/// The marks in code that is not written yet, or does not work.
const IN_CODE: [(&str, &str); 3] = [("todo", "!"), ("unimplemented", "!"), ("#[ignore", "")];

/// The mark in comments.
const IN_COMMENTS: &str = concat!("FIX", "ME");

/// Reports code and comments that say that something is left to do.
pub(in crate::tidy) fn nothing_unfinished(_path: &str, source: &Source) -> Vec<Finding> {
    let in_code = source.code.lines().enumerate().flat_map(|(index, line)| {
        let marks = IN_CODE.iter().filter(|(word, after)| has_mark(line, word, after));
        marks.map(move |(word, after)| Finding::at(index, format!("`{word}{after}` is left")))
    });
    let in_comments = source.comments.lines().enumerate().filter(|(_, line)| find_word(line, IN_COMMENTS).is_some());
    in_code.chain(in_comments.map(|(index, _)| Finding::at(index, format!("`{IN_COMMENTS}` is left")))).collect()
}

fn has_mark(line: &str, word: &str, after: &str) -> bool {
    find_word(line, word).is_some_and(|start| line[start + word.len()..].starts_with(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_in_code_and_in_comments() {
        let text =
            format!("fn f() {{ todo!() }}\nunimplemented!(\"x\");\n#[ignore = \"slow\"]\n// {IN_COMMENTS}: later");
        let lines: Vec<_> =
            nothing_unfinished("x.rs", &Source::new(&text)).into_iter().map(|found| found.line).collect();
        assert_eq!(lines, [1, 2, 3, 4]);
    }

    #[test]
    fn words_and_texts_are_no_marks() {
        let text = format!("let todo = \"todo!()\"; // a todo! here\nlet b = \"{IN_COMMENTS}\";\nclippy::todo");
        assert!(nothing_unfinished("x.rs", &Source::new(&text)).is_empty());
    }
}
