//! A test that sleeps is slow on a good day and wrong on a bad one: it waits for the event.

use crate::tidy::{
    findings::Finding,
    lexer::{Source, find_word},
};

/// Guests that misbehave may sleep on purpose.
const EXCEPTED: &str = "tests/guests/hostile/";

/// Reports tests that sleep.
pub(in crate::tidy) fn no_test_sleeps(path: &str, source: &Source) -> Vec<Finding> {
    if !is_test(path) || path.starts_with(EXCEPTED) {
        return Vec::new();
    }
    let calls = source.lines_with_word("sleep").filter(|(_, line)| is_call(line));
    calls.map(|(index, _)| Finding::at(index, "a test that sleeps: wait for the event")).collect()
}

fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "tests.rs")
}

fn is_call(line: &str) -> bool {
    find_word(line, "sleep").is_some_and(|start| line[start + "sleep".len()..].starts_with('('))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        no_test_sleeps(path, &Source::new(text)).len()
    }

    #[test]
    fn a_sleep_in_a_test_is_found() {
        assert_eq!(count("host/x/tests/run.rs", "thread::sleep(SECOND);"), 1);
        assert_eq!(count("host/x/src/tests.rs", "sleep(SECOND).await;"), 1);
    }

    #[test]
    fn other_code_and_hostile_guests_may_sleep() {
        assert_eq!(count("host/x/src/retry.rs", "thread::sleep(SECOND);"), 0);
        assert_eq!(count("tests/guests/hostile/src/lib.rs", "sleep(SECOND);"), 0);
        assert_eq!(count("tests/run.rs", "// sleep(\nlet sleep = 1; sleepy();"), 0);
    }
}
