//! The tasks by wpipe: the command, once for each task or once for all.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use wpipe_storage_server::S3Server;
use wpipe_tests::guest;

use crate::NODES;
use crate::arm::{Arm, Measured, Task};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/house-prices");

/// The tables that go from task to task or out of the last ones.
const TABLES: [&str; 5] =
    ["house_prices_no_outliers", "y_train", "house_prices_drop", "house_prices_no_na", "house_prices_clean"];
/// Those that no task reads.
const LAST: [&str; 3] = ["y_train", "house_prices_no_na", "house_prices_clean"];

/// The example, built, with its data.
pub(crate) struct Project {
    component: PathBuf,
    digest: PathBuf,
    /// A folder for the tables, which is on the disk of the repository rather than in memory.
    target: PathBuf,
}

impl Project {
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let manifest = |name: &str| format!("{EXAMPLE}/{name}");
        succeed(wpipe().args(["build", &manifest("pipeline.toml")]))?;
        succeed(wpipe().args(["run", &manifest("generate.toml"), "--quiet", "--no-journal"]))?;
        Ok(Self {
            component: Path::new(EXAMPLE).join("target/wpipe/houses.wasm"),
            digest: guest("digest"),
            target: PathBuf::from(env!("CARGO_TARGET_TMPDIR")),
        })
    }

    /// Whether the command has a store that processes share.
    pub(crate) fn has_store(&self) -> Result<bool, Box<dyn Error>> {
        let help = wpipe().args(["run", "--help"]).output()?;
        Ok(String::from_utf8_lossy(&help.stdout).contains("--store "))
    }

    /// The file of houses.
    pub(crate) fn houses(&self) -> PathBuf {
        Path::new(EXAMPLE).join("data/house_prices.csv")
    }

    pub(crate) fn measure(&self, arm: Arm, multiplier: usize) -> Result<Measured, Box<dyn Error>> {
        let folder = TempDir::new_in(&self.target)?;
        let server = (arm == Arm::S3).then(|| S3Server::start(folder.path().join("bucket")));
        // In memory, as that of vineyard is.
        let store = if arm == Arm::Store { Some(TempDir::new_in("/dev/shm")?) } else { None };
        self.prepare(arm, folder.path(), server.as_ref())?;
        let parameter = format!("augment.multiplier={multiplier}");
        let run = |manifest: &str, arguments: &[&str]| {
            let mut command = wpipe();
            command.current_dir(folder.path()).args(["run", manifest, "--quiet", "--no-build", "--no-journal"]);
            command.args(arguments);
            if let Some(store) = &store {
                command.arg("--store").arg(store.path().join("store"));
            }
            if let Some(server) = &server {
                command.env("LAKE_KEY", server.access_key_id()).env("LAKE_SECRET", server.secret_access_key());
            }
            succeed(&mut command)
        };
        // What is compiled once for all is in the cache then.
        run("digest.toml", &["--nodes", "nothing"])?;

        let started = Instant::now();
        let mut tasks = Vec::new();
        if arm == Arm::Tee {
            run("pipeline.toml", &["--params", &parameter, "--events", "events.jsonl"])?;
        } else {
            for node in NODES {
                let events = format!("{node}.jsonl");
                run("pipeline.toml", &["--params", &parameter, "--nodes", node, "--events", &events])?;
            }
        }
        let wall = started.elapsed();
        for node in NODES {
            let file = if arm == Arm::Tee { "events.jsonl".to_owned() } else { format!("{node}.jsonl") };
            tasks.push(task(&folder.path().join(file), node, arm == Arm::Tee)?);
        }
        run("digest.toml", &["--nodes", "digest_*"])?;
        let digest =
            |table: &str| Ok((table.to_owned(), fs::read_to_string(folder.path().join(format!("{table}.digest")))?));
        let digests: Result<BTreeMap<_, _>, std::io::Error> = LAST.into_iter().map(digest).collect();
        Ok(Measured { arm, tasks, wall, digests: digests? })
    }

    /// Writes the manifests of the pipeline and of the digests.
    fn prepare(&self, arm: Arm, folder: &Path, server: Option<&S3Server>) -> Result<(), Box<dyn Error>> {
        let example = fs::read_to_string(format!("{EXAMPLE}/pipeline.toml"))?;
        let (pipeline, _) =
            example.split_once("# The two intermediate").ok_or("the example is written in another way")?;
        let component = format!("path = {:?}", self.component);
        let houses = format!("path = {:?}", self.houses());
        let pipeline = pipeline.replace("crate = \"nodes\"", &component);
        let pipeline = pipeline.replace("path = \"data/house_prices.csv\"", &houses);
        let datasets = datasets(arm, server);
        fs::write(folder.join("pipeline.toml"), format!("{pipeline}{datasets}"))?;
        let mut digests = format!(
            "[pipeline]\nname = \"house-prices\"\n[components.digest]\npath = {:?}\n\
             [datasets.none]\ntype = \"csv\"\npath = \"none.csv\"\n[nodes.nothing]\nuses = \"digest/digest\"\n\
             inputs = [\"none\"]\noutputs = [\"nothing\"]\n{datasets}",
            self.digest
        );
        fs::write(folder.join("none.csv"), "x\n1\n")?;
        for table in LAST {
            digests += &format!(
                "[nodes.digest_{table}]\nuses = \"digest/digest\"\ninputs = [\"{table}\"]\noutputs = \
                 [\"digest_of_{table}\"]\n[datasets.digest_of_{table}]\ntype = \"text\"\npath = \"{table}.digest\"\n"
            );
        }
        Ok(fs::write(folder.join("digest.toml"), digests)?)
    }
}

