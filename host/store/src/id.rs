//! The names of objects.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of an object: a digest of what it is made of. Whoever makes or loads the same gives it the same name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ObjectId(String);

/// The number of hexadecimal digits of a name.
const DIGITS: usize = 40;

impl ObjectId {
    /// Returns the name of what `parts` describe, in their order.
    pub fn of(parts: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            // The lengths tell `["ab", "c"]` from `["a", "bc"]`.
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        Self(hasher.finalize().to_hex().as_str()[..DIGITS].to_owned())
    }

    /// Returns the name as it is in the file system.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ObjectId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == DIGITS && text.bytes().all(is_digit) { Ok(Self(text)) } else { Err("no name of an object") }
    }
}
