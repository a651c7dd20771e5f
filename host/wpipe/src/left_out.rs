//! Sets in which no partition is found although objects are there, and objects that a suffix leaves out by a hair.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use wpipe_catalog::{Description, PartitionedDataset, StoredDataset};
use wpipe_pipeline::{OnEmpty, Pipeline, Problem, Role};
use wpipe_text::unseen_difference;

use crate::datasets::FoundInputs;
use crate::place_key::place_key;
use crate::storage::descriptions;
use crate::{Error, Project};

/// The suffixes that compression adds to a name.
const COMPRESSIONS: [&str; 9] = [".gz", ".zst", ".bz2", ".xz", ".br", ".lz4", ".snappy", ".zip", ".Z"];

/// Returns problems for the free inputs that are sets, have no partition, and have objects that could be meant as some.
/// `found` is the state of the free inputs. For sets that have partitions, it warns of objects that they probably lack.
pub(crate) fn nothing_found(
    project: &Project,
    opened: &BTreeMap<String, StoredDataset>,
    found: &FoundInputs,
) -> Result<Vec<Problem>, Error> {
    let graph = project.pipeline();
    let free = graph.datasets().filter(|of| of.role == Role::FreeInput && found.contains_key(&of.name));
    let sets = free.filter_map(|of| match opened.get(&of.name)? {
        StoredDataset::Set(set) => Some(set),
        StoredDataset::Whole(_) => None,
    });
    let is_empty = |name: &str| found.get(name).is_some_and(|found| found.size == 0);
    let mut problems = Vec::new();
    for (set, of) in descriptions(sets)? {
        let near = near_misses(set.suffix(), &of);
        if of.count > 0 {
            warn_of(set, &near);
        } else if let Some((key, message, help)) = explain(set, &of, &near)
            && (!near.is_empty() || is_needed(graph, set.name(), &of, is_empty))
        {
            let key = if has_key(graph, set.name(), key) { key } else { place_key(graph, set.name()) };
            problems.push(graph.dataset_problem(set.name(), Some(key), message, Some(help)));
        }
    }
    Ok(problems)
}

/// Returns true if the readers of the set need a partition in it.
fn is_needed(graph: &Pipeline, name: &str, of: &Description, is_empty: impl Fn(&str) -> bool) -> bool {
    let over: Vec<_> = graph.multipipelines().iter().filter(|of| of.over.iter().any(|over| over == name)).collect();
    let consumers = graph.dataset(name).map(|dataset| dataset.consumers.as_slice()).unwrap_or_default();
    let group = |node: &String| graph.node(node).and_then(|node| node.multipipeline.clone());
    let is_of_over = |node: &String| group(node).is_some_and(|group| over.iter().any(|of| of.name == group));
    // Many an empty folder contains hidden objects only.
    let is_read_whole = consumers.iter().any(|node| !is_of_over(node));
    if is_read_whole && !(of.others.is_empty() && of.excluded.is_empty()) {
        return true;
    }
    // If one of several has partitions, the join reports the missing ones.
    let mut needing = over.iter().filter(|of| of.policy.on_empty == OnEmpty::Error);
    needing.any(|of| of.over.iter().all(|name| is_empty(name)))
}

