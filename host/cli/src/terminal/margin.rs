//! A terminal of which the last columns stay free.
//!
//! Lines of the live view are as wide as they may be. A terminal shows `^C` where its cursor stands, which is behind the last
//! of them: on a full line that would begin another one, and the view would be redrawn a line too low.

use std::io;

use console::Term;
use indicatif::TermLike;

/// The columns of `^C`, and one for the cursor.
const MARGIN: u16 = 3;

/// The terminal of standard error.
#[derive(Debug)]
pub(super) struct WithMargin(pub(super) Term);

impl TermLike for WithMargin {
    fn width(&self) -> u16 {
        self.0.size().1.saturating_sub(MARGIN)
    }

    fn height(&self) -> u16 {
        self.0.size().0
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_left(columns)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
