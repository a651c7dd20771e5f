//! `wpipe doctor`

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::thread::available_parallelism;

use wpipe::build::{Target, Toolchain};
use wpipe::text::size;
use wpipe::{Host, Limits, MAX_ID, MAX_ID_BYTES, MAX_PARTITIONS, MAX_WRITERS, Transports, default_node_memory};

use super::host::host;
use crate::error::Error;
use crate::terminal::{say, table};

/// The severity of a finding.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    /// Something is slower or missing, but wpipe works without it.
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
        .chain([cache(), compiling(), describing(), calls(), each_call()])
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
        Ok(transports) => {
            let most = transports.most_idle_bytes() as f64 / f64::from(1 << 20);
            (
                Verdict::Good,
                format!("buffers are mapped from memory, of which up to {most:.0} MiB are kept for new ones"),
            )
        }
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
    let moved = match chosen("enabled").as_deref() {
        Some("always" | "madvise") => Ok("moved"),
        Some(setting) => Err(format!("buffers that are moved have none: transparent_hugepage/enabled is `{setting}`")),
        None => Err("this system makes none for buffers that are moved".to_owned()),
    };
    let mapped = match chosen("shmem_enabled").as_deref() {
        _ if Transports::have_huge_pages() => Ok("mapped"),
        Some("deny") => {
            Err("buffers that are mapped have none: transparent_hugepage/shmem_enabled is `deny`".to_owned())
        }
        _ => Err("buffers that are mapped have none: it takes Linux 6.1 or newer".to_owned()),
    };
    let (verdict, detail) = match (moved, mapped) {
        (Ok(moved), Ok(mapped)) => (Verdict::Good, format!("buffers that are {moved} or {mapped} are made of them")),
        (Err(reason), Ok(_)) | (Ok(_), Err(reason)) => (Verdict::Poor, reason),
        (Err(moved), Err(mapped)) => (Verdict::Poor, format!("{moved}\n{mapped}")),
    };
    Finding { verdict, what: "huge pages", detail }
}

/// The mappings that one process should be allowed: Linux's default.
const ENOUGH_MAPPINGS: usize = 65_530;

fn map_count() -> Finding {
    let (verdict, detail) = match Transports::mapping_limits() {
        None => (Verdict::Good, "no known limit".to_owned()),
        Some((most, budget)) => {
            let detail = format!("vm.max_map_count = {most}; buffers take up to {budget}, and are copied then");
            match most >= ENOUGH_MAPPINGS {
                true => (Verdict::Good, detail),
                false => (Verdict::Poor, format!("{detail}: raise it to {ENOUGH_MAPPINGS} or more")),
            }
        }
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

fn compiling() -> Finding {
    let (verdict, detail) = match host().no_cache().build() {
        Ok(host) => {
            let limits = host.compile_limits();
            let (size, memory, functions) = (size(limits.size), size(limits.memory), limits.functions);
            let seconds = |mib: u64, functions| limits.time_for(mib << 20, functions).as_secs();
            let (base, large) = (seconds(0, 0), seconds(20, 20_000));
            let detail = format!(
                "in a process for each component, of at most {size} and {functions} functions: within {memory} and \
                 {base} s of\nprocessor time, and more for large ones ({large} s for 20 MiB with 20000 functions)"
            );
            (Verdict::Good, detail)
        }
        Err(error) => (Verdict::Bad, error.to_string()),
    };
    Finding { verdict, what: "compiling", detail }
}

fn describing() -> Finding {
    let (verdict, detail) = match host().no_cache().build() {
        Ok(host) => {
            let limits = host.describe_limits();
            let (memory, seconds, all) = (size(limits.memory), limits.time.as_secs(), size(limits.all as u64));
            let (nodes, ports, name, doc) = (limits.nodes, limits.ports, limits.name, size(limits.doc as u64));
            let detail = format!(
                "{nodes} nodes of {ports} inputs and outputs in {all}: names of {name} bytes, documentation of {doc}\n\
                 each; within {memory} and {seconds} s"
            );
            (Verdict::Good, detail)
        }
        Err(error) => (Verdict::Bad, error.to_string()),
    };
    Finding { verdict, what: "describing nodes", detail }
}

/// Returns the limits of one call where the manifest's `[limits]` set none, and the fixed ones.
fn each_call() -> Finding {
    let Limits { memory, time, log, output } = Limits::default();
    let (memory, log, output) = (size(memory), size(log), size(output));
    let (hours, ids) = (time.as_secs() / 3600, size(MAX_ID_BYTES as u64));
    let detail = format!(
        "{memory} of memory, {hours} h, {log} of log, {output} for each output: see `[limits]`; {MAX_PARTITIONS} \
         partitions,\nids of {MAX_ID} bytes each and {ids} together, {MAX_WRITERS} writers open at once"
    );
    Finding { verdict: Verdict::Good, what: "each call", detail }
}

fn calls() -> Finding {
    let (memory, each) = (default_node_memory(), Limits::default().memory);
    let (all, of_each, at_once) = (size(memory), size(each), (memory / each).max(1));
    let detail = format!("{all} for all that run at once, {of_each} for each by default: at most {at_once} at once");
    Finding { verdict: Verdict::Good, what: "memory of nodes", detail }
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(path)).ok()
}
