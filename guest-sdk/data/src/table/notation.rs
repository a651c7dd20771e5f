//! A kind's text form: a name, and its arguments in brackets. Round, square and pointed brackets mean the same.

use core::str::FromStr;

use super::{ColumnKind, ItemKind, TimeUnit, Zone};

/// The reason why a text is no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KindError {
    /// The name is not known.
    #[error("`{0}` is no type of a column")]
    Name(String),
    /// The arguments in brackets are wrong.
    #[error("`{kind}` is not understood: {expected}")]
    Arguments {
        /// The text.
        kind: String,
        /// The arguments that would be right.
        expected: &'static str,
    },
}

/// The names of all kinds, without their arguments in brackets.
pub const KIND_NAMES: [&str; 14] = [
    "bool",
    "i32",
    "i64",
    "u64",
    "f32",
    "f64",
    "text",
    "binary",
    "date",
    "time",
    "timestamp",
    "duration",
    "decimal",
    "list",
];

const DECIMAL: &str = "a decimal has its digits, up to 38, and how many of them stand behind the point, as in \
                       `decimal(10, 2)`";
const TIME: &str = "a time of day counts in us or ns, as in `time(us)`";
const TIMESTAMP: &str = "a timestamp counts in s, ms, us or ns, and may have a zone, as in `timestamp(us, UTC)`";
const DURATION: &str = "a duration counts in s, ms, us or ns, as in `duration(ms)`";
const LIST: &str = "a list says what its items are, and those are no lists, as in `list<f32>`";
const NOTHING: &str = "nothing stands in brackets behind it";

impl FromStr for ColumnKind {
    type Err = KindError;

    fn from_str(text: &str) -> Result<Self, KindError> {
        let (name, inner) = split(text).ok_or_else(|| KindError::Name(text.to_owned()))?;
        let arguments: Vec<&str> = inner.map(|inner| inner.split(',').map(str::trim).collect()).unwrap_or_default();
        let kind = match name {
            "bool" => plain(Self::Bool, &arguments),
            "i32" => plain(Self::I32, &arguments),
            "i64" => plain(Self::I64, &arguments),
            "u64" => plain(Self::U64, &arguments),
            "f32" => plain(Self::F32, &arguments),
            "f64" => plain(Self::F64, &arguments),
            "text" => plain(Self::Text, &arguments),
            "binary" => plain(Self::Binary, &arguments),
            "date" => plain(Self::Date, &arguments),
            "time" => time(&arguments).ok_or(TIME),
            "timestamp" => timestamp(&arguments).ok_or(TIMESTAMP),
            "duration" => duration(&arguments).ok_or(DURATION),
            "decimal" => decimal(&arguments).ok_or(DECIMAL),
            "list" => match inner.map(str::parse) {
                Some(Ok(item)) => ItemKind::of(item).map(Self::List).ok_or(LIST),
                Some(Err(error)) => return Err(error),
                None => Err(LIST),
            },
            _ => return Err(KindError::Name(name.to_owned())),
        };
        kind.map_err(|expected| KindError::Arguments { kind: text.to_owned(), expected })
    }
}

/// Returns the name and the text in brackets; `None` if the brackets do not fit.
fn split(text: &str) -> Option<(&str, Option<&str>)> {
    let text = text.trim();
    let Some(open) = text.find(['(', '[', '<']) else { return Some((text, None)) };
    let close = match text.as_bytes()[open] {
        b'(' => ')',
        b'[' => ']',
        _ => '>',
    };
    let inner = text[open + 1..].strip_suffix(close)?;
    Some((text[..open].trim_end(), Some(inner)))
}

fn plain(kind: ColumnKind, arguments: &[&str]) -> Result<ColumnKind, &'static str> {
    if arguments.is_empty() { Ok(kind) } else { Err(NOTHING) }
}

fn time(arguments: &[&str]) -> Option<ColumnKind> {
    let unit = unit(arguments, 1)?;
    matches!(unit, TimeUnit::Micro | TimeUnit::Nano).then_some(ColumnKind::Time(unit))
}

