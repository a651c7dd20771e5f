//! On what the figures were taken.

use std::fs;
use std::thread::available_parallelism;

/// One line: processor, cores, kernel, load, and the settings of huge pages.
pub(crate) fn describe() -> String {
    let processor = read("/proc/cpuinfo")
        .and_then(|text| Some(text.lines().find(|line| line.starts_with("model name"))?.split_once(": ")?.1.to_owned()))
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let cores = available_parallelism().map_or(1, usize::from);
    let kernel = read("/proc/sys/kernel/osrelease").unwrap_or_else(|| std::env::consts::OS.to_owned());
    let load = read("/proc/loadavg").and_then(|text| text.split(' ').next().map(str::to_owned)).unwrap_or_default();
    let (anonymous, shared) = (huge_pages("enabled"), huge_pages("shmem_enabled"));
    format!(
        "{processor}, {cores} cores, kernel {kernel}, load {load}; \
         huge pages: anonymous {anonymous}, shared {shared}\n\
         each figure: median and least of its rounds. Quote ratios, not times."
    )
}

/// The setting in force is the one in brackets.
fn huge_pages(setting: &str) -> String {
    let text = read(&format!("/sys/kernel/mm/transparent_hugepage/{setting}"));
    let chosen = text.as_deref().and_then(|text| Some(text.split_once('[')?.1.split_once(']')?.0.to_owned()));
    chosen.unwrap_or_else(|| "unknown".to_owned())
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}
