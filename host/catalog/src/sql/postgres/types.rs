//! The server's types: the kind of each in a table, and its values in binary form, both ways.

use std::fmt::Write;

use tokio_postgres::types::{Kind, Type};
use wpipe_data::table::{ClockTime, Decimal, Elapsed, Instant};
use wpipe_data::{ColumnKind, Date, TimeUnit, Zone};

use super::numeric::{self, Numeric};
use crate::fault::Fault;
use crate::table::Cell;

/// The days between 1970-01-01 and 2000-01-01, from which the server counts.
const EPOCH_DAYS: i32 = 10_957;
const MICROS_PER_DAY: i64 = 86_400_000_000;
const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * MICROS_PER_DAY;
/// The most digits of a decimal.
const MOST_DIGITS: u8 = 38;
/// The number from which the length of a type's values is counted.
const MODIFIER_BASE: i32 = 4;

/// A type of the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Bool,
    I16,
    I32,
    /// A number without a sign.
    Oid,
    I64,
    F32,
    F64,
    /// A decimal with its digits, and those behind the point.
    Decimal(u8, i8),
    /// A number of any length.
    Numeric,
    Text,
    /// Text behind the number of a version.
    Jsonb,
    Uuid,
    Bytes,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    Interval,
}

impl Wire {
    /// Returns the type; `None` if it has no place in a table.
    pub(super) fn of(type_: &Type, modifier: i32) -> Option<Self> {
        Some(match *type_ {
            Type::BOOL => Self::Bool,
            Type::INT2 => Self::I16,
            Type::INT4 => Self::I32,
            Type::OID => Self::Oid,
            Type::INT8 => Self::I64,
            Type::FLOAT4 => Self::F32,
            Type::FLOAT8 => Self::F64,
            Type::NUMERIC => numeric_of(modifier),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::XML | Type::CHAR => Self::Text,
            Type::JSONB => Self::Jsonb,
            Type::UUID => Self::Uuid,
            Type::BYTEA => Self::Bytes,
            Type::DATE => Self::Date,
            Type::TIME => Self::Time,
            Type::TIMESTAMP => Self::Timestamp,
            Type::TIMESTAMPTZ => Self::TimestampTz,
            Type::INTERVAL => Self::Interval,
            _ => match type_.kind() {
                Kind::Enum(_) => Self::Text,
                Kind::Domain(inner) => return Self::of(inner, modifier),
                _ if type_.name() == "citext" => Self::Text,
                _ => return None,
            },
        })
    }

    /// Returns the kind of its column; `None` if the values decide.
    pub(super) fn kind(self) -> Option<ColumnKind> {
        Some(match self {
            Self::Bool => ColumnKind::Bool,
            Self::I16 | Self::I32 => ColumnKind::I32,
            Self::Oid | Self::I64 => ColumnKind::I64,
            Self::F32 => ColumnKind::F32,
            Self::F64 => ColumnKind::F64,
            Self::Decimal(precision, scale) => ColumnKind::Decimal(precision, scale),
            Self::Numeric => return None,
            Self::Text | Self::Jsonb | Self::Uuid => ColumnKind::Text,
            Self::Bytes => ColumnKind::Binary,
            Self::Date => ColumnKind::Date,
            Self::Time => ColumnKind::Time(TimeUnit::Micro),
            Self::Timestamp => ColumnKind::TIMESTAMP,
            Self::TimestampTz => ColumnKind::Timestamp(TimeUnit::Micro, Some(Zone::UTC)),
            Self::Interval => ColumnKind::Duration(TimeUnit::Micro),
        })
    }

