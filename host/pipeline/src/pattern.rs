//! Names of datasets with `{placeholders}`. They stand for every dataset whose name matches.
//!
//! The rules of priority are Kedro's. Two things are stricter here: letter case counts, and a placeholder occurs
//! once in a pattern, so that matching is a single pass.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A name with at least one placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    text: String,
    pieces: Vec<Piece>,
}

/// A piece of literal text, or a placeholder by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Placeholder(String),
}

/// The sort key of patterns, best first: literal characters, placeholders, then the alphabet.
pub(crate) type Rank = (Reverse<usize>, Reverse<usize>, String);

/// Returns true if a name in `[datasets]` is meant as a pattern.
pub(crate) fn is_pattern(name: &str) -> bool {
    name.contains(['{', '}'])
}

impl Pattern {
    /// Parses `text`, or returns its fault.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let pieces = pieces(text)?;
        let mut seen = BTreeSet::new();
        for piece in &pieces {
            let Piece::Placeholder(name) = piece else {
                continue;
            };
            if !is_identifier(name) {
                return Err(format!("`{{{name}}}` is not a placeholder"));
            }
            if !seen.insert(name) {
                return Err(format!("`{{{name}}}` occurs twice"));
            }
        }
        if seen.is_empty() {
            return Err("there is no placeholder".to_owned());
        }
        Ok(Self { text: text.to_owned(), pieces })
    }

    /// Returns true if it matches the same names as another: the names of placeholders do not count.
    pub(crate) fn matches_as(&self, other: &Self) -> bool {
        let is_same = |(one, other): (&Piece, &Piece)| match (one, other) {
            (Piece::Placeholder(_), Piece::Placeholder(_)) => true,
            (one, other) => one == other,
        };
        self.pieces.len() == other.pieces.len() && self.pieces.iter().zip(&other.pieces).all(is_same)
    }

    pub(crate) fn placeholders(&self) -> BTreeSet<&str> {
        names(&self.pieces)
    }

    /// Returns true if it matches every name.
    pub(crate) fn is_catch_all(&self) -> bool {
        self.literal_characters() == 0
    }

    pub(crate) fn rank(&self) -> Rank {
        let literals = self.literal_characters();
        let placeholders = self.placeholders().len();
        (Reverse(literals), Reverse(placeholders), self.text.clone())
    }

    /// Returns the text that each placeholder stands for in `name`, as short as possible and never empty; `None` if
    /// `name` does not match.
    pub(crate) fn matches(&self, name: &str) -> Option<BTreeMap<String, String>> {
        let mut values = BTreeMap::new();
        let mut rest = name;
        let mut open: Option<&str> = None;
        for (index, piece) in self.pieces.iter().enumerate() {
            match (piece, open) {
                (Piece::Placeholder(next), None) => open = Some(next),
                (Piece::Placeholder(next), Some(previous)) => {
                    let first = rest.chars().next()?;
                    values.insert(previous.to_owned(), first.to_string());
                    rest = &rest[first.len_utf8()..];
                    open = Some(next);
                }
                (Piece::Literal(text), None) => rest = rest.strip_prefix(text.as_str())?,
                (Piece::Literal(text), Some(previous)) => {
                    let is_last = index + 1 == self.pieces.len();
                    let at = find_after_first(rest, text, is_last)?;
                    values.insert(previous.to_owned(), rest[..at].to_owned());
                    rest = &rest[at + text.len()..];
                    open = None;
                }
            }
        }
        match open {
            Some(_) if rest.is_empty() => return None,
            Some(last) => {
                values.insert(last.to_owned(), rest.to_owned());
            }
            None if !rest.is_empty() => return None,
            None => {}
        }
        Some(values)
    }

    fn literal_characters(&self) -> usize {
        let lengths = self.pieces.iter().map(|piece| match piece {
            Piece::Literal(text) => text.chars().count(),
            Piece::Placeholder(_) => 0,
        });
        lengths.sum()
    }
}

/// Finds `text` in `rest`, past at least one character: the first place, or the very end.
fn find_after_first(rest: &str, text: &str, at_the_end: bool) -> Option<usize> {
    let skip = rest.chars().next()?.len_utf8();
    if at_the_end {
        let at = rest.len().checked_sub(text.len())?;
        return (at >= skip && rest.ends_with(text)).then_some(at);
    }
    rest[skip..].find(text).map(|at| at + skip)
}

/// Returns the placeholders that `template` uses, or the fault of its braces.
pub(crate) fn placeholders(template: &str) -> Result<BTreeSet<String>, String> {
    let pieces = pieces(template)?;
    Ok(names(&pieces).into_iter().map(str::to_owned).collect())
}

