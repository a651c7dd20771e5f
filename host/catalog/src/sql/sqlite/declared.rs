//! The declarations of SQLite's columns, by the rules of SQLite, and of the programs that write such files.
//!
//! The column's affinity decides how a bound value is stored (<https://www.sqlite.org/datatype3.html>, 3.1).

use wpipe_data::{ColumnKind, TimeUnit};

/// The kind of a column's values, as far as its declaration has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declares {
    /// Values of this kind.
    Kind(ColumnKind),
    /// Texts of the calendar: dates, times or points in time.
    Calendar(ColumnKind),
    /// Values of the first one's kind.
    Any,
}

/// The conversion of a value by SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Affinity {
    /// Texts that look like numbers become numbers.
    Number,
    /// Numbers become texts.
    Text,
    /// The value stays as it is.
    None,
}

/// The digits of a decimal that a float keeps, and so a column that makes floats of decimals.
pub(super) const FLOAT_DIGITS: u8 = 15;

impl Declares {
    pub(super) fn of(declared: Option<&str>) -> Self {
        let declared = declared.unwrap_or_default().trim().to_ascii_uppercase();
        let name = declared.split('(').next().unwrap_or_default().trim();
        match name {
            "BOOL" | "BOOLEAN" => return Self::Kind(ColumnKind::Bool),
            "DATE" => return Self::Calendar(ColumnKind::Date),
            "TIME" => return Self::Calendar(ColumnKind::Time(TimeUnit::Micro)),
            "DURATION" => return Self::Calendar(ColumnKind::Duration(TimeUnit::Micro)),
            _ if name.starts_with("DATETIME") || name.starts_with("TIMESTAMP") => {
                return Self::Calendar(ColumnKind::TIMESTAMP);
            }
            "DECIMAL" | "NUMERIC" | "DECIMAL_TEXT" => {
                return decimal(&declared).map_or(Self::Any, Self::Kind);
            }
            _ => {}
        }
        let has = |part: &str| declared.contains(part);
        if has("INT") {
            Self::Kind(ColumnKind::I64)
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Self::Kind(ColumnKind::Text)
        } else if has("BLOB") || has("BINARY") || has("BYTEA") {
            Self::Kind(ColumnKind::Binary)
        } else if has("REAL") || has("FLOA") || has("DOUB") {
            Self::Kind(ColumnKind::F64)
        } else {
            Self::Any
        }
    }

    /// Returns true if a column of this kind is written to a column that declares this, as it would be to one that is
    /// made for it.
    pub(super) fn is_for(self, kind: ColumnKind) -> bool {
        match self {
            Self::Any => false,
            Self::Kind(own) => own == Self::class(kind),
            Self::Calendar(own) => match (own, kind) {
                (ColumnKind::Timestamp(..), ColumnKind::Timestamp(..)) => true,
                (ColumnKind::Time(_), ColumnKind::Time(_)) => true,
                (ColumnKind::Duration(_), ColumnKind::Duration(_)) => true,
                (own, kind) => own == kind,
            },
        }
    }

    /// Returns true if values of this kind can be added to a column that declares this, and stay as they are.
    pub(super) fn takes(self, kind: ColumnKind) -> bool {
        let is_written_as_text = matches!(
            kind,
            ColumnKind::Date
                | ColumnKind::Time(_)
                | ColumnKind::Timestamp(..)
                | ColumnKind::Duration(_)
                | ColumnKind::Decimal(..)
        );
        self.is_for(kind) || self == Self::Any || self == Self::Kind(ColumnKind::Text) && is_written_as_text
    }

    /// Returns the kind that stands for all that are stored alike.
    fn class(kind: ColumnKind) -> ColumnKind {
        match kind {
            ColumnKind::I32 | ColumnKind::I64 | ColumnKind::U64 => ColumnKind::I64,
            ColumnKind::F32 | ColumnKind::F64 => ColumnKind::F64,
            kind => kind,
        }
    }
}

impl Affinity {
    pub(super) fn of(declared: Option<&str>) -> Self {
        let declared = declared.unwrap_or_default().to_ascii_uppercase();
        let has = |part: &str| declared.contains(part);
        if has("INT") {
            Self::Number
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Self::Text
        } else if has("BLOB") || declared.trim().is_empty() {
            Self::None
        } else {
            Self::Number
        }
    }
}

