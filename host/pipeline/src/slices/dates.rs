//! Dates in the ids of partitions.

use std::fmt;

/// The form of a date if nobody says otherwise.
pub(crate) const DEFAULT_FORMAT: &str = "%Y-%m-%d";

const MONTHS: u8 = 12;

/// A day that exists in the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_there = year > 0 && (1..=MONTHS).contains(&month) && (1..=days(year, month)).contains(&day);
        is_there.then_some(Self { year, month, day })
    }

    /// Parses a date such as `2024-01-31`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, rest) = Format::parse(DEFAULT_FORMAT).ok()?.at_start(text)?;
        rest.is_empty().then_some(date)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn days(year: u16, month: u8) -> u8 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The form of dates: literal text, `%Y` (four digits), `%m` and `%d` (two each), and `%%`.
///
/// Without `%d` a date is the first day of its month, without `%m` that of its year.
#[derive(Debug, Clone)]
pub(crate) struct Format(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(char),
    Year,
    Month,
    Day,
}

impl Format {
    /// Parses `text`, or returns its fault.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            let piece = match character {
                '%' => match rest.next() {
                    Some('Y') => Piece::Year,
                    Some('m') => Piece::Month,
                    Some('d') => Piece::Day,
                    Some('%') => Piece::Literal('%'),
                    Some(other) => return Err(format!("`%{other}` is not one of `%Y`, `%m` and `%d`")),
                    None => return Err("nothing follows the `%`".to_owned()),
                },
                literal => Piece::Literal(literal),
            };
            let is_number = !matches!(piece, Piece::Literal(_));
            if is_number && pieces.contains(&piece) {
                return Err("each of `%Y`, `%m` and `%d` stands once at most".to_owned());
            }
            pieces.push(piece);
        }
        if !pieces.contains(&Piece::Year) {
            return Err("there is no `%Y`".to_owned());
        }
        if pieces.contains(&Piece::Day) && !pieces.contains(&Piece::Month) {
            return Err("there is a `%d` without a `%m`".to_owned());
        }
        Ok(Self(pieces))
    }

    /// Returns the first date in `text` that exists.
    pub(crate) fn find(&self, text: &str) -> Option<Date> {
        let starts = text.char_indices().map(|(at, _)| &text[at..]);
        starts.filter_map(|text| self.at_start(text)).map(|(date, _)| date).next()
    }

    /// Returns the date that `text` begins with, and the text behind it.
    fn at_start<'t>(&self, text: &'t str) -> Option<(Date, &'t str)> {
        let (mut year, mut month, mut day) = (0, 1, 1);
        let mut rest = text;
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => rest = rest.strip_prefix(*literal)?,
                Piece::Year => (year, rest) = number(rest, 4)?,
                Piece::Month => (month, rest) = number(rest, 2)?,
                Piece::Day => (day, rest) = number(rest, 2)?,
            }
        }
        let date = Date::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)?;
        Some((date, rest))
    }
}

/// Returns the number of exactly so many `digits` that `text` begins with.
fn number(text: &str, digits: usize) -> Option<(u16, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    Some((number.parse().ok().filter(|_| is_number)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(format: &str, text: &str) -> Option<String> {
        Format::parse(format).expect("a format").find(text).map(|date| date.to_string())
    }

    #[test]
    fn the_first_text_that_is_a_date_counts() {
        assert_eq!(found("%Y-%m-%d", "x/2024-02-29/2025-01-01").as_deref(), Some("2024-02-29"));
        assert_eq!(found("/%Y%m%d/", "12345678/20240131/x").as_deref(), Some("2024-01-31"));
        assert_eq!(found("%d.%m.%Y", "é31.01.2024").as_deref(), Some("2024-01-31"));
        assert_eq!(found("%Y%%%m", "2024%05").as_deref(), Some("2024-05-01"));
        assert_eq!(found("%Y", "sales-2024").as_deref(), Some("2024-01-01"));
        assert_eq!(found("%Y-%m-%d", "2024-1-1"), None);
        assert_eq!(found("%Y-%m-%d", "+024-01-01"), None);
    }

    #[test]
    fn an_impossible_date_is_no_match_and_the_next_one_is_tried() {
        assert_eq!(found("%Y-%m-%d", "2020-02-31"), None);
        assert_eq!(found("%Y-%m-%d", "2023-02-29 2020-02-31 2020-12-31").as_deref(), Some("2020-12-31"));
        assert_eq!(found("%Y%m%d", "20200231/20240101").as_deref(), Some("2024-01-01"));
        for text in ["2020-00-10", "2020-13-10", "2020-04-31", "1900-02-29", "2020-01-00"] {
            assert_eq!(found("%Y-%m-%d", text), None, "{text}");
        }
    }

    #[test]
    fn a_format_has_a_year_and_knows_three_letters() {
        for format in ["%m-%d", "%Y-%d", "%Y-%Y", "%Y-%j", "%Y-%", ""] {
            assert!(Format::parse(format).is_err(), "{format}");
        }
    }

    #[test]
    fn days_are_compared_as_days() {
        let date = |text| Date::parse(text).expect("a date");
        assert!(date("2023-12-31") < date("2024-01-01") && date("2024-01-31") < date("2024-02-01"));
        assert_eq!(Date::parse("2024-01-31x"), None);
        assert_eq!(Date::parse("31.01.2024"), None);
    }
}
