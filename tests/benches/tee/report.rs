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

/// Prints the rows under a title.
pub(crate) fn print(title: &str, rows: &[Row]) {
    println!("{title}\n");
    println!("| what | expected | measured | at most | |");
    println!("|---|---|---|---|---|");
    for row in rows {
        let (expected, measured, most) = (seconds(row.expected), seconds(row.measured), seconds(row.most));
        println!("| {} | {} = {expected} | {measured} | {most} | {} |", row.what, row.form, row.verdict());
    }
    println!();
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