fn timestamp(arguments: &[&str]) -> Option<ColumnKind> {
    let unit = unit(arguments, 2)?;
    let zone = match arguments.get(1) {
        Some(zone) => Some(Zone::new(zone)?),
        None => None,
    };
    Some(ColumnKind::Timestamp(unit, zone))
}

fn duration(arguments: &[&str]) -> Option<ColumnKind> {
    unit(arguments, 1).map(ColumnKind::Duration)
}

/// Returns the first of at most `most` arguments; µs without any.
fn unit(arguments: &[&str], most: usize) -> Option<TimeUnit> {
    if arguments.len() > most {
        return None;
    }
    arguments.first().map_or(Some(TimeUnit::Micro), |name| TimeUnit::named(name))
}

fn decimal(arguments: &[&str]) -> Option<ColumnKind> {
    let [precision, scale] = arguments else { return None };
    let (precision, scale) = (precision.parse().ok()?, scale.parse().ok()?);
    ColumnKind::decimal(precision, scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_from_its_own_text() {
        let berlin = Zone::new("Europe/Berlin");
        for kind in [
            ColumnKind::Bool,
            ColumnKind::U64,
            ColumnKind::Binary,
            ColumnKind::Time(TimeUnit::Micro),
            ColumnKind::Time(TimeUnit::Nano),
            ColumnKind::TIMESTAMP,
            ColumnKind::Timestamp(TimeUnit::Milli, None),
            ColumnKind::Timestamp(TimeUnit::Micro, berlin),
            ColumnKind::Timestamp(TimeUnit::Second, Zone::new("+02:00")),
            ColumnKind::Duration(TimeUnit::Nano),
            ColumnKind::Decimal(38, 38),
            ColumnKind::Decimal(5, -2),
            ColumnKind::List(ItemKind::F32),
            ColumnKind::List(ItemKind::Text),
            ColumnKind::List(ItemKind::Timestamp(TimeUnit::Micro, berlin)),
        ] {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
    }

    #[test]
    fn brackets_and_blanks_do_not_matter() {
        for text in ["decimal(10,2)", "decimal[10, 2]", " decimal ( 10 ,2 ) ", "decimal<10, 2>"] {
            assert_eq!(text.parse(), Ok(ColumnKind::Decimal(10, 2)), "{text}");
        }
        for text in ["list<decimal(10, 2)>", "list(decimal(10,2))", "list[ decimal[10, 2] ]", "list < decimal(10, 2) >"]
        {
            assert_eq!(text.parse(), Ok(ColumnKind::List(ItemKind::Decimal(10, 2))), "{text}");
        }
    }

    #[test]
    fn what_is_no_kind_is_told() {
        let told = |text: &str| text.parse::<ColumnKind>().unwrap_err().to_string();
        assert_eq!(told("string"), "`string` is no type of a column");
        for text in ["decimal", "decimal(39, 0)", "decimal(0, 0)", "decimal(1)", "decimal(5, 50)"] {
            assert_eq!(told(text), format!("`{text}` is not understood: {DECIMAL}"));
        }
        assert_eq!(told("time(s)"), format!("`time(s)` is not understood: {TIME}"));
        assert_eq!(told("timestamp(us, UTC, 1)"), format!("`timestamp(us, UTC, 1)` is not understood: {TIMESTAMP}"));
        assert_eq!(told("f64(1)"), format!("`f64(1)` is not understood: {NOTHING}"));
        assert_eq!(told("decimal(10, 2"), "`decimal(10, 2` is no type of a column");
        for text in ["list", "list<list<f32>>"] {
            assert_eq!(told(text), format!("`{text}` is not understood: {LIST}"));
        }
        assert_eq!(told("list<float>"), "`float` is no type of a column");
        assert_eq!(told("list<time(s)>"), format!("`time(s)` is not understood: {TIME}"));
    }
}