    /// Returns the type that a column of this kind is made with, and its declaration; `None` if there is none.
    pub(super) fn for_kind(kind: ColumnKind) -> Option<(Self, String)> {
        let (wire, declared) = match kind {
            ColumnKind::Bool => (Self::Bool, "boolean"),
            ColumnKind::I32 => (Self::I32, "integer"),
            ColumnKind::I64 => (Self::I64, "bigint"),
            ColumnKind::U64 => (Self::Decimal(20, 0), "numeric(20, 0)"),
            ColumnKind::F32 => (Self::F32, "real"),
            ColumnKind::F64 => (Self::F64, "double precision"),
            ColumnKind::Text => (Self::Text, "text"),
            ColumnKind::Binary => (Self::Bytes, "bytea"),
            ColumnKind::Date => (Self::Date, "date"),
            ColumnKind::Time(_) => (Self::Time, "time"),
            ColumnKind::Timestamp(_, None) => (Self::Timestamp, "timestamp"),
            ColumnKind::Timestamp(_, Some(_)) => (Self::TimestampTz, "timestamptz"),
            ColumnKind::Duration(_) => (Self::Interval, "interval"),
            ColumnKind::Decimal(precision, scale) => {
                // Before version 15 of the server, all digits stand before the point or behind it.
                let places = u8::try_from(scale).unwrap_or(0);
                let digits =
                    if scale < 0 { precision.saturating_add(scale.unsigned_abs()) } else { precision.max(places) };
                let wire = if digits <= MOST_DIGITS { Self::Decimal(digits, scale.max(0)) } else { Self::Numeric };
                return Some((wire, format!("numeric({digits}, {places})")));
            }
            _ => return None,
        };
        Some((wire, declared.to_owned()))
    }

    /// Returns true if a column of this kind is written to one of this type as to one that is made for it.
    pub(super) fn is_for(self, kind: ColumnKind) -> bool {
        let made = Self::for_kind(kind).map(|(made, _)| made);
        made == Some(self) || kind == ColumnKind::Text && self.kind() == Some(kind)
    }

    /// Returns true if values of this kind can be added to a column of this type, those that have a place there.
    pub(super) fn takes(self, kind: ColumnKind) -> bool {
        let is_whole = matches!(kind, ColumnKind::I32 | ColumnKind::I64 | ColumnKind::U64);
        match self {
            Self::I16 | Self::I32 | Self::I64 | Self::Oid => is_whole,
            Self::F32 | Self::F64 => is_whole || matches!(kind, ColumnKind::F32 | ColumnKind::F64),
            Self::Decimal(..) | Self::Numeric => is_whole || matches!(kind, ColumnKind::Decimal(..)),
            other => other.is_for(kind),
        }
    }

    /// Returns the cell of a value. `text` keeps values written as text.
    pub(super) fn read<'c>(self, bytes: &'c [u8], text: &'c mut String) -> Result<Cell<'c>, Misread> {
        Ok(match self {
            Self::Bool => Cell::Bool(bytes != [0]),
            Self::I16 => Cell::I32(i16::from_be_bytes(fixed(bytes)?).into()),
            Self::I32 => Cell::I32(i32::from_be_bytes(fixed(bytes)?)),
            Self::Oid => Cell::I64(u32::from_be_bytes(fixed(bytes)?).into()),
            Self::I64 => Cell::I64(i64::from_be_bytes(fixed(bytes)?)),
            Self::F32 => Cell::F32(f32::from_be_bytes(fixed(bytes)?)),
            Self::F64 => Cell::F64(f64::from_be_bytes(fixed(bytes)?)),
            Self::Decimal(precision, scale) => {
                let number = Numeric::read(bytes).ok_or(Misread::Malformed)?;
                if let Some(word) = number.word() {
                    return Err(Misread::NoPlace(word.to_owned()));
                }
                let decimal = number.decimal(precision, scale).or_else(|| {
                    // Zeros at the end may make it too long on the way.
                    number.write(text);
                    Decimal::parse(text, precision, scale)
                });
                Cell::Decimal(decimal.ok_or(Misread::Malformed)?)
            }
            Self::Numeric => {
                Numeric::read(bytes).ok_or(Misread::Malformed)?.write(text);
                Cell::Text(text)
            }
            Self::Text => Cell::Text(str::from_utf8(bytes).map_err(|_| Misread::Malformed)?),
            Self::Jsonb => {
                let json = bytes.strip_prefix(&[1]).ok_or(Misread::Malformed)?;
                Cell::Text(str::from_utf8(json).map_err(|_| Misread::Malformed)?)
            }
            Self::Uuid => {
                for (at, byte) in fixed::<16>(bytes)?.into_iter().enumerate() {
                    let dash = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
                    // A text takes every write.
                    let _ = write!(text, "{dash}{byte:02x}");
                }
                Cell::Text(text)
            }
            Self::Bytes => Cell::Binary(bytes),
            Self::Date => match i32::from_be_bytes(fixed(bytes)?) {
                i32::MAX => return Err(Misread::NoPlace("infinity".to_owned())),
                i32::MIN => return Err(Misread::NoPlace("-infinity".to_owned())),
                days => Cell::Date(Date(days.checked_add(EPOCH_DAYS).ok_or(Misread::Malformed)?)),
            },
            Self::Time => match i64::from_be_bytes(fixed(bytes)?) {
                MICROS_PER_DAY => return Err(Misread::NoPlace("24:00:00".to_owned())),
                micros => Cell::Time(ClockTime::new(micros, TimeUnit::Micro)),
            },
            Self::Timestamp => Cell::Timestamp(instant(bytes, None)?),
            Self::TimestampTz => Cell::Timestamp(instant(bytes, Some(Zone::UTC))?),
            Self::Interval => {
                let bytes: [u8; 16] = fixed(bytes)?;
                let (micros, rest) = bytes.split_at(8);
                let (days, months) = rest.split_at(4);
                let micros = i64::from_be_bytes(fixed(micros)?);
                let (days, months) = (i32::from_be_bytes(fixed(days)?), i32::from_be_bytes(fixed(months)?));
                if months != 0 {
                    let unit = if months.abs() == 1 { "month" } else { "months" };
                    return Err(Misread::NoPlace(format!("{months} {unit}")));
                }
                let whole = i64::from(days).checked_mul(MICROS_PER_DAY).and_then(|days| days.checked_add(micros));
                let whole = whole.ok_or_else(|| Misread::NoPlace(format!("{days} days")))?;
                Cell::Duration(Elapsed::new(whole, TimeUnit::Micro))
            }
        })
    }

