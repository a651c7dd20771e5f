//! The command in a pseudo-terminal, and what a person sees on its screen.

use std::io::{Read, Write};

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};

use crate::support::Project;

/// Lines enough that nothing of a test scrolls away.
const LINES: u16 = 100;

/// The beginnings of lines that tell times, and are wrapped where it depends on them.
const TIMES: [&str; 2] = ["slowest nodes:", "storage:"];

/// A terminal in which the command runs.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    reader: Box<dyn Read + Send>,
    writer: Box<dyn Write + Send>,
    screen: vt100::Parser,
}

/// What is left on the screen at the end.
pub(crate) struct Left {
    pub(crate) code: u32,
    pub(crate) text: String,
    /// True if anything on it is coloured or bold.
    pub(crate) is_styled: bool,
    /// Everything that was written, with the sequences that move the cursor.
    pub(crate) written: String,
}

impl Terminal {
    /// Begins the command in a terminal of so many columns, with these variables besides those of every terminal.
    pub(crate) fn begin(project: &Project, columns: u16, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: LINES, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let plain = project.command(arguments);
        let mut command = CommandBuilder::new(plain.get_program());
        command.args(plain.get_args());
        command.cwd(project.path(""));
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            }
        }
        ["NO_COLOR", "CI"].iter().for_each(|name| command.env_remove(name));
        command.env("TERM", "xterm-256color");
        variables.iter().for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        let (reader, writer) = (pair.master.try_clone_reader().unwrap(), pair.master.take_writer().unwrap());
        Self { child, reader, writer, screen: vt100::Parser::new(LINES, columns, 0) }
    }

    /// Reads until the screen shows `text`.
    pub(crate) fn wait_for(&mut self, text: &str) {
        while !self.screen.screen().contents().contains(text) {
            assert!(self.read().is_some(), "the command ended before it showed `{text}`: {}", self.text());
        }
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &[u8]) {
        self.writer.write_all(keys).unwrap();
        self.writer.flush().unwrap();
    }

    /// Reads to the end of the command.
    pub(crate) fn end(mut self) -> Left {
        let mut written = Vec::new();
        while let Some(read) = self.read() {
            written.extend(read);
        }
        let code = self.child.wait().unwrap().exit_code();
        let screen = self.screen.screen();
        let (rows, columns) = screen.size();
        let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let is_styled = cells.filter_map(|(row, column)| screen.cell(row, column)).any(|cell| {
            cell.bold() || cell.fgcolor() != vt100::Color::Default || cell.bgcolor() != vt100::Color::Default
        });
        Left { code, text: self.text(), is_styled, written: String::from_utf8_lossy(&written).into_owned() }
    }

    /// Returns the lines of the screen, without the blank ends. Of those that tell times, only the beginning stays.
    fn text(&self) -> String {
        let screen = self.screen.screen();
        let (mut text, mut is_cut) = (String::new(), false);
        for (index, row) in (0..).zip(screen.rows(0, screen.size().1)) {
            let continues = index > 0 && screen.row_wrapped(index - 1);
            is_cut = (continues && is_cut) || TIMES.iter().any(|beginning| row.starts_with(beginning));
            if !(continues && is_cut) {
                text.push_str(row.trim_end());
                text.push('\n');
            }
        }
        text.trim_end().to_owned()
    }

    fn read(&mut self) -> Option<Vec<u8>> {
        let mut bytes = vec![0; 4096];
        // A terminal whose program has ended gives an error.
        let length = self.reader.read(&mut bytes).ok().filter(|length| *length > 0)?;
        bytes.truncate(length);
        self.screen.process(&bytes);
        Some(bytes)
    }
}
