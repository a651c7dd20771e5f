//! The records of a JSON text, one at a time.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::value::Value;
use crate::fault::{At, Fault};

/// One record: the names and values of an object, each name once.
pub(super) type Record<'t> = Vec<(Cow<'t, str>, Value<'t>)>;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Calls `each` for every record of `bytes`: an array of objects, or objects one after the other.
pub(super) fn each_record(bytes: &[u8], each: &mut dyn FnMut(&Record<'_>) -> Result<(), Fault>) -> Result<(), Fault> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    // What `each` returned; serde's own errors have no room for it.
    let mut refusal = None;
    let mut take = |Object(record): Object<'_>| {
        each(&record).map_err(|fault| {
            refusal = Some(fault);
            serde_json::Error::custom("the record was refused")
        })
    };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => return Err(Fault::new("it is empty, expected `[` or `{`")),
        Some(b'[') => json.deserialize_seq(Array(take)).and_then(|()| json.end()),
        Some(_) => json.into_iter().try_for_each(|record| take(record?)),
    };
    match (refusal, read) {
        (Some(fault), _) => Err(fault),
        (None, read) => read.map_err(|error| malformed(&error)),
    }
}

fn malformed(error: &serde_json::Error) -> Fault {
    let words = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let words = words.strip_suffix(&place).unwrap_or(&words);
    let words = match words.strip_prefix("EOF while parsing ") {
        Some(what) => format!("it ends within {what}"),
        None => words.to_owned(),
    };
    let fault = Fault::new(format!("not readable as json: {words}"));
    match (error.line() as u64, error.column() as u64) {
        (0, _) => fault,
        (line, 0) => fault.at(At::Line(line)),
        (line, column) => fault.at(At::Character(line, column)),
    }
}

/// An array, whose elements go to a function one at a time.
struct Array<F>(F);

impl<'de, F: FnMut(Object<'de>) -> serde_json::Result<()>> Visitor<'de> for Array<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut records: A) -> Result<(), A::Error> {
        while let Some(record) = records.next_element()? {
            (self.0)(record).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// An object, with an error that says so where something else stands, and where a name stands twice: serde_json's own
/// map keeps the last of both.
struct Object<'t>(Record<'t>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(ObjectVisitor).map(Self)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Record<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object: a record such as {\"name\": 1}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Record<'de>, A::Error> {
        let mut record = Record::new();
        let mut names = HashSet::new();
        while let Some(Name(name)) = entries.next_key()? {
            let value = entries.next_value()?;
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format!("the name `{name}` stands twice in one object")));
            }
            record.push((name, value));
        }
        Ok(record)
    }
}

/// A name, borrowed where nothing in it is escaped.
#[derive(serde::Deserialize)]
struct Name<'t>(#[serde(borrow)] Cow<'t, str>);
