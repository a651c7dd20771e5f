//! The keys of a manifest that change neither a result nor its form in storage. Every other key counts, so that a new
//! one cannot be forgotten: the test goes over all keys and says of each if it counts.

/// Keys of a dataset: slow and unreliable storage has the same content.
pub const OF_A_DATASET: [&str; 1] = ["delay"];

/// Keys of a node: how it is called and found, when it runs, and how often it is tried. Of `limits` only `memory`
/// counts, since a node sees how much it gets; the others end a call, or do not change it.
pub const OF_A_NODE: [&str; 6] = ["tags", "namespace", "after", "retry", "resources", "limits"];

/// Keys of a multipipeline: how it is called and found, its members, its speed, and the meaning of failures, since a
/// failed partition is not done. `slices` and `balance` count where a node sees them.
pub const OF_A_MULTIPIPELINE: [&str; 8] =
    ["nodes", "tags", "namespace", "slices", "balance", "max_parallel", "on_partition_error", "allow_incomplete"];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::manifest::known_keys::known_keys;

    /// One of every table that a manifest can have, and each of its keys, marked as counting (`+`) or not (`-`). A
    /// store counts by the place that it means, not by its credentials and settings.
    const KEYS: &[(&str, &str)] = &[
        (
            "the manifest",
            "+components +datasets -history -limits +multinodes +multipipelines +nodes +params -pipeline -retry -store +stores",
        ),
        ("`[pipeline]`", "-name"),
        ("component `c`", "+crate +path -target"),
        ("node `n`", "+uses +inputs +outputs -tags -namespace -after -retry -resources -limits"),
        ("`limits` of node `n`", "+memory -time -log -output"),
        ("`[limits]`", "+memory -time -log -output -component_size -component_functions -compile_time -compile_memory"),
        ("`retry` of node `n`", "-times -delay -backoff -jitter -on"),
        ("`[retry]`", "-times -delay -backoff -jitter -on"),
        ("`[store]`", "-path -limit -group -wait"),
        ("`[history]`", "-keep_runs -keep_days"),
        (
            "multipipeline `m`",
            "-nodes +over +configure -namespace -slices +join +filter -balance -max_parallel +on_empty \
             -on_partition_error -allow_incomplete -tags",
        ),
        ("an entry of `configure` of multipipeline `m`", "+match +params +skip"),
        (
            "multinode `o`",
            "+over +configure -namespace -slices +join +filter -balance -max_parallel +on_empty -on_partition_error \
             -allow_incomplete -tags",
        ),
        ("`filter` of multipipeline `m`", "+glob +regex +dates +not +all +any"),
        (
            "store `s`",
            "+url +endpoint -region -access_key_id -secret_access_key -session_token -allow_http \
             -virtual_hosted_style -skip_signature -timeout -connect_timeout -retries -retry_timeout -max_concurrent \
             -max_bandwidth",
        ),
        (
            "dataset `d`",
            "+type +store +path +url +connection +versioned +persist +reload +partitioned +suffix +prune +checkpoint +hidden +glob \
             +exclude +follow_links -delay",
        ),
        ("`delay` of dataset `d`", "-load -save -latency -bandwidth -fail_rate -seed"),
    ];

    #[test]
    fn every_key_counts_or_is_known_not_to() {
        let read = known_keys();
        let mut expected: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (owner, keys) in KEYS {
            let mut keys: Vec<_> = keys.split_whitespace().map(|key| &key[1..]).collect();
            keys.sort_unstable();
            expected.insert(owner, keys);
        }
        let read: BTreeMap<_, Vec<_>> =
            read.iter().map(|(owner, keys)| (owner.as_str(), keys.iter().copied().collect())).collect();
        assert_eq!(read, expected, "say of the new key whether results depend on it");
    }

    #[test]
    fn what_does_not_count_is_what_is_left_out_of_keys() {
        for (owner, immaterial) in
            [("dataset `d`", &OF_A_DATASET[..]), ("node `n`", &OF_A_NODE), ("multipipeline `m`", &OF_A_MULTIPIPELINE)]
        {
            let (_, keys) = KEYS.iter().find(|(of, _)| *of == owner).expect("it is listed");
            let mut without: Vec<_> = keys.split_whitespace().filter_map(|key| key.strip_prefix('-')).collect();
            let mut immaterial = immaterial.to_vec();
            without.sort_unstable();
            immaterial.sort_unstable();
            assert_eq!(without, immaterial, "{owner}");
        }
    }
}
