//! The parts of a JSON text, one at a time: records, items of an array, entries of an object.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::value::Value;
use super::{escapes, place};
use crate::fault::Fault;

/// One record: the names and values of an object, each name once.
pub(super) type Record<'t> = Vec<(Cow<'t, str>, Value<'t>)>;

/// Calls `each` for every record of `text`: an array of objects, or objects one after the other.
pub(super) fn each_record<'t>(
    text: &'t str,
    mut each: impl FnMut(Record<'t>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    match text.bytes().find(|byte| !byte.is_ascii_whitespace()) {
        None => Err(Fault::new("it is empty, expected `[` or `{`")),
        Some(b'[') => each_item(text, "an array of objects", |Object(record)| each(record)),
        Some(_) => refusing(
            text,
            |Object(record)| each(record),
            |take| serde_json::Deserializer::from_str(text).into_iter().try_for_each(|record| take(record?)),
        ),
    }
}

/// Calls `each` for every item of the array `text`.
pub(super) fn each_item<'t, T: Deserialize<'t>>(
    text: &'t str,
    expected: &'static str,
    each: impl FnMut(T) -> Result<(), Fault>,
) -> Result<(), Fault> {
    refusing(text, each, |take| {
        let mut json = serde_json::Deserializer::from_str(text);
        json.deserialize_seq(Items { expected, take, item: PhantomData })?;
        json.end()
    })
}

/// Calls `each` for every entry of the object `text`; each name is there once.
pub(super) fn each_entry<'t, T: Deserialize<'t>>(
    text: &'t str,
    expected: &'static str,
    each: impl FnMut((Cow<'t, str>, T)) -> Result<(), Fault>,
) -> Result<(), Fault> {
    refusing(text, each, |take| {
        let mut json = serde_json::Deserializer::from_str(text);
        json.deserialize_map(Entries { expected, take, value: PhantomData })?;
        json.end()
    })
}

/// Runs `read` on `text` with `each`, whose faults serde's own errors have no room for.
fn refusing<T>(
    text: &str,
    mut each: impl FnMut(T) -> Result<(), Fault>,
    read: impl FnOnce(&mut dyn FnMut(T) -> serde_json::Result<()>) -> serde_json::Result<()>,
) -> Result<(), Fault> {
    let mut refusal = None;
    let read = read(&mut |part| {
        each(part).map_err(|fault| {
            refusal = Some(fault);
            serde_json::Error::custom("it was refused")
        })
    });
    match (refusal, read) {
        (Some(fault), _) => Err(fault),
        (None, read) => read.map_err(|error| malformed(text, &error)),
    }
}

/// Returns serde_json's error in `text` as a fault.
pub(super) fn malformed(text: &str, error: &serde_json::Error) -> Fault {
    let words = error.to_string();
    if ["hex escape", "code point"].iter().any(|of_escapes| words.contains(of_escapes))
        && let Some(fault) = escapes::fault_in(text)
    {
        return fault;
    }
    let place = format!(" at line {} column {}", error.line(), error.column());
    let words = words.strip_suffix(&place).unwrap_or(&words);
    let words = match words.strip_prefix("EOF while parsing ") {
        Some(what) => format!("it ends within {what}"),
        None => words.to_owned(),
    };
    let fault = Fault::new(format!("not readable as json: {words}"));
    match place::of_error(text, error) {
        Some(place) => fault.at(place),
        None => fault,
    }
}

/// An array, whose items go to a function one at a time.
struct Items<'f, T> {
    expected: &'static str,
    take: &'f mut dyn FnMut(T) -> serde_json::Result<()>,
    item: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            (self.take)(item).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// An object, whose entries go to a function one at a time, with an error if a name is there twice: serde_json's own
/// map keeps the last of both.
struct Entries<'de, 'f, T> {
    expected: &'static str,
    take: &'f mut dyn FnMut((Cow<'de, str>, T)) -> serde_json::Result<()>,
    value: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<'de, '_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(Name(name)) = entries.next_key()? {
            let value = entries.next_value()?;
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format!("the name `{name}` stands twice in one object")));
            }
            (self.take)((name, value)).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// A record, with an error that says so if the text has something else.
pub(super) struct Object<'t>(pub(super) Record<'t>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let mut record = Record::new();
        let mut take = |entry| {
            record.push(entry);
            Ok(())
        };
        let expected = "an object: a record such as {\"name\": 1}";
        json.deserialize_map(Entries { expected, take: &mut take, value: PhantomData })?;
        Ok(Self(record))
    }
}

/// A name, borrowed if nothing in it is escaped.
#[derive(serde::Deserialize)]
pub(super) struct Name<'t>(#[serde(borrow)] pub(super) Cow<'t, str>);
