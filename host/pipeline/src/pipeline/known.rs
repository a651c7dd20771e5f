//! Finds keys laid over a manifest that mean nothing there: most likely something else was meant.

use serde_json::{Map, Value};

use super::Pipeline;
use crate::dataset_name::PARAMETER_PREFIX;
use crate::graph;
use crate::manifest::{Location, Manifest};
use crate::pattern::is_pattern;
use crate::problem::Problem;
use wpipe_text::{did_you_mean, did_you_mean_or_list, list, nearest};

impl Pipeline {
    /// Checks that each parameter which was [set](crate::Layers::set) is written in the manifest, or read by a node.
    /// Any other was most likely a slip, and the error suggests its correction. In a table that the manifest has, this
    /// holds for each key.
    ///
    /// # Errors
    ///
    /// Returns the first that is neither.
    pub fn check_params(&self) -> Result<(), String> {
        let written = self.written_params();
        self.manifest.given_params.iter().try_for_each(|given| self.check_keys(&given.keys, &given.value, written))
    }

    /// Returns `[params]` without the values set for a run.
    fn written_params(&self) -> &Map<String, Value> {
        self.manifest.written_params.as_ref().unwrap_or(&self.manifest.params)
    }

    fn check_keys(&self, keys: &[String], value: &Value, params: &Map<String, Value>) -> Result<(), String> {
        let mut table = params;
        for (depth, key) in keys.iter().enumerate() {
            let above = &keys[..depth];
            match table.get(key) {
                Some(Value::Object(inner)) => table = inner,
                Some(_) if depth + 1 == keys.len() => return Ok(()),
                Some(_) => {
                    let path = keys[..=depth].join(".");
                    return Err(format!(
                        "`{path}` is a value in the manifest and no table, so it has no `{}`",
                        keys[depth + 1]
                    ));
                }
                None => return self.check_new(above, &keys[depth..], table, params),
            }
        }
        let inner = value.as_object().into_iter().flatten();
        for (key, value) in inner {
            self.check_keys(&[keys, std::slice::from_ref(key)].concat(), value, params)?;
        }
        Ok(())
    }

    /// Checks that a node uses `keys`, the first of which is not in `table` at `above`. A node that is given a whole
    /// table reads the keys that the manifest has there.
    fn check_new(
        &self,
        above: &[String],
        keys: &[String],
        table: &Map<String, Value>,
        params: &Map<String, Value>,
    ) -> Result<(), String> {
        let first = [above, &keys[..1]].concat().join(".");
        let path = [above, keys].concat().join(".");
        let is_below = |path: &str, above: &str| {
            path == above || path.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'))
        };
        let read =
            self.nodes().iter().flat_map(|node| &node.inputs).filter_map(|input| input.strip_prefix(PARAMETER_PREFIX));
        let mut read = read.filter(|binding| is_below(binding, &first));
        let is_open = !above.is_empty() && table.is_empty();
        if is_open || read.any(|binding| is_below(&path, binding) || is_below(binding, &path)) {
            return Ok(());
        }
        if above.is_empty() {
            let known = graph::paths(params);
            let known: Vec<_> = known.iter().map(String::as_str).collect();
            return Err(format!(
                "there is no parameter `{path}`: {}",
                did_you_mean_or_list(&path, "parameters", &known)
            ));
        }
        let (owner, key) = (above.join("."), &keys[0]);
        let help = match nearest(key, table.keys().map(String::as_str)) {
            Some(meant) => format!("did you mean `{owner}.{meant}`?"),
            None => {
                let keys: Vec<_> = table.keys().collect();
                format!("it has {}; a new one is added to `[params.{owner}]` of the manifest first", list(&keys))
            }
        };
        Err(format!("the parameter `{owner}` has no `{key}`: {help}"))
    }

    /// Returns problems for entries that an environment's manifest adds to `base`, that nothing uses, and whose names
    /// are slips of known ones.
    pub fn slips_of_environment(&self, base: &Manifest) -> Vec<Problem> {
        let manifest = &self.manifest;
        let mut problems = Vec::new();
        let mut add = |kind: &str, name: &str, span: &crate::Span, known: Vec<&str>| {
            if let Some(help) = did_you_mean(name, known.iter().copied()) {
                let message = format!("nothing uses the {kind} `{name}`, which only the environment has");
                let problem = Problem::new("wpipe::manifest::unused_entry", message);
                problems.push(problem.label(span, "replaces nothing").help(help));
            }
        };
        for spec in manifest.components.values().filter(|spec| !base.components.contains_key(&spec.name)) {
            if !manifest.nodes.iter().any(|node| node.component == spec.name) {
                let known = base.components.keys().map(String::as_str).collect();
                add("component", &spec.name, &spec.spans.origin, known);
            }
        }
        let is_used = |name: &str| {
            manifest.datasets.iter().any(|of| matches!(&of.location, Location::Store { store, .. } if store == name))
        };
        for spec in manifest.stores.values().filter(|spec| !base.stores.contains_key(&spec.name)) {
            if !is_used(&spec.name) {
                add("store", &spec.name, &spec.spans.entry, base.stores.keys().map(String::as_str).collect());
            }
        }
        let known = |name: &str| base.datasets.iter().any(|spec| spec.name == name);
        for spec in manifest.datasets.iter().filter(|spec| !known(&spec.name) && !is_pattern(&spec.name)) {
            if self.dataset(&spec.name).is_none() {
                let named = self.datasets.iter().map(|dataset| dataset.name.as_str());
                let known = base.datasets.iter().map(|spec| spec.name.as_str()).chain(named).collect();
                add("dataset", &spec.name, &spec.spans.entry, known);
            }
        }
        problems
    }

    /// Checks that the parameters that an environment's manifest adds to those of `base` are used. One is most likely a
    /// slip if nothing reads it, or if its name is close to another of its table.
    ///
    /// # Errors
    ///
    /// Returns the first slip.
    pub fn check_environment_params(&self, base: &Manifest) -> Result<(), String> {
        self.check_added(&[], self.written_params(), &base.params, &base.params)
    }

    fn check_added(
        &self,
        above: &[String],
        now: &Map<String, Value>,
        before: &Map<String, Value>,
        params: &Map<String, Value>,
    ) -> Result<(), String> {
        for (key, value) in now {
            let keys = [above, std::slice::from_ref(key)].concat();
            match (before.get(key), value) {
                (Some(Value::Object(before)), Value::Object(now)) => self.check_added(&keys, now, before, params)?,
                (Some(_), _) => {}
                // A key that only an environment has may be an option of a node that gets its whole table.
                (None, _) if !above.is_empty() && nearest(key, before.keys().map(String::as_str)).is_none() => {}
                (None, value) => self.check_keys(&keys, value, params)?,
            }
        }
        Ok(())
    }
}
