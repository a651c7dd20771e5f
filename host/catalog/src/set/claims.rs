//! Names that cannot stand side by side: a file is no folder.

use std::collections::BTreeSet;

/// Names of objects in one set.
#[derive(Debug, Default)]
pub(super) struct Claims(BTreeSet<String>);

impl Claims {
    /// Adds a name, unless another one stands in its way, which is returned.
    pub(super) fn claim(&mut self, name: &str) -> Result<(), String> {
        match self.clash(name) {
            Some(other) => Err(other.to_owned()),
            None => {
                if !self.0.contains(name) {
                    self.0.insert(name.to_owned());
                }
                Ok(())
            }
        }
    }

    /// Returns the name that would have to be a folder for this one, or the other way about.
    pub(super) fn clash(&self, name: &str) -> Option<&str> {
        let mut folders = name.match_indices('/').map(|(end, _)| &name[..end]);
        if let Some(file) = folders.find_map(|folder| self.0.get(folder)) {
            return Some(file);
        }
        let within = format!("{name}/");
        let next = self.0.range(within.clone()..).next();
        next.filter(|next| next.starts_with(&within)).map(String::as_str)
    }
}

impl FromIterator<String> for Claims {
    fn from_iter<T: IntoIterator<Item = String>>(names: T) -> Self {
        Self(names.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_no_folder_in_whatever_order_they_come() {
        let mut claims = Claims::default();
        for name in ["a", "a-b", "a.b/c", "b/c/d", "b/c.d", "a"] {
            assert_eq!(claims.claim(name), Ok(()), "{name}");
        }
        for (name, other) in [("a/b", "a"), ("a/b/c", "a"), ("b", "b/c.d"), ("b/c", "b/c/d"), ("b/c/d/e", "b/c/d")] {
            assert_eq!(claims.claim(name), Err(other.to_owned()), "{name}");
        }
    }
}
