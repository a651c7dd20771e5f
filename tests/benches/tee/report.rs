//! Tables of measured times beside what they should be.

use std::time::Duration;

/// One figure.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) measured: Duration,
    /// What it should be, and how that comes about.
    pub(crate) expected: Duration,
    pub(crate) form: String,
    /// The most that it may be.
    pub(crate) most: Duration,
}

impl Row {
    fn verdict(&self) -> &'static str {
        if self.measured <= self.most { "met" } else { "MISSED" }
    }
}

/// The rows under a title.
pub(crate) fn table(title: &str, rows: &[Row]) -> String {
    let mut text = format!("{title}\n\n| what | expected | measured | at most | |\n|---|---|---|---|---|\n");
    for row in rows {
        let (expected, measured, most) = (seconds(row.expected), seconds(row.measured), seconds(row.most));
        text += &format!("| {} | {} = {expected} | {measured} | {most} | {} |\n", row.what, row.form, row.verdict());
    }
    text
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
