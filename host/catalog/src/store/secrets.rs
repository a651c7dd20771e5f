//! Texts that no message may hold.

use std::fmt;
use std::sync::Arc;

/// The replacement of a secret.
const MASK: &str = "…";
/// Shorter texts are no secrets, and taking them out would garble messages.
const SHORTEST: usize = 4;

/// The secrets of one store. They are not shown, not even here.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Arc<[String]>);

impl Secrets {
    pub(crate) fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut secrets: Vec<_> = secrets.into_iter().filter(|secret| secret.len() >= SHORTEST).collect();
        // One may be a part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets.into())
    }

    /// Returns these and others.
    pub(super) fn and<'s>(&self, others: impl IntoIterator<Item = &'s str>) -> Self {
        Self::new(self.0.iter().cloned().chain(others.into_iter().map(str::to_owned)))
    }

    /// Returns `text` without them.
    pub(crate) fn scrub(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({MASK})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_left_in_a_text() {
        let secrets = Secrets::new(["hush".to_owned(), "hush-hush".to_owned(), "a".to_owned()]);
        assert_eq!(secrets.scrub("a hush, a hush-hush"), "a …, a …");
        assert!(!format!("{secrets:?}").contains("hush"));
    }
}
