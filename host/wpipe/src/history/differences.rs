//! Why the calls of two runs are not the same.

use std::collections::BTreeSet;

use crate::RunRecord;
use crate::incremental::{CallKey, Reason, differing};

impl RunRecord {
    /// Returns, of each node that both runs had, what its call depends on and is not the same in the other run: the
    /// component, the function, parameters, settings, options and inputs. Nodes whose calls are the same are left out, and so
    /// are those of which a journal says nothing.
    pub fn differences(&self, other: &Self) -> Vec<(String, Vec<Reason>)> {
        let (before, after) = (&self.description.calls, &other.description.calls);
        let both = before.iter().filter_map(|(node, before)| Some((node, before, after.get(node)?)));
        let differ = both.map(|(node, before, after)| (node.clone(), reasons(before, after)));
        differ.filter(|(_, reasons)| !reasons.is_empty()).collect()
    }
}

fn reasons(before: &CallKey, after: &CallKey) -> Vec<Reason> {
    let whole = [
        (before.component != after.component, Reason::Component),
        (before.function != after.function, Reason::Function),
        (before.outputs != after.outputs, Reason::Outputs),
    ];
    let mut reasons: Vec<_> = whole.into_iter().filter(|(differ, _)| *differ).map(|(_, reason)| reason).collect();
    let setting = |key: &str| Reason::Setting { key: key.to_owned() };
    reasons.extend(differing(&before.settings, &after.settings).map(setting));
    let none = Default::default();
    let multipipelines = [&before.multipipeline, &after.multipipeline].map(|of| of.as_ref().unwrap_or(&none));
    let of_multipipeline = |key: &str| Reason::Setting { key: format!("{key} of its multipipeline") };
    reasons.extend(differing(multipipelines[0], multipipelines[1]).map(of_multipipeline));
    for (dataset, now) in &after.datasets {
        // A dataset that only one of them reads or makes is another input or output.
        let keys = before.datasets.get(dataset).into_iter().flat_map(|before| differing(before, now));
        reasons.extend(keys.map(|key| Reason::Option { dataset: dataset.clone(), key: key.to_owned() }));
    }
    // A name stands behind its place among the inputs.
    let names = |before, after| -> BTreeSet<String> {
        differing(before, after).filter_map(|name| Some(name.split_once(' ')?.1.to_owned())).collect()
    };
    reasons.extend(names(&before.params, &after.params).into_iter().map(|name| Reason::Parameter { name }));
    reasons.extend(names(&before.inputs, &after.inputs).into_iter().map(|dataset| Reason::Input { dataset }));
    reasons
}
