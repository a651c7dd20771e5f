//! Decimal numbers as people write them.

use core::fmt;

use super::kind::MOST_DIGITS;

/// A decimal number: `unscaled` × 10^-`scale`.
///
/// ```
/// use wpipe_data::table::Decimal;
///
/// assert_eq!(Decimal::new(-1050, 2).to_string(), "-10.50");
/// assert_eq!(Decimal::parse("1.5", 10, 2), Some(Decimal::new(150, 2)));
/// assert_eq!(Decimal::parse("1.505", 10, 2), None);
/// assert_eq!(Decimal::parse("123456789.5", 10, 2), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    /// All digits.
    pub unscaled: i128,
    /// The number of digits behind the point; of zeros before it, if negative.
    pub scale: i8,
}

impl Decimal {
    /// Creates the number `unscaled` × 10^-`scale`.
    #[must_use]
    pub const fn new(unscaled: i128, scale: i8) -> Self {
        Self { unscaled, scale }
    }

    /// Reads a number as people and programs write it (`-10.50`, `+7`, `1.5e3`), of at most `precision` digits at this
    /// scale; `None` if it is none, or does not fit without losing a digit.
    #[must_use]
    pub fn parse(text: &str, precision: u8, scale: i8) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.as_bytes().first()? {
            b'-' => (true, &mantissa[1..]),
            b'+' => (false, &mantissa[1..]),
            _ => (false, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        // Zeros at the end of a fraction have no meaning.
        let fraction = fraction.trim_end_matches('0');
        let mut unscaled = 0_i128;
        for digit in whole.bytes().chain(fraction.bytes()) {
            let digit = digit.is_ascii_digit().then(|| i128::from(digit - b'0'))?;
            unscaled = unscaled.checked_mul(10)?.checked_add(digit)?;
        }
        let own = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        let unscaled = rescale(unscaled, own, i32::from(scale))?;
        let unscaled = if negative { -unscaled } else { unscaled };
        Self::new(unscaled, scale).fits(precision).then_some(Self::new(unscaled, scale))
    }

    /// Returns the same number at another scale; `None` if it has no place there with so many digits.
    #[must_use]
    pub fn rescaled(self, precision: u8, scale: i8) -> Option<Self> {
        let unscaled = rescale(self.unscaled, i32::from(self.scale), i32::from(scale))?;
        Self::new(unscaled, scale).fits(precision).then_some(Self::new(unscaled, scale))
    }

    /// Returns the whole number that it is; `None` if it is none.
    #[must_use]
    pub fn whole(self) -> Option<i128> {
        rescale(self.unscaled, i32::from(self.scale), 0)
    }

    /// Returns true if it has at most `precision` digits.
    #[must_use]
    pub fn fits(self, precision: u8) -> bool {
        precision <= MOST_DIGITS && self.unscaled.unsigned_abs() < 10_u128.pow(u32::from(precision))
    }
}

/// Returns `unscaled` × 10^-`from` as a multiple of 10^-`to`, if it is one that an `i128` holds.
fn rescale(unscaled: i128, from: i32, to: i32) -> Option<i128> {
    if unscaled == 0 {
        return Some(0);
    }
    let power = |exponent: i32| 10_i128.checked_pow(exponent.unsigned_abs());
    let by = to.checked_sub(from)?;
    if by >= 0 {
        return unscaled.checked_mul(power(by)?);
    }
    let divisor = power(by)?;
    (unscaled % divisor == 0).then(|| unscaled / divisor)
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (digits, sign) = (self.unscaled.unsigned_abs().to_string(), if self.unscaled < 0 { "-" } else { "" });
        f.write_str(sign)?;
        let Ok(places) = usize::try_from(self.scale) else {
            let zeros = if self.unscaled == 0 { 0 } else { usize::from(self.scale.unsigned_abs()) };
            return write!(f, "{digits}{}", "0".repeat(zeros));
        };
        if places == 0 {
            return f.write_str(&digits);
        }
        // One digit at least stands before the point.
        let digits = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        write!(f, "{whole}.{fraction}")
    }
}

/// The whole numbers below this one, and the powers of ten up to 10^22, are floats.
const EXACT: u128 = 1 << 53;
const EXACT_POWER: u8 = 22;

/// Returns the float that is nearest to `unscaled` × 10^-`scale`.
pub(super) fn to_float(unscaled: i128, scale: i8) -> f64 {
    match u8::try_from(scale) {
        // Both are exact, and a quotient is rounded once.
        Ok(scale) if scale <= EXACT_POWER && unscaled.unsigned_abs() <= EXACT => {
            unscaled as f64 / 10_f64.powi(scale.into())
        }
        // The standard library rounds any number of digits correctly.
        _ => format!("{unscaled}e{}", -i16::from(scale)).parse().unwrap_or(f64::NAN),
    }
}

/// Returns the float of single precision that is nearest to `unscaled` × 10^-`scale`. By way of an `f64` it would be rounded
/// twice.
pub(super) fn to_single(unscaled: i128, scale: i8) -> f32 {
    format!("{unscaled}e{}", -i16::from(scale)).parse().unwrap_or(f32::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_all_of_their_places() {
        for (unscaled, scale, text) in [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (5, 2, "0.05"),
            (-5, 2, "-0.05"),
            (12345, 2, "123.45"),
            (7, -2, "700"),
            (0, -2, "0"),
            (10_i128.pow(38) - 1, 38, "0.99999999999999999999999999999999999999"),
        ] {
            assert_eq!(Decimal::new(unscaled, scale).to_string(), text);
            assert_eq!(Decimal::parse(text, 38, scale), Some(Decimal::new(unscaled, scale)), "{text}");
        }
    }

    #[test]
    fn no_digit_is_lost() {
        assert_eq!(Decimal::parse("1.100", 10, 1), Some(Decimal::new(11, 1)));
        assert_eq!(Decimal::parse("1.5e3", 10, 0), Some(Decimal::new(1500, 0)));
        assert_eq!(Decimal::parse("15e-1", 10, 1), Some(Decimal::new(15, 1)));
        for text in ["1.15", "", "-", ".", "1.2.3", "1e", "abc", "0x1", "1_0", "1e400", "12345678901", "--1"] {
            assert_eq!(Decimal::parse(text, 10, 1), None, "{text}");
        }
        assert_eq!(Decimal::new(150, 2).rescaled(10, 1), Some(Decimal::new(15, 1)));
        assert_eq!(Decimal::new(155, 2).rescaled(10, 1), None);
        assert_eq!(Decimal::new(300, 2).whole(), Some(3));
    }
}
