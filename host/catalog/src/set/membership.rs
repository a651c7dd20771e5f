//! The partitions among the objects below a set's root: by suffix, and unless they are hidden, beside `glob`, or named
//! by `exclude`.

use glob::{MatchOptions, Pattern};

use super::names;

/// `*` stays within a folder, as in paths, and `**` does not.
const GLOB: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

/// A key, and the fault of its value.
type Fault = (&'static str, String);

/// The rule that tells partitions from all else.
#[derive(Debug, Clone, Default)]
pub(crate) struct Membership {
    suffix: String,
    hidden: bool,
    glob: Vec<Pattern>,
    exclude: Vec<Exclusion>,
}

/// A pattern of objects to leave out, as in `.gitignore`.
#[derive(Debug, Clone)]
struct Exclusion {
    /// The text of the entry.
    text: String,
    /// The pattern without the `/` that it may end with.
    pattern: Pattern,
    /// True if it fits folders alone: it ends with `/`.
    of_folders: bool,
    /// True if it fits a part of a path at any depth: there is no other `/` in it.
    at_any_depth: bool,
}

impl Exclusion {
    fn new(text: String, pattern: Pattern) -> Self {
        let (of_folders, at_any_depth) = (text.ends_with('/'), !text.trim_end_matches('/').contains('/'));
        Self { text, pattern, of_folders, at_any_depth }
    }

    /// Returns true if it leaves out the object, by its name, its id, or a folder that it is in.
    fn fits(&self, id: Option<&str>, name: &str) -> bool {
        let fits = |path: &str| match path.rsplit_once('/') {
            Some((_, last)) if self.at_any_depth => self.pattern.matches_with(last, GLOB),
            _ => self.pattern.matches_with(path, GLOB),
        };
        let is_within = name.match_indices('/').any(|(at, _)| fits(&name[..at]));
        is_within || !self.of_folders && (fits(name) || id.is_some_and(fits))
    }
}

/// The kind of an object below a set's root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'n> {
    /// A partition of this id.
    Partition(&'n str),
    /// None, since a part of its name begins with `.` or `_`.
    Hidden,
    /// None, by `glob` or `exclude`.
    Excluded,
    /// None, since it lacks the suffix.
    Other,
    /// None, since it is this program's own.
    Reserved,
}

impl Membership {
    /// Creates the rule of an entry. Faults come with their keys.
    pub(crate) fn new(suffix: &str, hidden: bool, glob: &[String], exclude: &[String]) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let glob = patterns("glob", glob, &mut faults).into_iter().map(|(_, pattern)| pattern).collect();
        let exclude = patterns("exclude", exclude, &mut faults);
        let exclude = exclude.into_iter().map(|(text, pattern)| Exclusion::new(text, pattern)).collect();
        if let Err(reason) = names::check_suffix(suffix) {
            faults.insert(0, ("suffix", format!("{suffix:?} cannot be what partitions end with: {reason}")));
        }
        if faults.is_empty() { Ok(Self { suffix: suffix.to_owned(), hidden, glob, exclude }) } else { Err(faults) }
    }

    pub(super) fn suffix(&self) -> &str {
        &self.suffix
    }

    /// Returns the kind of the object of this name.
    pub(super) fn kind<'n>(&self, name: &'n str) -> Kind<'n> {
        if names::is_reserved(name) {
            return Kind::Reserved;
        }
        match names::id_of(name, &self.suffix) {
            Some(id) if !self.hidden && is_hidden(id) => Kind::Hidden,
            Some(id) if !self.wants(id) => Kind::Excluded,
            Some(id) => Kind::Partition(id),
            None if !self.hidden && is_hidden(name) => Kind::Hidden,
            None if self.excludes(None, name).is_some() => Kind::Excluded,
            None => Kind::Other,
        }
    }

    /// Returns the id of the partition that the object of this name is, if it is one.
    pub(super) fn id_of<'n>(&self, name: &'n str) -> Option<&'n str> {
        match self.kind(name) {
            Kind::Partition(id) => Some(id),
            _ => None,
        }
    }

    /// Returns true if readers are to get every partition that a manifest names.
    pub(super) fn wants_all(&self) -> bool {
        self.glob.is_empty() && self.exclude.is_empty()
    }

    /// Returns true if readers are to get the partition of this id, if there is one. Partitions of a manifest are never
    /// hidden.
    pub(super) fn wants(&self, id: &str) -> bool {
        self.fits(id) && self.excludes(Some(id), &format!("{id}{}", self.suffix)).is_none()
    }

    /// Fails with the reason why nobody would find a partition of this id, and the help.
    pub(super) fn check(&self, id: &str) -> Result<(), String> {
        if !self.hidden && is_hidden(id) {
            let reason = "names that begin with `.` or `_` are hidden, and nobody would read it again";
            return Err(format!("{reason}: add `hidden = true` to the dataset, or choose another id"));
        }
        if !self.fits(id) {
            return Err("it is not within the dataset's `glob`, and nobody would read it again".to_owned());
        }
        match self.excludes(Some(id), &format!("{id}{}", self.suffix)) {
            Some(pattern) => {
                Err(format!("the dataset's `exclude` has {:?}, and nobody would read it again", pattern.text))
            }
            None => Ok(()),
        }
    }

    /// Returns true if `glob` covers a partition. A pattern may fit the id or the object's name.
    fn fits(&self, id: &str) -> bool {
        let name = || format!("{id}{}", self.suffix);
        let fits = |pattern: &Pattern| pattern.matches_with(id, GLOB) || pattern.matches_with(&name(), GLOB);
        self.glob.is_empty() || self.glob.iter().any(fits)
    }

    /// Returns the pattern that leaves out an object.
    fn excludes(&self, id: Option<&str>, name: &str) -> Option<&Exclusion> {
        self.exclude.iter().find(|exclusion| exclusion.fits(id, name))
    }
}