    /// Appends a cell of the type's kind as the server reads it, its length first.
    pub(super) fn put(self, cell: Cell<'_>, to: &mut Vec<u8>) -> Result<(), Fault> {
        let start = to.len();
        to.extend([0; 4]);
        match (self, cell) {
            (Self::I16, Cell::I32(value)) => {
                to.extend(i16::try_from(value).map_err(|_| beyond(value, "smallint"))?.to_be_bytes());
            }
            (Self::Oid, Cell::I64(value)) => {
                to.extend(u32::try_from(value).map_err(|_| beyond(value, "oid"))?.to_be_bytes());
            }
            (Self::Jsonb, Cell::Text(text)) => {
                to.push(1);
                to.extend(text.as_bytes());
            }
            (Self::Uuid, Cell::Text(text)) => to.extend(uuid(text).ok_or_else(|| beyond(text, "uuid"))?.to_be_bytes()),
            (_, Cell::Text(text)) => {
                if text.contains('\0') {
                    let fault = Fault::new("its text has the character NUL in it, which PostgreSQL does not take");
                    return Err(fault.help("save the column as binary"));
                }
                to.extend(text.as_bytes());
            }
            (_, Cell::Bool(value)) => to.push(value.into()),
            (_, Cell::I32(value)) => to.extend(value.to_be_bytes()),
            (_, Cell::I64(value)) => to.extend(value.to_be_bytes()),
            (_, Cell::F32(value)) => to.extend(value.to_be_bytes()),
            (_, Cell::F64(value)) => to.extend(value.to_be_bytes()),
            (_, Cell::Decimal(value)) => numeric::put(value, to),
            (_, Cell::Binary(bytes)) => to.extend(bytes),
            (_, Cell::Date(date)) => {
                let days = date.0.checked_sub(EPOCH_DAYS).filter(|days| *days != i32::MIN);
                to.extend(days.ok_or_else(|| beyond(date, "date"))?.to_be_bytes());
            }
            (_, Cell::Time(time)) => to.extend(time.count.to_be_bytes()),
            (_, Cell::Timestamp(instant)) => {
                // The first and the last number mean infinities.
                let micros = instant.count.checked_sub(EPOCH_MICROS).filter(|micros| *micros != i64::MIN);
                to.extend(micros.ok_or_else(|| beyond(instant, "timestamp"))?.to_be_bytes());
            }
            (_, Cell::Duration(elapsed)) => {
                to.extend(elapsed.count.to_be_bytes());
                to.extend([0; 8]);
            }
            _ => return Err(Fault::new("the kind is newer than this catalog")),
        }
        let length = i32::try_from(to.len() - start - 4).map_err(|_| Fault::new("more than 2 GiB in one value"))?;
        to[start..start + 4].copy_from_slice(&length.to_be_bytes());
        Ok(())
    }
}

