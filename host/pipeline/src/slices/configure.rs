//! The settings of some partitions: `configure` of a multipipeline.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::pattern::{Pattern, is_pattern};

/// One entry of `configure`.
#[derive(Debug, Clone)]
pub struct Configure {
    /// The ids that it applies to, as written in `match`: one of them, or a pattern with `{placeholders}`.
    pub pattern: String,
    /// The parameters laid over `[params]`.
    pub params: Map<String, Value>,
    /// True if these partitions are left out.
    pub skip: bool,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    Id(String),
    Pattern(Pattern),
}

impl Configure {
    /// Makes an entry for the ids that `pattern` matches, or returns its fault.
    pub(crate) fn new(pattern: &str, params: Map<String, Value>, skip: bool) -> Result<Self, String> {
        let matcher = if is_pattern(pattern) {
            Matcher::Pattern(Pattern::parse(pattern)?)
        } else {
            Matcher::Id(pattern.to_owned())
        };
        Ok(Self { pattern: pattern.to_owned(), params, skip, matcher })
    }

    /// Returns true if it applies to the same ids as another.
    pub(crate) fn matches_as(&self, other: &Self) -> bool {
        match (&self.matcher, &other.matcher) {
            (Matcher::Id(one), Matcher::Id(other)) => one == other,
            (Matcher::Pattern(one), Matcher::Pattern(other)) => one.matches_as(other),
            _ => false,
        }
    }

    /// Returns the rank of its match of `id`, if it matches: an id beats patterns, and these go by rank.
    fn fit(&self, id: &str) -> Option<impl Ord + use<>> {
        match &self.matcher {
            Matcher::Id(own) => (own == id).then_some((false, None)),
            Matcher::Pattern(pattern) => {
                pattern.matches(id)?;
                let (literals, placeholders, _) = pattern.rank();
                Some((true, Some((literals, placeholders))))
            }
        }
    }

    /// Returns the patterns of the entries that match none of `ids`.
    pub(super) fn unmatched(entries: &[Self], ids: &BTreeSet<&String>) -> Vec<String> {
        let unmatched = entries.iter().filter(|entry| ids.iter().all(|id| entry.fit(id).is_none()));
        unmatched.map(|entry| entry.pattern.clone()).collect()
    }

    /// Returns the place of the entry for `id`: the most specific, and of several the first.
    pub(super) fn find(entries: &[Self], id: &str) -> Option<usize> {
        let fitting = entries.iter().enumerate().filter_map(|(index, entry)| Some((entry.fit(id)?, index)));
        fitting.min().map(|(_, index)| index)
    }

    /// Lays these settings over `params`: keys replace keys, within nested tables as well.
    pub(crate) fn lay_over(&self, params: &Map<String, Value>) -> Map<String, Value> {
        let mut laid = params.clone();
        lay(&mut laid, &self.params);
        laid
    }
}

fn lay(below: &mut Map<String, Value>, above: &Map<String, Value>) {
    for (key, value) in above {
        match (below.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => lay(below, above),
            _ => drop(below.insert(key.clone(), value.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entries(patterns: &[&str]) -> Vec<Configure> {
        patterns.iter().map(|pattern| Configure::new(pattern, Map::new(), false).expect("a pattern")).collect()
    }

    fn found<'p>(patterns: &[&'p str], id: &str) -> Option<&'p str> {
        Configure::find(&entries(patterns), id).map(|index| patterns[index])
    }

    #[test]
    fn the_most_specific_entry_wins_then_the_first() {
        let patterns = ["{all}", "2024/{month}", "{year}/01", "2024/01", "{y}/{m}"];
        assert_eq!(found(&patterns, "2024/01"), Some("2024/01"));
        assert_eq!(found(&patterns, "2024/02"), Some("2024/{month}"));
        assert_eq!(found(&patterns, "2023/01"), Some("{year}/01"));
        assert_eq!(found(&patterns, "2023/02"), Some("{y}/{m}"));
        assert_eq!(found(&patterns, "x"), Some("{all}"));
        assert_eq!(found(&["{b}-x", "{a}-x"], "1-x"), Some("{b}-x"));
        assert_eq!(found(&patterns[1..4], "x"), None);
    }

    /// kedro-partitioned does not escape the text between placeholders.
    #[test]
    fn literal_text_of_a_pattern_is_literal() {
        assert_eq!(found(&["v1.{x}"], "v12x"), None);
        assert_eq!(found(&["(a|b)/{x}"], "a/1"), None);
        assert_eq!(found(&["v1.{x}"], "v1.2"), Some("v1.{x}"));
    }

    #[test]
    fn tables_are_laid_over_tables_key_by_key() {
        let map = |value: Value| value.as_object().cloned().expect("a map");
        let entry = Configure::new("{x}", map(json!({"a": {"b": 2}, "c": {"d": 1}})), false).expect("a pattern");
        let laid = entry.lay_over(&map(json!({"a": {"b": 1, "x": 1}, "c": 7, "e": null})));
        assert_eq!(Value::Object(laid), json!({"a": {"b": 2, "x": 1}, "c": {"d": 1}, "e": null}));
    }
}
