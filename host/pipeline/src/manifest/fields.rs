//! Reads a table key by key, and notes what is missing, of the wrong type or unknown.

use super::policies::Choice;
use super::tree::{Data, Entry, Table, Value};
use crate::problem::Problem;
use crate::source::Span;
use wpipe_text::{did_you_mean_or_list, key_like, list, suggested_key};

/// A table being read. Every requested key is a known one; the rest can be refused at the end.
pub(crate) struct Fields<'t> {
    /// The subject of the table, as errors call it: "node `a`".
    owner: String,
    /// The place to point at when something is missing.
    at: Span,
    table: &'t Table,
    known: Vec<&'static str>,
    /// The keys that were reported as slips of missing ones.
    slips: Vec<&'t str>,
}

impl<'t> Fields<'t> {
    pub(crate) fn new(owner: impl Into<String>, at: Span, table: &'t Table) -> Self {
        Self { owner: owner.into(), at, table, known: Vec::new(), slips: Vec::new() }
    }

    /// Returns the fields of `entry`'s value, which must be a table.
    pub(crate) fn of(owner: impl Into<String>, entry: &'t Entry, out: &mut Vec<Problem>) -> Option<Self> {
        let owner = owner.into();
        let table = expect_table(&owner, entry, out)?;
        Some(Self::new(owner, entry.key_span.clone(), table))
    }

    /// Returns the subject of the table: "node `a`".
    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    /// Returns the place of the table's name.
    pub(crate) fn at(&self) -> &Span {
        &self.at
    }

    pub(crate) fn optional(&mut self, key: &'static str) -> Option<&'t Entry> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        #[cfg(test)]
        note_asked(&self.owner, key);
        self.table.get(key)
    }

    pub(crate) fn required(&mut self, key: &'static str, out: &mut Vec<Problem>) -> Option<&'t Entry> {
        let entry = self.optional(key);
        if entry.is_none() {
            let problem = self.missing(&format!("`{key}`"), &[key]);
            out.push(problem);
        }
        entry
    }

    /// Returns the text of an optional key, with its place.
    pub(crate) fn string(&mut self, key: &'static str, out: &mut Vec<Problem>) -> Option<(&'t str, &'t Span)> {
        let entry = self.optional(key)?;
        self.text_of(entry, out)
    }

    /// Returns the text of a required key.
    pub(crate) fn required_string(&mut self, key: &'static str, out: &mut Vec<Problem>) -> Option<(&'t str, &'t Span)> {
        let entry = self.required(key, out)?;
        self.text_of(entry, out)
    }

    fn text_of(&self, entry: &'t Entry, out: &mut Vec<Problem>) -> Option<(&'t str, &'t Span)> {
        let what = format!("`{}` of {}", entry.key, self.owner);
        let text = expect_string(&what, &entry.value, out)?;
        Some((text, &entry.value.span))
    }

    /// Returns the value of an optional key that is true or false.
    pub(crate) fn boolean(&mut self, key: &'static str, out: &mut Vec<Problem>) -> Option<bool> {
        let entry = self.optional(key)?;
        if let Data::Boolean(value) = entry.value.data {
            return Some(value);
        }
        self.refuse(entry, "`true` or `false`", out);
        None
    }

    /// Returns the value of an optional key that counts something.
    pub(crate) fn whole(&mut self, key: &'static str, out: &mut Vec<Problem>) -> Option<u64> {
        let entry = self.optional(key)?;
        if let Data::Integer(number) = &entry.value.data
            && let Some(number) = number.as_u64()
        {
            return Some(number);
        }
        self.refuse(entry, "a whole number from 0", out);
        None
    }

    /// Returns the value of an optional key that is a part of a whole, from 0 to 1.
    pub(crate) fn fraction(&mut self, key: &'static str, out: &mut Vec<Problem>) -> Option<f64> {
        let entry = self.optional(key)?;
        const EXPECTED: &str = "a number from 0 to 1";
        let number = match &entry.value.data {
            Data::Integer(number) | Data::Float(number) => number.as_f64(),
            _ => None,
        };
        let Some(number) = number else {
            self.refuse(entry, EXPECTED, out);
            return None;
        };
        if (0.0..=1.0).contains(&number) {
            return Some(number);
        }
        let message = format!("`{key}` of {} is not {EXPECTED}", self.owner);
        let problem = Problem::new("wpipe::manifest::bad_value", message);
        out.push(problem.label(&entry.value.span, format!("{number} is not within 0 and 1")));
        None
    }

    /// Returns the value of an optional key that is one of a few words.
    pub(super) fn choice<T: Choice>(&mut self, key: &'static str, out: &mut Vec<Problem>) -> Option<T> {
        let (text, span) = self.string(key, out)?;
        let known = T::VALUES.iter().copied().find(|value| value.word() == text);
        if known.is_none() {
            let words: Vec<_> = T::VALUES.iter().map(|value| value.word()).collect();
            let message = format!("`{key}` of {} is not known", self.owner);
            let help = did_you_mean_or_list(text, "known values", &words);
            out.push(Problem::new("wpipe::manifest::bad_value", message).label(span, "this is none").help(help));
        }
        known
    }

    fn refuse(&self, entry: &Entry, expected: &str, out: &mut Vec<Problem>) {
        out.push(wrong_type(&format!("`{}` of {}", entry.key, self.owner), &entry.value, expected));
    }

    /// Returns the entries that nobody asked for.
    pub(crate) fn rest(&self) -> impl Iterator<Item = &'t Entry> {
        self.table.entries.iter().filter(|entry| !self.known.contains(&entry.key.as_str()))
    }

