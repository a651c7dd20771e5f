//! `wpipe doctor`

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::thread::available_parallelism;

use wpipe::build::{Target, Toolchain};
use wpipe::{Error, Host, Transports};

use crate::terminal::{say, table};

/// Whether a finding stands in the way of something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    /// Something is slower or missing, and wpipe does without it.
    Poor,
    /// wpipe does not work here.
    Bad,
}

struct Finding {
    verdict: Verdict,
    what: &'static str,
    detail: String,
}

pub(crate) fn doctor() -> Result<ExitCode, Error> {
    let findings: Vec<_> = [machine(), engine(), memfds(), huge_pages(), map_count()]
        .into_iter()
        .chain(Target::ALL.map(toolchain))
        .chain([cache()])
        .collect();
    let rows = findings.iter().map(|finding| {
        let verdict = match finding.verdict {
            Verdict::Good => "ok",
            Verdict::Poor => "poor",
            Verdict::Bad => "BAD",
        };
        [verdict.to_owned(), finding.what.to_owned(), finding.detail.clone()]
    });
    say(table(["", "what", "here"], rows).trim_end());
    let works = findings.iter().all(|finding| finding.verdict != Verdict::Bad);
    Ok(if works { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn machine() -> Finding {
    let cores = available_parallelism().map_or_else(|_| "?".to_owned(), |cores| cores.to_string());
    let memory = read("/proc/meminfo").and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(format!(", {:.1} GiB of memory", kib as f64 / f64::from(1 << 20)))
    });
    let kernel = read("/proc/sys/kernel/osrelease").map(|release| format!(", kernel {}", release.trim()));
    let detail = format!("{cores} cores{}{}", memory.unwrap_or_default(), kernel.unwrap_or_default());
    Finding { verdict: Verdict::Good, what: "machine", detail }
}

fn engine() -> Finding {
    let (verdict, detail) = match Host::builder().no_cache().build() {
        Ok(_) => (Verdict::Good, "wasmtime with Cranelift".to_owned()),
        Err(error) => (Verdict::Bad, error.to_string()),
    };
    Finding { verdict, what: "engine", detail }
}

fn memfds() -> Finding {
    let (verdict, detail) = match Transports::map() {
        Ok(_) => (Verdict::Good, "buffers are mapped from anonymous memory".to_owned()),
        Err(error) => (Verdict::Poor, format!("no memfd ({error}): every buffer is copied")),
    };
    Finding { verdict, what: "transport map", detail }
}

fn huge_pages() -> Finding {
    let chosen = |name: &str| {
        let text = read(&format!("/sys/kernel/mm/transparent_hugepage/{name}"))?;
        let chosen = text.split('[').nth(1)?.split(']').next()?;
        Some(chosen.to_owned())
    };
    let (anonymous, shared) = (chosen("enabled"), chosen("shmem_enabled"));
    let usable = matches!(anonymous.as_deref(), Some("always" | "madvise"));
    let show = |setting: Option<String>| setting.unwrap_or_else(|| "unknown".to_owned());
    let detail = format!("anonymous memory: {}, shared memory: {}", show(anonymous), show(shared));
    Finding { verdict: if usable { Verdict::Good } else { Verdict::Poor }, what: "huge pages", detail }
}

/// Mappings that one process may have; each window takes up to three.
const ENOUGH_MAPPINGS: u64 = 65_530;

fn map_count() -> Finding {
    let most = read("/proc/sys/vm/max_map_count").and_then(|text| text.trim().parse::<u64>().ok());
    let (verdict, detail) = match most {
        Some(most) if most >= ENOUGH_MAPPINGS => (Verdict::Good, format!("vm.max_map_count = {most}")),
        Some(most) => (Verdict::Poor, format!("vm.max_map_count = {most}: raise it to {ENOUGH_MAPPINGS} or more")),
        None => (Verdict::Good, "no known limit".to_owned()),
    };
    Finding { verdict, what: "mappings", detail }
}

fn toolchain(target: Target) -> Finding {
    let what = match target {
        Target::UnknownUnknown => "building nodes",
        Target::Wasip2 => "building WASI nodes",
    };
    let (verdict, detail) = match Toolchain::find(target) {
        Ok(toolchain) => (Verdict::Good, toolchain.describe()),
        Err(error) => (Verdict::Poor, format!("{error}\n{}", error.help())),
    };
    Finding { verdict, what, detail }
}

fn cache() -> Finding {
    let (verdict, detail) = match Host::default_cache() {
        Some(directory) => (Verdict::Good, directory.display().to_string()),
        None => (Verdict::Poor, "no home directory: components are compiled anew in every run".to_owned()),
    };
    Finding { verdict, what: "compiled components", detail }
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(path)).ok()
}
