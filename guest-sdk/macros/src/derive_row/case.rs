//! The conventions of `rename_all`: as serde has them for fields, whose words are joined by `_`.

use proc_macro2::Span;
use syn::{Error, LitStr, Result};

/// A convention for names of several words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

const NAMES: [(&str, Case); 8] = [
    ("lowercase", Case::Lower),
    ("UPPERCASE", Case::Upper),
    ("PascalCase", Case::Pascal),
    ("camelCase", Case::Camel),
    ("snake_case", Case::Snake),
    ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
    ("kebab-case", Case::Kebab),
    ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
];

impl Case {
    /// Returns the convention of that name.
    pub(super) fn named(name: &LitStr) -> Result<Self> {
        let found = NAMES.into_iter().find(|(known, _)| *known == name.value());
        found.map(|(_, case)| case).ok_or_else(|| unknown(name.span(), &name.value()))
    }

    /// Returns the name of a field by the convention.
    pub(super) fn of(self, field: &str) -> String {
        match self {
            // Fields are in snake case, which lower case leaves as it is.
            Self::Lower | Self::Snake => field.to_owned(),
            Self::Upper | Self::ScreamingSnake => field.to_ascii_uppercase(),
            Self::Pascal => pascal(field),
            Self::Camel => {
                let name = pascal(field);
                let first = name.chars().next().map_or(0, char::len_utf8);
                name[..first].to_ascii_lowercase() + &name[first..]
            }
            Self::Kebab => field.replace('_', "-"),
            Self::ScreamingKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn pascal(field: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    field.split('_').map(word).collect()
}

fn unknown(span: Span, name: &str) -> Error {
    let names: Vec<_> = NAMES.iter().map(|(name, _)| format!("`{name}`")).collect();
    Error::new(span, format!("`{name}` is no convention for names: there are {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conventions_are_those_of_serde() {
        let named =
            |name: &str| Case::named(&LitStr::new(name, Span::call_site())).expect("a convention").of("unit_price");
        let expected = [
            "unit_price",
            "UNIT_PRICE",
            "UnitPrice",
            "unitPrice",
            "unit_price",
            "UNIT_PRICE",
            "unit-price",
            "UNIT-PRICE",
        ];
        assert_eq!(NAMES.map(|(name, _)| named(name)), expected);
        assert_eq!(Case::Camel.of("_x"), "x");
        let error = Case::named(&LitStr::new("camel", Span::call_site())).expect_err("none").to_string();
        assert!(error.starts_with("`camel` is no convention for names: there are `lowercase`"), "{error}");
    }
}
