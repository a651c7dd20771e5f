//! Why a command does not do what it is asked for.

use wpipe::Problems;
use wpipe::new::NewError;

/// Why a command does not do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The library says why.
    #[error(transparent)]
    Wpipe(#[from] wpipe::Error),
    /// There is no new project.
    #[error(transparent)]
    New(#[from] NewError),
    /// The arguments do not fit together, or not this machine.
    #[error("{0}")]
    Arguments(String),
}

impl Error {
    /// What to do about it, if that is known.
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            Self::Wpipe(error) => error.help(),
            Self::New(error) => error.help(),
            Self::Arguments(_) => None,
        }
    }

    /// Whether the input was wrong, rather than something having failed.
    pub(crate) fn is_bad_input(&self) -> bool {
        match self {
            Self::Wpipe(error) => error.is_bad_input(),
            Self::New(error) => !matches!(error, NewError::Write { .. }),
            Self::Arguments(_) => true,
        }
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Wpipe(problems.into())
    }
}
