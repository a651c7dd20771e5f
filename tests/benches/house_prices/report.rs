//! The tables that people read.

use std::fmt::Write;
use std::time::Duration;

use crate::NODES;
use crate::arm::{Arm, Measured};
use crate::figures::ratio;

pub(crate) fn titles() -> String {
    let nodes: Vec<_> = NODES.iter().map(|node| format!("{node}: load / compute / save")).collect();
    format!("| by | {} |\n|---|{}", nodes.join(" | "), "---|".repeat(nodes.len()))
}

/// The seconds of each task.
pub(crate) fn rows(measured: &Measured) -> String {
    let cells = measured
        .tasks
        .iter()
        .map(|task| format!("{} / {} / {}", seconds(task.load), seconds(task.compute), seconds(task.save)));
    format!("| {} | {} |", measured.arm, cells.collect::<Vec<_>>().join(" | "))
}

/// What each took in all, beside vineyard.
pub(crate) fn summary(all: &[Measured]) -> String {
    let vineyard = all.iter().find(|measured| measured.arm == Arm::Vineyard);
    let mut text = String::from(
        "| by | load + save | compute | sum | processes, end to end | load + save of vineyard's |\n|---|---|---|---|---|---|\n",
    );
    for measured in all {
        let (sharing, compute) = (measured.sharing(), measured.compute());
        let part = vineyard.map_or_else(|| "-".to_owned(), |of| format!("{:.3}", ratio(sharing, of.sharing())));
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} s | {} s | {} s | {} s | {part} |",
            measured.arm,
            seconds(sharing),
            seconds(compute),
            seconds(sharing + compute),
            seconds(measured.wall),
        );
    }
    text.trim_end().to_owned()
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}
