//! The JSON of `wpipe runs show`.

use serde_json::{Map, Value, json};

use super::read::RunRecord;

impl RunRecord {
    /// Returns the record of the run as `wpipe runs show --format json` prints it.
    pub fn to_json(&self) -> Value {
        let nodes = self.nodes.iter().map(|(name, node)| {
            let [copied, mapped, moved] = node.copied_mapped_moved;
            let value = json!({
                "seconds": node.seconds, "copied": copied, "mapped": mapped, "moved": moved, "error": node.error,
                "worker": node.worker, "attempt": node.attempt,
            });
            (name.clone(), value)
        });
        let multipipelines = self.multipipelines.iter().map(|(name, of)| {
            let value = json!({
                "slices": of.slices, "left_out": of.left_out, "completed": of.completed, "failed": of.failed,
                "barrier_reached": of.is_barrier_reached,
            });
            (name.clone(), value)
        });
        json!({
            "run": self.description, "state": self.state, "seconds": self.seconds, "errors": self.errors,
            "persisted": self.persisted, "nodes": nodes.collect::<Map<_, _>>(),
            "multipipelines": multipipelines.collect::<Map<_, _>>(), "checkpoints": self.checkpoints,
            "unreadable": self.unreadable, "unknown": self.unknown,
        })
    }
}
