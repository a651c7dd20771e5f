//! Numbers of any length, as the server sends them: groups of four digits
//! (`numeric_send` in <https://git.postgresql.org/gitweb/?p=postgresql.git;f=src/backend/utils/adt/numeric.c>).

use std::fmt::Write;

use wpipe_data::table::Decimal;

const GROUP: usize = 4;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xc000;
const INFINITY: u16 = 0xd000;
const NEGATIVE_INFINITY: u16 = 0xf000;

/// A number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numeric<'n> {
    /// Groups of four digits, two bytes each.
    groups: &'n [u8],
    /// The number of groups before the point, without the first one.
    weight: i16,
    sign: u16,
    /// The number of digits behind the point.
    scale: u16,
}

impl<'n> Numeric<'n> {
    /// Reads a value; `None` if it is none.
    pub(super) fn read(bytes: &'n [u8]) -> Option<Self> {
        let (head, groups) = bytes.split_at_checked(8)?;
        let half = |at: usize| [head[at], head[at + 1]];
        let count = usize::from(u16::from_be_bytes(half(0)));
        (groups.len() == count * 2).then(|| Self {
            groups,
            weight: i16::from_be_bytes(half(2)),
            sign: u16::from_be_bytes(half(4)),
            scale: u16::from_be_bytes(half(6)),
        })
    }

    /// Returns `NaN`, `Infinity` or `-Infinity`, if it is that.
    pub(super) fn word(&self) -> Option<&'static str> {
        match self.sign {
            NAN => Some("NaN"),
            INFINITY => Some("Infinity"),
            NEGATIVE_INFINITY => Some("-Infinity"),
            _ => None,
        }
    }

    /// Returns the numbers of digits before the point and behind it, as the server would write them.
    pub(super) fn digits(&self) -> (usize, usize) {
        let before = match (self.group(0), usize::try_from(self.weight)) {
            (0, _) | (_, Err(_)) => 0,
            (first, Ok(weight)) => first.to_string().len() + weight * GROUP,
        };
        (before, self.scale.into())
    }

    /// Returns the same number with so many digits, `scale` of them behind the point; `None` if it has no place there,
    /// or its groups have none in 128 bits.
    pub(super) fn decimal(&self, precision: u8, scale: i8) -> Option<Decimal> {
        let mut unscaled = 0_i128;
        for at in 0..self.groups.len() / 2 {
            unscaled = unscaled.checked_mul(10_000)?.checked_add(self.group(at).into())?;
        }
        let unscaled = if self.sign == NEGATIVE { -unscaled } else { unscaled };
        let last = i64::from(self.weight) - (self.groups.len() / 2) as i64 + 1;
        let own = i8::try_from(-last * GROUP as i64).ok()?;
        Decimal::new(unscaled, own).rescaled(precision, scale)
    }

    /// Writes it as the server would.
    pub(super) fn write(&self, text: &mut String) {
        if let Some(word) = self.word() {
            *text += word;
            return;
        }
        if self.sign == NEGATIVE {
            text.push('-');
        }
        let start = text.len();
        for place in 0..=self.weight.max(0) {
            let group = if self.weight < 0 { 0 } else { self.group(usize::try_from(place).unwrap_or(usize::MAX)) };
            // A text takes every write.
            let _ = if text.len() == start { write!(text, "{group}") } else { write!(text, "{group:04}") };
        }
        if self.scale == 0 {
            return;
        }
        text.push('.');
        let end = text.len() + usize::from(self.scale);
        let mut place = i64::from(self.weight) + 1;
        // Groups between the point and the first one are zeros.
        let mut behind = 0_i64.max(-place);
        place = place.max(0);
        while text.len() < end {
            if behind > 0 {
                *text += "0000";
                behind -= 1;
                continue;
            }
            let _ = write!(text, "{:04}", self.group(usize::try_from(place).unwrap_or(usize::MAX)));
            place += 1;
        }
        text.truncate(end);
    }

    fn group(&self, at: usize) -> u16 {
        let bytes = at.checked_mul(2).and_then(|start| self.groups.get(start..start + 2));
        bytes.map_or(0, |bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
    }
}

/// Appends a decimal as the server reads it.
pub(super) fn put(decimal: Decimal, to: &mut Vec<u8>) {
    let plain = decimal.to_string();
    let (negative, digits) = plain.strip_prefix('-').map_or((false, plain.as_str()), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let padded =
        |text: &str, before: usize, behind: usize| format!("{}{text}{}", "0".repeat(before), "0".repeat(behind));
    let whole = padded(whole, whole.len().next_multiple_of(GROUP) - whole.len(), 0);
    let places = fraction.len();
    let fraction = padded(fraction, 0, places.next_multiple_of(GROUP) - places);
    let mut groups: Vec<u16> =
        whole.as_bytes().chunks(GROUP).chain(fraction.as_bytes().chunks(GROUP)).map(value).collect();
    let mut weight = (whole.len() / GROUP) as i16 - 1;
    let zeros = groups.iter().take_while(|group| **group == 0).count();
    groups.drain(..zeros);
    weight -= zeros as i16;
    while groups.last() == Some(&0) {
        groups.pop();
    }
    if groups.is_empty() {
        weight = 0;
    }
    to.extend((groups.len() as u16).to_be_bytes());
    to.extend(weight.to_be_bytes());
    to.extend((if negative { NEGATIVE } else { 0 }).to_be_bytes());
    to.extend((places as u16).to_be_bytes());
    groups.iter().for_each(|group| to.extend(group.to_be_bytes()));
}

fn value(digits: &[u8]) -> u16 {
    digits.iter().fold(0, |value, digit| value * 10 + u16::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_put_is_read(unscaled in any::<i128>(), shift in 0_u32..127, scale in 0_i8..38) {
            let unscaled = unscaled >> shift;
            prop_assume!(unscaled.unsigned_abs() < 10_u128.pow(38));
            let decimal = Decimal::new(unscaled, scale);
            let mut bytes = Vec::new();
            put(decimal, &mut bytes);
            let read = Numeric::read(&bytes).expect("a number");
            if let Some(plain) = read.decimal(38, scale) {
                prop_assert_eq!(plain, decimal);
            }
            let mut text = String::new();
            read.write(&mut text);
            prop_assert_eq!(&text, &decimal.to_string());
            prop_assert_eq!(Decimal::parse(&text, 38, scale), Some(decimal));
            let (before, behind) = read.digits();
            prop_assert_eq!(behind, usize::try_from(scale).expect("none is negative"));
            let whole = text.trim_start_matches('-').split('.').next().unwrap_or_default().trim_start_matches('0').len();
            prop_assert_eq!(before, whole);
        }
    }

    #[test]
    fn powers_of_ten_have_few_groups() {
        let mut bytes = Vec::new();
        put(Decimal::new(1, -8), &mut bytes);
        assert_eq!(bytes, [0, 1, 0, 2, 0, 0, 0, 0, 0, 1]);
        assert_eq!(Numeric::read(&bytes).and_then(|number| number.decimal(3, -8)), Some(Decimal::new(1, -8)));
    }
}
