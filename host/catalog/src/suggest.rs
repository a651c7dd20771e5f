//! "Did you mean", and lists of what there is.

/// One slip in so many characters still counts as a near miss.
const CHARACTERS_PER_SLIP: usize = 3;
/// More slips than this make another word, however long it is.
const MOST_SLIPS: usize = 3;
/// The most names that a message lists.
const LISTED: usize = 20;

/// Returns "did you mean `x`?" for the nearest candidate, if one is near.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a &'a str>) -> Option<String> {
    let near = candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(slips, _)| *slips <= (word.chars().count() / CHARACTERS_PER_SLIP).min(MOST_SLIPS))
        .min();
    near.map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// Returns "did you mean `x`?", or else "`noun`: `a`, `b`".
pub(crate) fn did_you_mean_or_list(word: &str, noun: &str, candidates: &[&str]) -> String {
    did_you_mean(word, candidates).unwrap_or_else(|| format!("{noun}: {}", list(candidates)))
}

/// Returns "`a`, `b` and 7 more", or "none".
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let quoted: Vec<_> = names.iter().take(LISTED).map(|name| format!("`{}`", name.as_ref())).collect();
    let more = names.len().saturating_sub(LISTED);
    if more == 0 { quoted.join(", ") } else { format!("{} and {more} more", quoted.join(", ")) }
}
