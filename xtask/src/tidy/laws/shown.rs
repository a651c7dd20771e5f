//! The text of a guest reaches no terminal raw: it is a `GuestText`, whose `Display` escapes it, and all output goes
//! through the one file that makes sure once more.

use crate::tidy::{
    findings::Finding,
    lexer::{Source, find_word},
};

/// The files that write to standard output or standard error, and why no terminal obeys their output.
const WRITERS: [&str; 6] = [
    // Escapes everything that it prints.
    "host/cli/src/terminal/print.rs",
    // Draws a bar and lines below it, whose texts are shown.
    "host/cli/src/terminal/live.rs",
    // Lines of JSON, in which everything is escaped.
    "host/cli/src/commands/events.rs",
    // Data: a dataset stored in a stream must be its bytes.
    "host/catalog/src/store/stream.rs",
    // Pipes of the compiling process, which its parent reads.
    "host/sandbox/src/compile/worker.rs",
    // Names a folder, before any guest exists.
    "host/build/src/build/lock.rs",
];

/// Reports every other file that writes to a stream that may be a terminal.
pub(in crate::tidy) fn printed_in_one_place(path: &str, source: &Source) -> Vec<Finding> {
    if !is_of_host(path) || WRITERS.contains(&path) {
        return Vec::new();
    }
    let is_stream = |line: &str| ["stdout", "stderr"].iter().any(|name| is_called(line, name));
    let found = source.code.lines().enumerate().filter(|(_, line)| is_stream(line));
    found.map(|(index, _)| Finding::at(index, "print by `terminal::{say, note, warn}`, which escape")).collect()
}

/// Reports code that takes a guest's text without its escapes. Only tests may, to compare it.
pub(in crate::tidy) fn no_raw_text_of_guests(path: &str, source: &Source) -> Vec<Finding> {
    if !is_of_host(path) || path.starts_with("host/text/") {
        return Vec::new();
    }
    let found = source.code.lines().enumerate().filter(|(_, line)| line.contains(".raw()"));
    found.map(|(index, _)| Finding::at(index, "show a guest's text by its `Display`, or serialise it")).collect()
}

fn is_of_host(path: &str) -> bool {
    path.starts_with("host/") && path.contains("/src/") && !path.contains("/conformance/")
}

fn is_called(line: &str, name: &str) -> bool {
    find_word(line, name).is_some_and(|start| line[start + name.len()..].starts_with("()"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(path: &str, text: &str) -> usize {
        printed_in_one_place(path, &Source::new(text)).len()
    }

    fn raw(path: &str, text: &str) -> usize {
        no_raw_text_of_guests(path, &Source::new(text)).len()
    }

    #[test]
    fn a_second_way_to_the_terminal_is_found() {
        assert_eq!(printed("host/wpipe/src/a.rs", "fn f() {\n    writeln!(io::stderr(), \"x\");\n}"), 1);
        assert_eq!(printed("host/cli/src/a.rs", "let out = stdout().lock();"), 1);
    }

    #[test]
    fn the_one_way_and_what_is_no_stream_are_left_alone() {
        assert_eq!(printed(WRITERS[0], "io::stdout().lock()"), 0);
        assert_eq!(printed("tests/a.rs", "io::stdout().lock()"), 0);
        assert_eq!(printed("host/cli/src/a.rs", "style(x).for_stderr(); command.stdout; // stderr()"), 0);
    }

    #[test]
    fn the_raw_text_of_a_guest_is_found() {
        assert_eq!(raw("host/cli/src/a.rs", "print(message.raw());"), 1);
        assert_eq!(raw("host/text/src/a.rs", "text.raw()") + raw("tests/a.rs", "text.raw()"), 0);
    }
}