/// Returns the reason why nothing is found: the key that it is about, the error, and the remedy.
fn explain(set: &PartitionedDataset, of: &Description, near: &[NearMiss]) -> Option<(&'static str, String, String)> {
    let (name, at, suffix) = (set.name(), set.location(), set.suffix());
    let objects = |count: usize| format!("{count} {}", if count == 1 { "object" } else { "objects" });
    let first = |objects: &[(String, u64)]| objects[0].0.escape_debug().to_string();
    if !of.excluded.is_empty() {
        let message = format!(
            "`{name}` has no partition: `glob` and `exclude` leave out {} in `{at}`",
            if of.excluded.len() == 1 {
                "the only object".to_owned()
            } else {
                format!("all {} objects", of.excluded.len())
            }
        );
        let help = format!("correct the patterns: an object there is called `{}`", first(&of.excluded));
        return Some(("glob", message, help));
    }
    if of.has_manifest {
        return None;
    }
    if !of.others.is_empty() {
        let message = format!(
            "`{name}` has no partition: of {} in `{at}`, none ends with its suffix `{suffix}`",
            objects(of.others.len())
        );
        let help = match near {
            [miss, ..] => format!("write `suffix = {:?}`: {}", miss.suffix, miss.told()),
            [] => format!("correct the `suffix`: an object there is called `{}`", first(&of.others)),
        };
        return Some(("suffix", message, help));
    }
    if of.hidden.is_empty() {
        return None;
    }
    let message = format!(
        "`{name}` has no partition: of {} in `{at}`, all are hidden, such as `{}`",
        objects(of.hidden.len()),
        first(&of.hidden)
    );
    let help = "names that begin with `.` or `_` are no partitions: write `hidden = true` where they are meant";
    Some(("partitioned", message, help.to_owned()))
}

/// Warns of objects that are left out of a set that has partitions.
fn warn_of(set: &PartitionedDataset, near: &[NearMiss]) {
    if let [miss, ..] = near {
        let (name, count) = (set.name(), near.len());
        let objects = if count == 1 { "object is" } else { "objects are" };
        let suffix = set.suffix();
        tracing::warn!(
            "{count} {objects} no partition of `{name}`, whose suffix is `{suffix}`: {}; rename what is meant, or \
             `exclude` it",
            miss.told()
        );
    }
}

/// An object that nearly has a set's suffix.
struct NearMiss<'o> {
    name: &'o str,
    /// The ending of its name.
    suffix: String,
    differs: &'static str,
}

impl NearMiss<'_> {
    fn told(&self) -> String {
        format!("`{}` {}", self.name.escape_debug(), self.differs)
    }
}

fn near_misses<'o>(suffix: &str, of: &'o Description) -> Vec<NearMiss<'o>> {
    let miss = |(name, _): &'o (String, u64)| {
        let miss = |suffix: String, differs| Some(NearMiss { name, suffix, differs });
        let like = name.char_indices().map(|(at, _)| &name[at..]).find(|end| unseen_difference(end, suffix).is_some());
        if let Some(ending) = like {
            return miss(ending.to_owned(), "differs only in what nobody sees");
        }
        if let Some(ending) = ending_like(name, suffix) {
            return miss(ending, "differs by letter case only");
        }
        let compression = COMPRESSIONS
            .into_iter()
            .find(|compression| name.strip_suffix(compression).is_some_and(|plain| plain.ends_with(suffix)))?;
        miss(format!("{suffix}{compression}"), "is compressed")
    };
    if suffix.is_empty() { Vec::new() } else { of.others.iter().filter_map(miss).collect() }
}

/// Returns the end of `name` that is `suffix` except for the case of letters.
fn ending_like(name: &str, suffix: &str) -> Option<String> {
    let start = name.len().checked_sub(suffix.len())?;
    let ending = name.get(start..)?;
    (ending.to_lowercase() == suffix.to_lowercase()).then(|| ending.to_owned())
}

/// Suggests a file beside a missing one, with a name that differs in the case of letters or in invisible characters.
pub(crate) fn beside(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let mut names: Vec<_> =
        fs::read_dir(path.parent()?).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    names.into_iter().find_map(|name| match unseen_difference(&name, wanted) {
        Some(difference) => Some(format!("did you mean `{}`? It differs {difference}", name.escape_debug())),
        None => (name.to_lowercase() == wanted.to_lowercase()).then(|| format!("did you mean `{name}`?")),
    })
}

/// Returns true if the entry of a dataset has keys of partitions.
fn has_key(graph: &Pipeline, name: &str, key: &str) -> bool {
    let spec = graph.dataset(name).and_then(|dataset| dataset.spec.as_ref());
    let partitioned = spec.and_then(|spec| spec.partitioned.as_ref());
    partitioned.is_some_and(|of| key != "glob" || !of.glob.is_empty())
}
