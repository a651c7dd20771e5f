//! "Did you mean": the nearest of the names that would have been right.

/// One slip in so many characters still counts as a near miss.
const CHARACTERS_PER_SLIP: usize = 3;
/// More slips than this make another word, however long it is.
const MOST_SLIPS: usize = 3;

/// The candidate that `word` most likely meant; of equally near ones the first in alphabetical order.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / CHARACTERS_PER_SLIP).min(MOST_SLIPS);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (slips(word, candidate), candidate))
        .filter(|(slips, _)| *slips <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The help "did you mean `x`?" for the nearest candidate.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|name| format!("did you mean `{name}`?"))
}

/// `did_you_mean`, or else the list of what there is: "`noun`: `a`, `b`".
pub(crate) fn did_you_mean_or_list(word: &str, noun: &str, candidates: &[&str]) -> String {
    did_you_mean(word, candidates.iter().copied()).unwrap_or_else(|| format!("{noun}: {}", list(candidates)))
}

/// "`a`, `b`", or "none".
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let quoted: Vec<_> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    quoted.join(", ")
}

/// Insertions, deletions, replacements and swaps of neighbours; letter case is free.
fn slips(word: &str, candidate: &str) -> usize {
    strsim::osa_distance(&word.to_lowercase(), &candidate.to_lowercase())
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
}
