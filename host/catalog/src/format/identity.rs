//! The identity of a schema in storage: a name and a fingerprint.

use wpipe_data::View;

use crate::DataError;

/// A schema's name and fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) fingerprint: u64,
}

/// Two schemas that should have been one.
#[derive(Debug)]
pub(crate) struct Mismatch {
    stored: String,
    other: String,
    help: Option<String>,
}

impl Identity {
    /// Returns the schema of `T`.
    pub(crate) fn of<T: View + ?Sized>() -> Self {
        Self { name: T::NAME.to_owned(), fingerprint: T::FINGERPRINT }
    }

    /// Fails if `other` is not this, the schema of what is or can be stored at `location`.
    pub(crate) fn agree(&self, other: &Self, location: &str) -> Result<(), DataError> {
        self.mismatch(other).map_or(Ok(()), |mismatch| Err(mismatch.at(location)))
    }

    /// Returns the difference of `other` from this, which is or can be stored.
    pub(crate) fn mismatch(&self, other: &Self) -> Option<Mismatch> {
        if self == other {
            return None;
        }
        if self.name != other.name {
            let (stored, other) = (format!("a `{}`", self.name), format!("a `{}`", other.name));
            return Some(Mismatch { stored, other, help: None });
        }
        let layout = |identity: &Self| format!("a `{}` of layout {:016x}", identity.name, identity.fingerprint);
        let help = "the type has changed since: build the components anew and run the nodes that write the dataset";
        Some(Mismatch { stored: layout(self), other: layout(other), help: Some(help.to_owned()) })
    }
}

impl Mismatch {
    pub(crate) fn at(self, location: &str) -> DataError {
        let Self { stored, other, help } = self;
        DataError::SchemaMismatch { location: location.to_owned(), expected: other, found: stored, help }
    }
}

impl From<(&str, u64)> for Identity {
    fn from((name, fingerprint): (&str, u64)) -> Self {
        Self { name: name.to_owned(), fingerprint }
    }
}
