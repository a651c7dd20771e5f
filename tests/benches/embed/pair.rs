//! Two small nodes, one behind the other: as a pipeline, and as two calls.

use std::error::Error;
use std::sync::Arc;

use wpipe::{Host, Pipeline, Project, Runner, Table};
use wpipe_buffer::{Buffer, Readers};
use wpipe_sandbox::{Argument, Call, Component, Engine, EngineConfig, Limits, Produced, Silent};
use wpipe_tests::guest;

const MANIFEST: &str = r#"
[pipeline]
name = "pair"
[nodes.first]
uses = "c/double"
inputs = ["numbers"]
outputs = ["doubled"]
[nodes.second]
uses = "c/double"
inputs = ["doubled"]
outputs = ["twice"]
"#;

const VALUES: [f64; 4] = [0.5, 1.0, 1.5, 2.0];
const EXPECTED: [f64; 4] = [2.0, 4.0, 6.0, 8.0];

pub(crate) struct Pair {
    pipeline: Pipeline,
    numbers: Table<'static>,
    component: Component,
    buffer: Buffer,
    copied: u64,
}

impl Pair {
    pub(crate) fn load() -> Result<Self, Box<dyn Error>> {
        let host = Host::builder().build()?;
        let manifest = format!("{MANIFEST}[components.c]\npath = {:?}\n", guest("well_behaved"));
        let pipeline = host.load_project(Project::parse("pipeline.toml", &manifest, ".")?)?;
        let numbers = Table::from_columns([("x", VALUES.to_vec().into())])?;
        let engine = Engine::new(EngineConfig::default())?;
        let component = Component::from_file(&engine, "c", &guest("well_behaved"))?;
        // What the first node is given, as a run gives it.
        let result = pipeline.run().input("numbers", &numbers).execute()?;
        let buffer = result.buffer("twice")?.clone();
        let copied = result.report().copied;
        Ok(Self { pipeline, numbers, component, buffer, copied })
    }

    /// Bytes that each run copies.
    pub(crate) fn copied(&self) -> u64 {
        self.copied
    }

    pub(crate) fn run(&self, runner: Runner) -> Result<(), Box<dyn Error>> {
        let result = self.pipeline.run().runner(runner).input("numbers", &self.numbers).execute()?;
        let report = result.report();
        if report.completed.len() != 2 || report.copied != self.copied {
            return Err(format!("{} nodes completed and copied {} bytes", report.completed.len(), report.copied).into());
        }
        let twice = result.output::<Table>("twice")?;
        if twice.column::<f64>("x")? != EXPECTED {
            return Err("the result is wrong".into());
        }
        Ok(())
    }

    /// The calls that a run makes, without the run.
    pub(crate) fn calls(&self) -> Result<(), Box<dyn Error>> {
        let doubled = self.call(self.buffer.clone())?;
        self.call(doubled).map(drop)
    }

    fn call(&self, buffer: Buffer) -> Result<Buffer, Box<dyn Error>> {
        let call = Call {
            component: &self.component,
            node: "double",
            arguments: vec![Argument::Single(buffer)],
            readers: vec![Readers::Several],
            takers: Vec::new(),
            limits: Limits::default(),
            telemetry: Arc::new(Silent),
            cancel: Arc::default(),
        };
        match call.run()?.outputs.pop() {
            Some(Produced::Single(buffer)) => Ok(buffer),
            _ => Err("the node made no table".into()),
        }
    }
}