/// Returns true if a part of a path begins with `.` or `_`, as files do that other tools put beside data, and do not
/// read as data themselves.
fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with(['.', '_']))
}

/// Returns the patterns of a key, each with its text and without the `/` that it may end with.
fn patterns(key: &'static str, texts: &[String], faults: &mut Vec<Fault>) -> Vec<(String, Pattern)> {
    let mut patterns = Vec::new();
    for text in texts {
        let parsed = match text.trim_end_matches('/') {
            "" => Err("it fits nothing".to_owned()),
            _ if text.starts_with('/') => Err("it begins with `/`, and paths start from the set's root".to_owned()),
            _ if text.starts_with("./") => Err("it begins with `./`, which no path below the root does".to_owned()),
            plain => Pattern::new(plain).map_err(|error| error.msg.to_owned()),
        };
        match parsed {
            Ok(pattern) => patterns.push((text.clone(), pattern)),
            Err(reason) => faults.push((key, format!("{text:?} is not a pattern of paths: {reason}"))),
        }
    }
    patterns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(suffix: &str, glob: &[&str], exclude: &[&str]) -> Membership {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Membership::new(suffix, false, &owned(glob), &owned(exclude)).expect("a right rule")
    }

    #[test]
    fn what_other_tools_leave_is_no_partition() {
        let foreign = [
            ".ipynb_checkpoints/a.csv",
            "2024/.ipynb_checkpoints/a.csv",
            "._a.csv",
            ".DS_Store",
            "_SUCCESS",
            "_temporary/0/a.csv",
            "_delta_log/0.json",
            "_metadata",
            ".a.csv.crc",
        ];
        for suffix in ["", ".csv"] {
            let rule = rule(suffix, &[], &[]);
            let hidden = Membership { hidden: true, ..rule.clone() };
            for name in foreign {
                assert_eq!(rule.kind(name), Kind::Hidden, "{name}");
                assert_ne!(hidden.kind(name), Kind::Hidden, "{name}");
            }
        }
        // The entry asks for the suffix.
        assert_eq!(rule("/_data.csv", &[], &[]).kind("a/_data.csv"), Kind::Partition("a"));
        assert_eq!(rule(".csv", &[], &[]).kind("year=2024/a_b.c.csv"), Kind::Partition("year=2024/a_b.c"));
        assert_eq!(rule("", &[], &[]).kind("a/.wpipe/set.json"), Kind::Reserved);
        assert_eq!(rule(".csv", &[], &[]).kind("Thumbs.db"), Kind::Other);
    }

    #[test]
    fn exclusions_are_those_of_gitignore() {
        let left_out = |pattern: &str, name: &str| rule(".csv", &[], &[pattern]).kind(name) == Kind::Excluded;
        for (pattern, name) in [
            ("bad", "bad.csv"),
            ("bad.csv", "2024/bad.csv"),
            ("*.bak.csv", "2024/a.bak.csv"),
            ("old", "2024/old/a.csv"),
            ("old/", "old/deep/a.csv"),
            ("old/**", "old/deep/a.csv"),
            ("2024/old", "2024/old/a.csv"),
            ("2024/*", "2024/a.csv"),
            ("**/tmp/*", "a/b/tmp/c.csv"),
            ("Thumbs.db", "Thumbs.db"),
        ] {
            assert!(left_out(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("bad/", "bad.csv"), ("2024/old", "1/2024/old/a.csv"), ("*.CSV", "a.csv"), ("a*", "2024/ba.csv")]
        {
            assert!(!left_out(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn globs_fit_ids_or_names_as_a_whole() {
        let taken = |glob: &[&str], name: &str| matches!(rule(".csv", glob, &[]).kind(name), Kind::Partition(_));
        assert!(taken(&["2024/**"], "2024/01/31.csv") && taken(&["2024/**/*.csv"], "2024/31.csv"));
        assert!(taken(&["2024-*"], "2024-01.csv") && taken(&["a", "b.csv"], "b.csv"));
        assert!(!taken(&["2024/*"], "2024/01/31.csv") && !taken(&["2024"], "2024/a.csv") && !taken(&["a"], "b.csv"));
    }

    #[test]
    fn what_nobody_would_read_again_cannot_be_written() {
        let rule = rule(".csv", &["2024/**"], &["*.bak"]);
        assert_eq!(rule.check("2024/a"), Ok(()));
        for bad in ["2024/_a", "2023/a", "2024/a.bak"] {
            assert!(rule.check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_told_with_its_key() {
        let faults = Membership::new("/", false, &["**.csv".to_owned()], &["".to_owned(), "/a".to_owned()]);
        let keys: Vec<_> = faults.expect_err("faults").into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["suffix", "glob", "exclude", "exclude"]);
    }
}