    /// Reports that `what` is missing; `keys` are its spellings.
    pub(crate) fn missing(&mut self, what: &str, keys: &[&'static str]) -> Problem {
        let problem = Problem::new("wpipe::manifest::missing_key", format!("{} has no {what}", self.owner))
            .label(&self.at, format!("expected the key {what}"));
        let slip = self.rest().find_map(|entry| Some((entry, key_like(&entry.key, keys.iter().copied())?)));
        let Some((entry, meant)) = slip else {
            return problem;
        };
        self.slips.push(&entry.key);
        problem.label(&entry.key_span, "unknown key").help(format!("did you mean `{meant}`?"))
    }

    /// Reports every entry that nobody asked for.
    pub(crate) fn refuse_rest(&self, out: &mut Vec<Problem>) {
        let rest = self.rest().filter(|entry| !self.slips.contains(&entry.key.as_str()));
        out.extend(rest.map(|entry| self.unknown(entry)));
    }

    /// Reports an unknown key.
    pub(crate) fn unknown(&self, entry: &Entry) -> Problem {
        let Entry { key, key_span, .. } = entry;
        let help = suggested_key(key, self.known.iter().copied());
        Problem::new("wpipe::manifest::unknown_key", format!("unknown key `{key}` in {}", self.owner))
            .label(key_span, "nothing reads this key")
            .help(help.unwrap_or_else(|| format!("known keys: {}", list(&self.known))))
    }
}

pub(crate) fn expect_table<'t>(what: &str, entry: &'t Entry, out: &mut Vec<Problem>) -> Option<&'t Table> {
    if let Data::Table(table) = &entry.value.data {
        return Some(table);
    }
    out.push(wrong_type(what, &entry.value, "a table"));
    None
}

pub(crate) fn expect_string<'t>(what: &str, value: &'t Value, out: &mut Vec<Problem>) -> Option<&'t str> {
    if let Data::String(text) = &value.data {
        return Some(text);
    }
    out.push(wrong_type(what, value, "a string"));
    None
}

pub(crate) fn wrong_type(what: &str, value: &Value, expected: &str) -> Problem {
    Problem::new("wpipe::manifest::wrong_type", format!("{what} is not {expected}"))
        .label(&value.span, format!("expected {expected}, found {}", value.type_name()))
}

/// Reports two keys that exclude each other.
pub(crate) fn conflict(owner: &str, first: &Entry, second: &Entry) -> Problem {
    Problem::new("wpipe::manifest::conflicting_keys", format!("{owner} has both `{}` and `{}`", first.key, second.key))
        .label(&first.key_span, "either this")
        .label(&second.key_span, "or this")
        .help("keep one of them".to_owned())
}

#[cfg(test)]
type Asked = std::collections::BTreeMap<String, std::collections::BTreeSet<&'static str>>;

#[cfg(test)]
thread_local! {
    static ASKED: std::cell::RefCell<Asked> = const { std::cell::RefCell::new(Asked::new()) };
}

#[cfg(test)]
fn note_asked(owner: &str, key: &'static str) {
    ASKED.with_borrow_mut(|asked| asked.entry(owner.to_owned()).or_default().insert(key));
}

/// Returns the keys that `read`, which must succeed, asks for, by the subject of their table.
#[cfg(test)]
pub(super) fn asked_for<E: std::fmt::Debug>(read: impl FnOnce() -> Result<(), E>) -> Asked {
    ASKED.take();
    read().expect("it can be read");
    ASKED.take()
}
