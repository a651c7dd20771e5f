//! `[retry]` and `retry` of a node: the failed calls that are tried again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::amounts::time;
use super::fields::{Fields, expect_string, wrong_type};
use super::tree::{Data, Entry};
use crate::problem::Problem;
use wpipe_text::did_you_mean_or_list;

/// The failed calls that are tried again, and the waits between; `None` is the runner's default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RetrySpec {
    /// The most retries after the first attempt.
    pub times: Option<u64>,
    /// The wait before the first retry.
    pub delay: Option<Duration>,
    /// The factor by which each wait is longer than the one before.
    pub backoff: Option<f64>,
    /// The random part of each wait, from 0 to 1.
    pub jitter: Option<f64>,
    /// The kinds of failure that are tried again: `error`, `trap`, `timeout`.
    pub on: Option<Vec<String>>,
}

/// The kinds of failure that can be tried again.
const KINDS: [&str; 3] = ["error", "trap", "timeout"];

impl RetrySpec {
    /// Returns these settings, and those of `fallback` where one is not set.
    #[must_use]
    pub fn or(self, fallback: &Self) -> Self {
        Self {
            times: self.times.or(fallback.times),
            delay: self.delay.or(fallback.delay),
            backoff: self.backoff.or(fallback.backoff),
            jitter: self.jitter.or(fallback.jitter),
            on: self.on.or_else(|| fallback.on.clone()),
        }
    }
}

/// Reads `entry`, the `retry` of `owner`.
pub(crate) fn retry(owner: &str, entry: &Entry, out: &mut Vec<Problem>) -> RetrySpec {
    let Some(mut fields) = Fields::of(owner, entry, out) else { return RetrySpec::default() };
    let retry = RetrySpec {
        times: fields.whole("times", out),
        delay: time(&mut fields, "delay", out),
        backoff: fields.optional("backoff").and_then(|entry| backoff(owner, entry, out)),
        jitter: fields.fraction("jitter", out),
        on: fields.optional("on").map(|entry| kinds(owner, entry, out)),
    };
    fields.refuse_rest(out);
    retry
}

fn backoff(owner: &str, entry: &Entry, out: &mut Vec<Problem>) -> Option<f64> {
    let number = match &entry.value.data {
        Data::Integer(number) | Data::Float(number) => number.as_f64().filter(|number| *number >= 1.0),
        _ => None,
    };
    if number.is_none() {
        out.push(wrong_type(&format!("`backoff` of {owner}"), &entry.value, "a number from 1"));
    }
    number
}

fn kinds(owner: &str, entry: &Entry, out: &mut Vec<Problem>) -> Vec<String> {
    let what = format!("`on` of {owner}");
    let Data::Array(items) = &entry.value.data else {
        out.push(wrong_type(&what, &entry.value, "an array of strings"));
        return Vec::new();
    };
    let mut kinds = Vec::new();
    for item in items {
        let Some(kind) = expect_string(&format!("an entry of {what}"), item, out) else { continue };
        if !KINDS.contains(&kind) {
            let help = did_you_mean_or_list(kind, "kinds of failure", &KINDS);
            let problem = Problem::new("wpipe::manifest::bad_value", format!("`{kind}` is no kind of failure"));
            out.push(problem.label(&item.span, format!("in {what}")).help(help));
        }
        kinds.push(kind.to_owned());
    }
    kinds
}
