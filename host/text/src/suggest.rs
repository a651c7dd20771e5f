//! "Did you mean": the nearest of the names that would have been right.

use crate::foreign_keys::{holds_options, own_key};
use crate::look_alike::unseen_difference;

/// The number of characters of which one may be a slip in a near miss.
const CHARACTERS_PER_SLIP: usize = 3;
/// The most slips of a near miss, however long the word is.
const MOST_SLIPS: usize = 3;
/// The most names that an error lists; people read no more.
const MOST_LISTED: usize = 20;

/// Returns the candidate that `word` most likely meant; of equally near ones the first in alphabetical order. Letter
/// case and invisible differences are free; insertions, deletions, replacements and swaps of neighbours are slips.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / CHARACTERS_PER_SLIP).min(MOST_SLIPS);
    let small = word.to_lowercase();
    let length = small.chars().count();
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .filter_map(|candidate| {
            if unseen_difference(word, candidate).is_some() {
                return Some((0, candidate));
            }
            // Lengths alone exclude most of many candidates, which costs next to nothing.
            let is_near = length_in_lower_case(candidate).abs_diff(length) <= allowed;
            let slips = is_near.then(|| strsim::osa_distance(&small, &candidate.to_lowercase()))?;
            (slips <= allowed).then_some((slips, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Returns the length in characters.
fn length_in_lower_case(name: &str) -> usize {
    if name.is_ascii() { name.len() } else { name.chars().flat_map(char::to_lowercase).count() }
}

/// Returns the help "did you mean `x`?" for the nearest candidate.
#[must_use]
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|name| match unseen_difference(name, word) {
        Some(difference) => format!("did you mean `{name}`? It differs {difference}"),
        None => format!("did you mean `{name}`?"),
    })
}

/// Returns `did_you_mean`, or else the list of candidates: "`noun`: `a`, `b`".
#[must_use]
pub fn did_you_mean_or_list(word: &str, noun: &str, candidates: &[&str]) -> String {
    did_you_mean(word, candidates.iter().copied()).unwrap_or_else(|| format!("{noun}: {}", list(candidates)))
}

/// Returns the key that somebody meant who wrote another one: the nearest, or that of the same meaning as another tool's.
#[must_use]
pub fn key_like<'k>(word: &str, keys: impl IntoIterator<Item = &'k str> + Clone) -> Option<&'k str> {
    nearest(word, keys.clone()).or_else(|| own_key(word, keys))
}

/// Returns the help for an unknown key, if it is clear what was meant: "did you mean `x`?", or where options stand.
#[must_use]
pub fn suggested_key<'k>(word: &str, keys: impl IntoIterator<Item = &'k str> + Clone) -> Option<String> {
    if let Some(key) = key_like(word, keys.clone()) {
        return Some(did_you_mean(word, [key]).unwrap_or_else(|| format!("did you mean `{key}`?")));
    }
    let is_entry = holds_options(word) && keys.into_iter().any(|key| key == "type");
    is_entry.then(|| "options are keys of the entry itself, beside `type`".to_owned())
}

/// Returns "`a`, `b`", "none", or the first of many: "`a`, `b`, … and 3 more".
#[must_use]
pub fn list<S: AsRef<str>>(names: &[S]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    // A list with one more name is no longer than one that counts it.
    let shown = if names.len() > MOST_LISTED + 1 { MOST_LISTED } else { names.len() };
    let quoted: Vec<_> = names[..shown].iter().map(|name| format!("`{}`", name.as_ref())).collect();
    let more = names.len() - shown;
    if more == 0 { quoted.join(", ") } else { format!("{}, … and {more} more", quoted.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_of_two_letters_is_a_near_miss() {
        assert_eq!(nearest("trian_x", ["test_x", "train_x"]), Some("train_x"));
    }

    #[test]
    fn letter_case_is_not_a_slip() {
        assert_eq!(nearest("gib", ["KiB", "GiB"]), Some("GiB"));
    }

    #[test]
    fn another_word_is_not_a_near_miss() {
        assert_eq!(nearest("a", ["b"]), None);
        assert_eq!(nearest("model", ["predictions"]), None);
        assert_eq!(nearest("a_very_long_name_of_a_dataset", ["a_very_long_name_of_b_xyz"]), None);
    }

    #[test]
    fn a_name_is_never_suggested_for_itself() {
        assert_eq!(nearest("model", ["model"]), None);
    }

    #[test]
    fn of_many_names_the_first_are_listed() {
        let names: Vec<_> = (0..23).map(|index| format!("n{index}")).collect();
        let all: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        assert_eq!(list(&names[..21]), all[..21].join(", "));
        assert_eq!(list(&names), format!("{}, … and 3 more", all[..20].join(", ")));
        assert_eq!(list::<&str>(&[]), "none");
    }
    #[test]
    fn keys_of_other_tools_lead_to_our_own() {
        let keys = ["type", "path", "delimiter", "null", "nulls", "skip_rows"];
        for (word, own) in [
            ("filepath", "path"),
            ("sep", "delimiter"),
            ("na_values", "nulls"),
            ("skiprows", "skip_rows"),
            ("delimitter", "delimiter"),
        ] {
            assert_eq!(suggested_key(word, keys), Some(format!("did you mean `{own}`?")));
        }
        let beside = suggested_key("load_args", keys);
        assert_eq!(beside.as_deref(), Some("options are keys of the entry itself, beside `type`"));
        assert_eq!(suggested_key("sep", ["rows"]), None);
    }
}