/// Replaces every placeholder of `template`. One without a value stays as it is written.
pub(crate) fn substitute(template: &str, values: &BTreeMap<String, String>) -> String {
    let Ok(pieces) = pieces(template) else {
        return template.to_owned();
    };
    let texts = pieces.into_iter().map(|piece| match piece {
        Piece::Literal(text) => text,
        Piece::Placeholder(name) => values.get(&name).cloned().unwrap_or(format!("{{{name}}}")),
    });
    texts.collect()
}

fn names(pieces: &[Piece]) -> BTreeSet<&str> {
    let names = pieces.iter().filter_map(|piece| match piece {
        Piece::Placeholder(name) => Some(name.as_str()),
        Piece::Literal(_) => None,
    });
    names.collect()
}

fn is_identifier(name: &str) -> bool {
    let starts_right = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    starts_right && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Returns the end of `${env:NAME}`, whose first brace is at `at`. It is no placeholder, and stays as it is.
fn environment_variable(text: &str, at: usize) -> Option<usize> {
    let is_one = text[..at].ends_with('$') && text[at..].starts_with("{env:");
    is_one.then(|| text[at..].find('}').map(|end| at + end + 1))?
}

/// Splits at placeholders; `{{` and `}}` are literal braces, and `${env:NAME}` is literal text.
fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        if let Some(variable) = environment_variable(rest, at) {
            literal.push_str(&rest[..variable]);
            rest = &rest[variable..];
            continue;
        }
        literal.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(after) = after.strip_prefix(brace) {
            literal.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return Err("this has a `}` without a `{`".to_owned());
        }
        let (name, after) =
            after.split_once('}').filter(|(name, _)| !name.contains('{')).ok_or("this has a `{` without a `}`")?;
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Placeholder(name.to_owned()));
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(pattern: &str, name: &str) -> Option<Vec<(String, String)>> {
        let pattern = Pattern::parse(pattern).expect("a pattern");
        pattern.matches(name).map(|values| values.into_iter().collect())
    }

    fn values(pairs: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
        Some(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn placeholders_are_as_short_as_they_can_be() {
        assert_eq!(matched("{a}.{b}", "x.y.z"), values(&[("a", "x"), ("b", "y.z")]));
        assert_eq!(matched("{a}{b}", "xyz"), values(&[("a", "x"), ("b", "yz")]));
        assert_eq!(matched("{a}_x", "x_x_x"), values(&[("a", "x_x")]));
        assert_eq!(matched("p_{a}_{b}_s", "p_1_2_3_s"), values(&[("a", "1"), ("b", "2_3")]));
    }

    #[test]
    fn placeholders_are_never_empty() {
        assert_eq!(matched("x{a}", "x"), None);
        assert_eq!(matched("{a}x", "x"), None);
        assert_eq!(matched("{a}{b}", "x"), None);
        assert_eq!(matched("{a}.{b}", ".y"), None);
    }

    #[test]
    fn the_whole_name_must_match_and_letter_case_counts() {
        assert_eq!(matched("x{a}y", "x1yz"), None);
        assert_eq!(matched("x{a}", "X1"), None);
        assert_eq!(matched("{a}é", "éé"), values(&[("a", "é")]));
    }

    #[test]
    fn more_literal_text_then_more_placeholders_then_the_alphabet_win() {
        let mut patterns = ["{all}", "{b}_{a}", "{a}_{b}", "x_{a}", "{a}_", "{a}{b}_"]
            .map(|text| Pattern::parse(text).expect("a pattern"));
        patterns.sort_by_key(Pattern::rank);
        let order = patterns.map(|pattern| pattern.text);
        assert_eq!(order, ["x_{a}", "{a}_{b}", "{a}{b}_", "{b}_{a}", "{a}_", "{all}"]);
    }

    #[test]
    fn what_is_not_a_pattern_is_refused() {
        for text in ["{a", "a}", "{}", "{a b}", "{a:d}", "{a}{a}", "{{a}}", "{a{b}}"] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn substitution_leaves_doubled_braces_as_single_ones() {
        let values = BTreeMap::from([("a".to_owned(), "1".to_owned())]);
        assert_eq!(substitute("x/{a}/{{a}}/{b}", &values), "x/1/{a}/{b}");
    }

    #[test]
    fn variables_of_the_environment_are_no_placeholders() {
        let values = BTreeMap::from([("a".to_owned(), "1".to_owned())]);
        assert_eq!(substitute("s3://${env:X}/{a}/${env:Y}", &values), "s3://${env:X}/1/${env:Y}");
        assert_eq!(placeholders("${env:X}/{a}"), Ok(BTreeSet::from(["a".to_owned()])));
    }
}
