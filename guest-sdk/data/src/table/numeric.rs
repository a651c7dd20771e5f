//! The Rust types that numbers of a column are read as, whatever its numeric kind.

use core::fmt;

use super::Decimal;
use super::decimal::{to_float, to_single};

/// A number type that columns of every numeric kind are read as. A column has a kind, and a node asks for a number: each
/// value must be the same number in both. Only decimals, which mostly have no place among floats, become the nearest one.
pub trait Numeric: Copy + fmt::Debug + 'static {
    /// The type's name.
    #[doc(hidden)]
    const NAME: &'static str;

    /// Returns a whole number as this type; any number if it has no place there.
    #[doc(hidden)]
    fn of_whole(value: i64) -> Self;

    /// Returns a whole number as this type; any number if it has no place there.
    #[doc(hidden)]
    fn of_natural(value: u64) -> Self;

    /// Returns a float as this type; any number if it has no place there.
    #[doc(hidden)]
    fn of_float(value: f64) -> Self;

    /// Returns a decimal as this type; any number if it has no place there.
    #[doc(hidden)]
    fn of_decimal(unscaled: i128, scale: i8) -> Self;

    /// Returns true if a whole number has a place here.
    #[doc(hidden)]
    fn has_whole(value: i128) -> bool;

    /// Returns true if a float has a place here.
    #[doc(hidden)]
    fn has_float(value: f64) -> bool;

    /// Returns true if a decimal has a place here.
    #[doc(hidden)]
    fn has_decimal(unscaled: i128, scale: i8) -> bool;
}

macro_rules! whole {
    ($($number:ty),*) => {$(
        impl Numeric for $number {
            const NAME: &'static str = stringify!($number);

            #[inline]
            fn of_whole(value: i64) -> Self {
                value as Self
            }

            #[inline]
            fn of_natural(value: u64) -> Self {
                value as Self
            }

            #[inline]
            fn of_float(value: f64) -> Self {
                value as Self
            }

            fn of_decimal(unscaled: i128, scale: i8) -> Self {
                Decimal::new(unscaled, scale).whole().unwrap_or_default() as Self
            }

            fn has_whole(value: i128) -> bool {
                Self::try_from(value).is_ok()
            }

            fn has_float(value: f64) -> bool {
                // Behind this bound a cast gives the largest number instead.
                let is_whole = value.abs() < 1e38 && value as i128 as f64 == value;
                is_whole && Self::has_whole(value as i128)
            }

            fn has_decimal(unscaled: i128, scale: i8) -> bool {
                Decimal::new(unscaled, scale).whole().is_some_and(Self::has_whole)
            }
        }
    )*};
}

whole!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, usize);

macro_rules! floats {
    ($($number:ty: $nearest:path),*) => {$(
        impl Numeric for $number {
            const NAME: &'static str = stringify!($number);

            #[inline]
            fn of_whole(value: i64) -> Self {
                value as Self
            }

            #[inline]
            fn of_natural(value: u64) -> Self {
                value as Self
            }

            #[inline]
            fn of_float(value: f64) -> Self {
                value as Self
            }

            fn of_decimal(unscaled: i128, scale: i8) -> Self {
                $nearest(unscaled, scale)
            }

            fn has_whole(value: i128) -> bool {
                value as Self as i128 == value
            }

            fn has_float(value: f64) -> bool {
                value.is_nan() || f64::from(value as Self) == value
            }

            fn has_decimal(_: i128, _: i8) -> bool {
                true
            }
        }
    )*};
}

floats!(f32: to_single, f64: to_float);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_is_a_whole_number_only_if_nothing_is_lost() {
        assert!(i64::has_float(-3.0) && i64::has_float(-0.0) && i64::has_float(-9_223_372_036_854_775_808.0));
        for value in [0.5, f64::NAN, f64::INFINITY, 9_223_372_036_854_775_808.0, 1e300] {
            assert!(!i64::has_float(value), "{value}");
        }
        assert!(u64::has_float(9_223_372_036_854_775_808.0) && !u64::has_float(-1.0));
        assert!(!i128::has_float(1e38) && u8::has_float(255.0) && !u8::has_float(256.0));
    }

    #[test]
    fn a_float_of_half_the_width_is_the_same_number() {
        assert!(f32::has_float(0.5) && f32::has_float(f64::INFINITY) && f32::has_float(f64::NAN));
        assert!(!f32::has_float(0.1) && !f32::has_float(1e300));
        assert!(f32::has_whole(1 << 24) && !f32::has_whole((1 << 24) + 1));
    }

    #[test]
    fn a_decimal_is_a_whole_number_if_its_places_are_zeros() {
        assert!(i32::has_decimal(300, 2) && !i32::has_decimal(301, 2) && i32::has_decimal(3, -2));
        assert_eq!(i32::of_decimal(300, 2), 3);
        assert!(!u8::has_decimal(-100, 2) && !u8::has_decimal(25_600, 2));
    }
}