/// Returns the type that a column is made with; `None` if SQLite has no place for its values.
pub(super) fn type_of(kind: ColumnKind) -> Option<String> {
    Some(match kind {
        ColumnKind::Bool => "BOOLEAN".to_owned(),
        ColumnKind::I32 | ColumnKind::I64 | ColumnKind::U64 => "INTEGER".to_owned(),
        ColumnKind::F32 | ColumnKind::F64 => "REAL".to_owned(),
        ColumnKind::Text => "TEXT".to_owned(),
        ColumnKind::Binary => "BLOB".to_owned(),
        ColumnKind::Date => "DATE".to_owned(),
        ColumnKind::Time(_) => "TIME".to_owned(),
        ColumnKind::Timestamp(..) => "TIMESTAMP".to_owned(),
        ColumnKind::Duration(_) => "DURATION".to_owned(),
        ColumnKind::Decimal(precision, scale) if precision <= FLOAT_DIGITS => format!("DECIMAL({precision}, {scale})"),
        // SQLite would make floats of longer ones, and lose digits.
        ColumnKind::Decimal(precision, scale) => format!("DECIMAL_TEXT({precision}, {scale})"),
        _ => return None,
    })
}

/// Reads `DECIMAL(10, 2)`; without a second number, the first one's digits are all before the point.
fn decimal(declared: &str) -> Option<ColumnKind> {
    let arguments = declared.split_once('(')?.1.split_once(')')?.0;
    let (precision, scale) = arguments.split_once(',').unwrap_or((arguments, "0"));
    let (precision, scale): (u8, i8) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
    (1..=38).contains(&precision).then_some(ColumnKind::Decimal(precision, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_read_as_people_write_them() {
        for (declared, expected) in [
            ("INTEGER", Declares::Kind(ColumnKind::I64)),
            ("bigint unsigned", Declares::Kind(ColumnKind::I64)),
            ("VARCHAR(20)", Declares::Kind(ColumnKind::Text)),
            ("double precision", Declares::Kind(ColumnKind::F64)),
            ("VARBINARY(8)", Declares::Kind(ColumnKind::Binary)),
            ("boolean", Declares::Kind(ColumnKind::Bool)),
            ("Date", Declares::Calendar(ColumnKind::Date)),
            ("DATETIME", Declares::Calendar(ColumnKind::TIMESTAMP)),
            ("TIMESTAMP WITH TIME ZONE", Declares::Calendar(ColumnKind::TIMESTAMP)),
            ("NUMERIC(10,2)", Declares::Kind(ColumnKind::Decimal(10, 2))),
            ("DECIMAL(8)", Declares::Kind(ColumnKind::Decimal(8, 0))),
            ("NUMERIC", Declares::Any),
            ("DECIMAL(99, 2)", Declares::Any),
            ("JSON", Declares::Any),
            ("", Declares::Any),
        ] {
            assert_eq!(Declares::of(Some(declared)), expected, "{declared}");
        }
        assert_eq!(Declares::of(None), Declares::Any);
    }

    #[test]
    fn what_is_made_is_read_as_it_was_made() {
        for kind in [
            ColumnKind::Bool,
            ColumnKind::I64,
            ColumnKind::F64,
            ColumnKind::Text,
            ColumnKind::Binary,
            ColumnKind::Date,
            ColumnKind::Time(TimeUnit::Nano),
            ColumnKind::TIMESTAMP,
            ColumnKind::Duration(TimeUnit::Milli),
            ColumnKind::Decimal(10, 2),
            ColumnKind::Decimal(38, 10),
        ] {
            let declared = type_of(kind).expect("it has a type");
            assert!(Declares::of(Some(&declared)).is_for(kind), "{declared}");
        }
        assert_eq!(Affinity::of(type_of(ColumnKind::Decimal(38, 2)).as_deref()), Affinity::Text);
        assert_eq!(Affinity::of(type_of(ColumnKind::Decimal(9, 2)).as_deref()), Affinity::Number);
    }
}