/// The entries of the tables.
fn datasets(arm: Arm, server: Option<&S3Server>) -> String {
    let store = server.map_or_else(String::new, |server| {
        format!(
            "[stores.lake]\nurl = \"s3://{}/run\"\nendpoint = \"{}\"\nregion = \"us-east-1\"\nallow_http = true\n\
             access_key_id = \"${{env:LAKE_KEY}}\"\nsecret_access_key = \"${{env:LAKE_SECRET}}\"\n",
            server.bucket(),
            server.endpoint()
        )
    });
    let place = if server.is_some() { "store = \"lake\"\n" } else { "" };
    let kind = match arm {
        Arm::Store => return String::new(),
        Arm::Csv => "csv",
        Arm::Archive | Arm::Tee => "archive",
        _ => "parquet",
    };
    let entries = TABLES.map(|name| format!("[datasets.{name}]\ntype = \"{kind}\"\npath = \"{name}.{kind}\"\n{place}"));
    store + &entries.concat()
}

/// What a task took, by the events of its process, or of that of all tasks.
fn task(events: &Path, node: &str, is_shared: bool) -> Result<Task, Box<dyn Error>> {
    let text = fs::read_to_string(events)?;
    let is_attached = text.contains("\"dataset_attached\"");
    let (mut task, mut made, mut read) = (Task::default(), Vec::new(), Vec::new());
    let events = text.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let names = |event: &Value, key: &str| event[key].as_array().cloned().unwrap_or_default();
    for event in events.iter().filter(|event| event["event"] == "node_started" && event["node"] == node) {
        made.extend(names(event, "outputs"));
        read.extend(names(event, "inputs"));
    }
    for event in &events {
        let time = Duration::from_secs_f64(event["seconds"].as_f64().unwrap_or_default());
        match event["event"].as_str() {
            Some("node_completed") if event["node"] == node => task.compute += time,
            // In one process a table is loaded for all of its readers at once, if at all.
            Some("load_completed") if !is_shared || read.contains(&event["dataset"]) => task.load += time,
            Some("save_completed" | "dataset_shared") if made.contains(&event["dataset"]) => task.save += time,
            // What is attached has no time of its own: all that came before the call counts.
            Some("node_started") if is_attached && event["node"] == node => {
                task.load += Duration::from_secs_f64(event["elapsed_seconds"].as_f64().unwrap_or_default());
            }
            _ => {}
        }
    }
    Ok(task)
}

fn wpipe() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wpipe"));
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).env("NO_PROXY", "127.0.0.1").stdin(Stdio::null());
    command
}

fn succeed(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr)).into())
}
