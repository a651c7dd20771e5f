//! The tables that are printed.

use crate::arm::Row;
use crate::clock::Time;
use crate::payload::Payload;
use crate::targets::Verdict;

/// Characters of a row's name, and of its figures.
const NAME: usize = 32;
const FIGURES: usize = 24;

/// A table of named rows of times.
pub(crate) fn rows(title: &str, columns: &[&str], rows: &[(&str, Vec<Time>)]) -> String {
    let mut text = format!("{title:<NAME$}");
    for column in columns {
        text += &format!("{column:>FIGURES$}");
    }
    for (name, times) in rows {
        text += &format!("\n  {name:<width$}", width = NAME - 2);
        for time in times {
            text += &format!("{time:>FIGURES$}");
        }
    }
    text + "\n"
}

pub(crate) fn hand_over(payload: Payload, arms: &[Row]) -> String {
    let times = |row: &Row| (row.arm, vec![row.produce, row.hand_over, row.full_read, row.trip]);
    let arms: Vec<_> = arms.iter().map(times).collect();
    rows(&payload.to_string(), &["produce", "hand-over", "full read", "produce and read"], &arms)
}

pub(crate) fn verdicts(verdicts: &[Verdict], quick: bool) -> String {
    let mut text = "targets".to_owned();
    for verdict in verdicts {
        let judgement = match verdict.is_met() {
            _ if quick => "not judged: one round of small data",
            true => "met",
            false => "MISSED",
        };
        let (what, target, ratio) = (&verdict.what, verdict.target(), verdict.ratio);
        text += &format!("\n  {what:<64}{target:>16}{ratio:>12.2}×  {judgement}");
        if !quick
            && !verdict.is_met()
            && let Some(reason) = &verdict.reason
        {
            text += &format!("\n    {reason}");
        }
    }
    text + "\n"
}
