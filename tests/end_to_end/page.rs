//! A page of the documents whose commands and files are carried out in their order.
//!
//! A block ```` ```console ```` has commands behind `$ `, and below each what it prints. `…` stands for any lines, and
//! within a line for any characters. With `console fails` each command fails. A block with `file=PATH` is written there.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::support::{ended, wpipe};

/// A command and what it should print.
#[derive(Debug, PartialEq)]
struct Step {
    command: String,
    expected: Vec<String>,
    fails: bool,
}

/// A block of the page that does something.
#[derive(Debug, PartialEq)]
enum Block {
    Steps(Vec<Step>),
    File { path: PathBuf, content: String },
}

/// Gives a shell the command `wpipe`, in the environment that tests have.
pub(crate) fn with_command(shell: &mut Command) {
    let path = Path::new(env!("CARGO_BIN_EXE_wpipe")).parent().expect("a folder").display().to_string();
    shell.env("PATH", format!("{path}:{}", env::var("PATH").unwrap_or_default()));
    shell.envs(wpipe(&[]).get_envs().filter_map(|(name, value)| Some((name, value?))));
}

/// Carries out a page in `directory`; `prepare` sets the environment of each command.
///
/// # Panics
///
/// Panics if a command ends or prints otherwise than the page says.
pub(crate) fn carry_out(page: &str, directory: &Path, prepare: impl Fn(&mut Command)) {
    let mut directory = directory.to_owned();
    for block in blocks(page) {
        match block {
            Block::File { path, content } => fs::write(directory.join(path), content).expect("written"),
            Block::Steps(steps) => steps.iter().for_each(|step| take(step, &mut directory, &prepare)),
        }
    }
}

fn take(step: &Step, directory: &mut PathBuf, prepare: &impl Fn(&mut Command)) {
    if let Some(folder) = step.command.strip_prefix("cd ") {
        directory.push(folder);
        return;
    }
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("{{ {}; }} 2>&1", step.command)]).current_dir(&directory);
    prepare(&mut shell);
    let ended = ended(shell.output().expect("ended"));
    assert_eq!(ended.code != 0, step.fails, "`{}`: {}", step.command, ended.told());
    let printed: Vec<&str> = ended.stdout.trim_end().lines().collect();
    let expected: Vec<&str> = step.expected.iter().map(String::as_str).collect();
    assert!(fits(&expected, &printed), "`{}` should print\n{}\n{}", step.command, expected.join("\n"), ended.told());
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let content: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let mut words = kind.split(' ');
        match (words.next(), words.next()) {
            (Some("console"), rest) => blocks.push(Block::Steps(steps(&content, rest == Some("fails")))),
            (_, Some(word)) if word.starts_with("file=") => {
                let path = PathBuf::from(&word["file=".len()..]);
                blocks.push(Block::File { path, content: content.join("\n") + "\n" });
            }
            _ => {}
        }
    }
    blocks
}

fn steps(content: &[&str], fails: bool) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in content {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command: command.to_owned(), expected: Vec::new(), fails }),
            (None, Some(step)) => step.expected.push((*line).to_owned()),
            (None, None) => panic!("`{line}` stands before any command"),
        }
    }
    steps
}

/// Returns true if the lines are the expected ones.
fn fits(expected: &[&str], printed: &[&str]) -> bool {
    match expected.split_first() {
        None => printed.is_empty(),
        Some((&"…", rest)) => (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..])),
        Some((line, rest)) => {
            printed.split_first().is_some_and(|(first, others)| line_fits(line, first) && fits(rest, others))
        }
    }
}

/// Returns true if the line is the expected one, in which `…` stands for any characters.
fn line_fits(expected: &str, printed: &str) -> bool {
    let mut parts = expected.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn the_page_about_kedro_can_be_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    carry_out(include_str!("../../docs/kedro.md"), folder.path(), with_command);
}

#[test]
fn a_page_is_its_blocks() {
    let page = "text\n```console\n$ a\nb\n\nc\n$ d\n```\n```toml\nx\n```\n```csv file=e/f.csv\n1\n2\n```\n";
    let step = |command: &str, expected: &[&str]| Step {
        command: command.to_owned(),
        expected: expected.iter().map(|line| (*line).to_owned()).collect(),
        fails: false,
    };
    let file = Block::File { path: "e/f.csv".into(), content: "1\n2\n".to_owned() };
    assert_eq!(blocks(page), [Block::Steps(vec![step("a", &["b", "", "c"]), step("d", &[])]), file]);
}

#[test]
fn an_ellipsis_stands_for_anything() {
    assert!(fits(&["…", "b", "…"], &["a", "b"]));
    assert!(fits(&["a … d … f"], &["a b c d e f"]));
    assert!(!fits(&["…", "b"], &["a", "b", "c"]));
    assert!(!fits(&["a …"], &["b c"]));
    assert!(!fits(&[], &["a"]));
    assert!(!fits(&["a", "b"], &["a"]));
}
