//! One figure, measured in a process of its own.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use wpipe::{Host, Runner};
use wpipe_catalog::Entry;
use wpipe_sandbox::{Argument, Call, Component, Engine, EngineConfig, Limits, Produced, Silent};
use wpipe_tests::guest;

use crate::data::{self, SCHEMA, Sets};

/// What is measured, of so many partitions.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    /// A multipipeline, by one worker.
    Run(usize),
    /// The same one after the other: load, call, save, load, …
    Hand(usize),
}

/// What one partition takes, in seconds, and what the process held at most, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) wall: f64,
    pub(crate) processor: f64,
    pub(crate) peak: u64,
}

impl Work {
    /// What a child's arguments ask for.
    pub(crate) fn of(arguments: &[String]) -> Option<Self> {
        match arguments {
            [what, count] if what == "--child-run" => Some(Self::Run(count.parse().ok()?)),
            [what, count] if what == "--child-hand" => Some(Self::Hand(count.parse().ok()?)),
            _ => None,
        }
    }

    fn arguments(self) -> [String; 2] {
        match self {
            Self::Run(count) => ["--child-run".to_owned(), count.to_string()],
            Self::Hand(count) => ["--child-hand".to_owned(), count.to_string()],
        }
    }

    pub(crate) fn measure(self) -> Result<Figures, Box<dyn Error>> {
        let (Self::Run(count) | Self::Hand(count)) = self;
        let sets = Sets::new(count, data::LEN)?;
        let (wall, processor) = match self {
            Self::Run(_) => run(&sets)?,
            Self::Hand(_) => hand(&sets)?,
        };
        let peak = peak()?;
        sets.check()?;
        Ok(Figures { wall: wall / count as f64, processor: processor / count as f64, peak })
    }
}

fn run(sets: &Sets) -> Result<(f64, f64), Box<dyn Error>> {
    let host = Host::builder().build()?;
    let pipeline = host.load_project(sets.project("good/doubled", "slices = 1")?)?;
    let (started, processor) = (Instant::now(), processor()?);
    pipeline.run().runner(Runner::Sequential).execute()?;
    Ok((started.elapsed().as_secs_f64(), self::processor()? - processor))
}

fn hand(sets: &Sets) -> Result<(f64, f64), Box<dyn Error>> {
    let engine = Engine::new(EngineConfig { cache: Host::default_cache(), ..EngineConfig::default() })?;
    let component = Component::from_file(&engine, "good", &guest("well_behaved"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let catalog = sets.catalog();
    let open = |entry: Entry| catalog.open_set(&entry).map_err(|errors| format!("{errors:?}"));
    let (from, to) = (open(Sets::entry("raw"))?, open(Sets::entry("made"))?);
    let (started, processor) = (Instant::now(), processor()?);
    let listing = runtime.block_on(from.list())?;
    let writer = runtime.block_on(to.begin("by-hand"))?;
    let mut stored = BTreeMap::new();
    for id in listing.partitions().keys() {
        let loaded = runtime.block_on(from.load(&listing, id, SCHEMA, wpipe_buffer::Readers::One))?;
        let call = Call {
            component: &component,
            node: "doubled",
            arguments: vec![Argument::Single(loaded.buffer)],
            readers: Vec::new(),
            takers: Vec::new(),
            limits: Limits::default(),
            telemetry: Arc::new(Silent),
            cancel: Arc::default(),
        };
        let [Produced::Single(made)] = &call.run()?.outputs[..] else { return Err("another kind of output".into()) };
        stored.insert(id.clone(), runtime.block_on(writer.save(id, made, SCHEMA))?.stored);
    }
    runtime.block_on(writer.commit(stored, BTreeMap::new()))?;
    Ok((started.elapsed().as_secs_f64(), self::processor()? - processor))
}

/// Seconds of processor time of this process, of all threads that it has had, in hundredths.
fn processor() -> Result<f64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/self/stat")?;
    // The name before may hold anything; behind it, these are the 12th and the 13th, in ticks.
    let fields = text.rsplit_once(')').ok_or("no name")?.1.split_whitespace().skip(11).take(2);
    let ticks = fields.map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(ticks as f64 / 100.0)
}

/// The most memory that this process has held, in bytes.
fn peak() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim_end_matches("kB").trim().parse::<u64>()? << 10)
}

pub(crate) fn print(figures: &Figures) -> Result<(), Box<dyn Error>> {
    let Figures { wall, processor, peak } = figures;
    Ok(writeln!(std::io::stdout().lock(), "{wall} {processor} {peak}")?)
}

/// The run of several that took the median time.
pub(crate) fn median(work: Work, rounds: usize) -> Result<Figures, Box<dyn Error>> {
    let figures = (0..rounds).map(|_| spawn(work)).collect::<Result<Vec<_>, _>>();
    let mut figures = figures?;
    figures.sort_by(|a, b| a.wall.total_cmp(&b.wall));
    Ok(figures[figures.len() / 2])
}

fn spawn(work: Work) -> Result<Figures, Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?).args(work.arguments()).stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8(output.stdout)?;
    let numbers: Vec<_> = text.split_whitespace().collect();
    match (output.status.success(), &numbers[..]) {
        (true, [wall, processor, peak]) => {
            Ok(Figures { wall: wall.parse()?, processor: processor.parse()?, peak: peak.parse()? })
        }
        _ => Err(format!("{work:?} failed: {}", output.status).into()),
    }
}