/// The reason why a value of the server's is no cell.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Misread {
    /// It has no place in the column: its words.
    NoPlace(String),
    /// It does not fit its type.
    Malformed,
}

/// Returns the type of the declared digits, four more than nothing: `(precision << 16 | scale) + 4`, where scales are
/// of 11 bits.
fn numeric_of(modifier: i32) -> Wire {
    let Some(said) = modifier.checked_sub(MODIFIER_BASE).filter(|said| *said >= 0) else { return Wire::Numeric };
    let precision = u8::try_from((said >> 16) & 0xffff).ok().filter(|precision| *precision <= MOST_DIGITS);
    let scale = i8::try_from(((said & 0x7ff) ^ 1024) - 1024).ok();
    match (precision, scale) {
        (Some(precision), Some(scale)) => Wire::Decimal(precision, scale),
        _ => Wire::Numeric,
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Misread> {
    bytes.try_into().map_err(|_| Misread::Malformed)
}

fn instant(bytes: &[u8], zone: Option<Zone>) -> Result<Instant, Misread> {
    let count = match i64::from_be_bytes(fixed(bytes)?) {
        i64::MAX => return Err(Misread::NoPlace("infinity".to_owned())),
        i64::MIN => return Err(Misread::NoPlace("-infinity".to_owned())),
        micros => micros.checked_add(EPOCH_MICROS).ok_or(Misread::Malformed)?,
    };
    Ok(Instant { count, unit: TimeUnit::Micro, zone })
}

fn uuid(text: &str) -> Option<u128> {
    let digits: String = text.chars().filter(|c| !matches!(c, '-' | '{' | '}')).collect();
    let is_one = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then(|| u128::from_str_radix(&digits, 16).ok())?
}

fn beyond(value: impl std::fmt::Display, type_: &str) -> Fault {
    Fault::new(format!("`{value}` has no place in a `{type_}` of PostgreSQL's"))
        .help("correct the value, or have the table hold another type")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_from_modifiers() {
        let modifier = |precision: i32, scale: i32| (precision << 16 | scale & 0x7ff) + 4;
        assert_eq!(numeric_of(modifier(10, 2)), Wire::Decimal(10, 2));
        assert_eq!(numeric_of(modifier(3, -2)), Wire::Decimal(3, -2));
        assert_eq!(numeric_of(modifier(50, 2)), Wire::Numeric);
        assert_eq!(numeric_of(-1), Wire::Numeric);
    }

    #[test]
    fn what_is_made_for_a_kind_is_read_as_it() {
        for kind in [
            ColumnKind::Bool,
            ColumnKind::I32,
            ColumnKind::I64,
            ColumnKind::F32,
            ColumnKind::F64,
            ColumnKind::Text,
            ColumnKind::Binary,
            ColumnKind::Date,
            ColumnKind::Time(TimeUnit::Micro),
            ColumnKind::TIMESTAMP,
            ColumnKind::Timestamp(TimeUnit::Micro, Some(Zone::UTC)),
            ColumnKind::Duration(TimeUnit::Micro),
            ColumnKind::Decimal(38, 10),
        ] {
            let (wire, _) = Wire::for_kind(kind).expect("it has a type");
            assert_eq!(wire.kind(), Some(kind));
            assert!(wire.is_for(kind) && wire.takes(kind));
        }
        assert_eq!(Wire::for_kind(ColumnKind::Decimal(3, -2)).map(|(_, made)| made).as_deref(), Some("numeric(5, 0)"));
    }
}
