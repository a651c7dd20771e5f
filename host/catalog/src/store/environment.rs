//! The variables of the environment, as far as stores read them.

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::sync::Arc;

use crate::OptionError;

const OPENING: &str = "${env:";

/// Variables of an environment: those of the process, or others in their place.
#[derive(Clone, Default)]
pub struct Environment {
    variables: Arc<BTreeMap<String, String>>,
}

impl Environment {
    /// Returns the present environment of the process. Variables that are not UTF-8 are left out.
    pub fn of_process() -> Self {
        let variables = env::vars_os();
        Self::new(variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))))
    }

    /// Creates an environment with these variables only.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { variables: Arc::new(variables.into_iter().collect()) }
    }

    /// Returns the value of a variable that is set, and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns the variables whose names begin with `prefix`.
    pub(crate) fn beginning_with<'e>(&'e self, prefix: &'e str) -> impl Iterator<Item = (&'e str, &'e str)> {
        let variables = self.variables.iter().filter(move |(name, _)| name.starts_with(prefix));
        variables.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the values that [`expand`](Self::expand) puts into a text.
    pub(crate) fn values_in<'e>(&'e self, text: &'e str) -> impl Iterator<Item = &'e str> {
        let names = text.split(OPENING).skip(1).filter_map(|after| after.split('}').next());
        names.filter_map(|name| self.get(name))
    }

    /// Returns the text of a key with every `${env:NAME}` replaced by its value.
    pub(crate) fn expand(&self, key: &str, text: &str) -> Result<String, OptionError> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPENING) {
            let error = |message| OptionError { key: Some(key.to_owned()), message, help: None };
            let (name, behind) = after.split_once('}').ok_or_else(|| error("`${env:` without a `}`".to_owned()))?;
            let value = self.get(name).ok_or_else(|| OptionError {
                help: Some(format!("set `{name}`, or correct the name")),
                ..error(match self.variables.contains_key(name) {
                    true => format!("the environment variable `{name}` is empty"),
                    false => format!("the environment variable `{name}` is not set"),
                })
            })?;
            expanded += before;
            expanded += value;
            rest = behind;
        }
        Ok(expanded + rest)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be secrets.
        write!(f, "Environment({} variables)", self.variables.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in_and_missing_ones_are_named() {
        let environment = Environment::new([("A".into(), "1".into()), ("E".into(), String::new())]);
        assert_eq!(environment.expand("url", "x${env:A}y${env:A}").as_deref(), Ok("x1y1"));
        assert_eq!(environment.values_in("x${env:A}y${env:B}").collect::<Vec<_>>(), ["1"]);
        let error = |text| environment.expand("url", text).expect_err("a variable is missing").message;
        assert_eq!(error("${env:B}"), "the environment variable `B` is not set");
        assert_eq!(error("${env:E}"), "the environment variable `E` is empty");
        assert!(!format!("{environment:?}").contains('A'));
    }
}
