//! The nodes in sandboxes.

use std::error::Error;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_build::{BuildRequest, Output, Target, build};
use wpipe_data::Table;
use wpipe_sandbox::{Argument, Call, Component, Engine, EngineConfig, Limits, Produced, Silent};

use crate::Times;
use crate::summary::Summary;

const LIMITS: Limits = Limits { memory: 2 << 30, time: Duration::from_secs(600), log: 1 << 20, output: 2 << 30 };

/// The component of the example.
pub(crate) struct Nodes(Component);

/// All days, once.
pub(crate) struct Sandboxed {
    pub(crate) times: Times,
    pub(crate) digest: u64,
    pub(crate) summary: Summary,
}

impl Nodes {
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let request = BuildRequest {
            name: "sensors".to_owned(),
            crate_dir: root.join("examples/sensors/nodes"),
            target: Target::UnknownUnknown,
            output_dir: root.join("target/wpipe"),
        };
        let engine = Engine::new(EngineConfig::default())?;
        Ok(Self(Component::from_file(&engine, "sensors", &build(&request, Output::Inherit)?.path)?))
    }

    /// Makes days as the example's large setting does.
    pub(crate) fn generate(&self, days: u32) -> Result<Vec<String>, Box<dyn Error>> {
        let dirt = json!({
            "missing": 0.02, "wrong": 0.005, "duplicate": 0.01, "bad": 0.002, "skewed": 0.05, "reset": 0.0005
        });
        let generate = json!({
            "seed": 42, "first_day": "2024-03-01", "days": days, "sensors": 100, "readings_per_day": 720, "dirt": dirt
        });
        match self.call("generate", vec![Argument::Parameter(generate.to_string())])?.as_slice() {
            [Produced::Partitioned(days)] => {
                days.values().map(|day| Ok(String::from_utf8(day.bytes()?.to_vec())?)).collect()
            }
            _ => Err("`generate` has one output of partitions".into()),
        }
    }

    /// Goes through all days, each call in a sandbox of its own.
    pub(crate) fn run(&self, days: &[String]) -> Result<Sandboxed, Box<dyn Error>> {
        let mut times = Times::default();
        let (mut digest, mut summary) = (DefaultHasher::new(), Summary::default());
        let parameter = |value: serde_json::Value| Argument::Parameter(value.to_string());
        for day in days {
            let raw = Buffer::copy_from(day.as_bytes(), &Transports::detect())?;
            let mut step = |node: usize, arguments: Vec<Argument>| -> Result<Buffer, Box<dyn Error>> {
                let started = Instant::now();
                let outputs = self.call(crate::NODES[node], arguments)?;
                times[node] += started.elapsed();
                let [Produced::Single(buffer)] = outputs.as_slice() else { return Err("a node has one output".into()) };
                Ok(buffer.clone())
            };
            let readings = step(0, vec![Argument::Single(raw)])?;
            let limits = parameter(json!({ "low": -25.0, "high": 45.0 }));
            let cleaned = step(1, vec![Argument::Single(readings), limits, parameter(json!(60))])?;
            let features = step(2, vec![Argument::Single(cleaned), parameter(json!(150))])?;
            let bytes = features.bytes()?;
            digest.write(bytes);
            summary.add(&Table::view(bytes)?)?;
        }
        Ok(Sandboxed { times, digest: digest.finish(), summary })
    }

    fn call(&self, node: &str, arguments: Vec<Argument>) -> Result<Vec<Produced>, Box<dyn Error>> {
        let call = Call {
            component: &self.0,
            node,
            arguments,
            readers: vec![Readers::Several],
            takers: Vec::new(),
            limits: LIMITS,
            telemetry: Arc::new(Silent),
            cancel: Arc::default(),
        };
        Ok(call.run()?.outputs)
    }
}
