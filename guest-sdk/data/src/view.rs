//! The read side: the meaning of `&T` among a node's arguments.

use core::borrow::Borrow;
use core::str::Utf8Error;

use rkyv::Portable;
use rkyv::api::high::HighValidator;
use rkyv::bytecheck::CheckBytes;
use rkyv::rancor;

use crate::{Kept, Schema, SharedBytes};

pub(crate) const BYTES: &str = "bytes";
/// The fingerprint of raw contents. They have no layout that could differ, and guests without this crate need a known
/// number.
pub(crate) const RAW_FINGERPRINT: u64 = 0;
pub(crate) const TEXT: &str = "text";

/// A type that a finished buffer can be read as, in place and always checked.
///
/// The holder that `view` returns lives while the node runs; `&holder` coerces to the argument's type:
///
/// ```
/// use wpipe_data::{Table, View, to_archive};
///
/// fn count(table: &Table, title: &str, weights: &[f64]) -> usize {
///     table.rows() + title.len() + weights.len()
/// }
///
/// let table = to_archive(&Table::from_columns([("x", vec![1, 2].into())])?)?;
/// let weights = to_archive(&vec![0.5])?;
///
/// let first = <Table as View>::view(&table)?;
/// let second = <str as View>::view(b"title")?;
/// let third = <[f64] as View>::view(&weights)?;
/// assert_eq!(count(&first, &second, &third), 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`&{Self}` cannot be a node's input",
    label = "not a type that wpipe can read in place",
    note = "take `&Table`, `&str`, `&[u8]`, `&[f64]`, or the archived form of a type with `#[derive(Data)]`, such \
            as `&ArchivedModel` for `Model`"
)]
pub trait View {
    /// The schema's name.
    const NAME: &'static str;
    /// The schema's fingerprint.
    const FINGERPRINT: u64;

    /// `Self` with the buffer's lifetime; `Self` for a type that has no lifetime.
    type Of<'a>: ?Sized;

    /// The keeper of the view: a reference, or a small value that borrows from the buffer.
    type Holder<'a>: Borrow<Self::Of<'a>>;

    /// A view that holds its bytes for any time.
    type Kept: Borrow<Self::Of<'static>>;

    /// Reads `bytes`, which start at a multiple of [`ARCHIVE_ALIGNMENT`](crate::ARCHIVE_ALIGNMENT) and end with the
    /// archive.
    ///
    /// # Errors
    ///
    /// Fails whenever `bytes` are not a valid archive of this type. No content makes it panic.
    fn view(bytes: &[u8]) -> Result<Self::Holder<'_>, ViewError>;

    /// Reads `bytes` once, as [`view`](Self::view) does, and keeps them with the result.
    ///
    /// # Errors
    ///
    /// Fails as [`view`](Self::view) does.
    fn keep(bytes: SharedBytes) -> Result<Self::Kept, ViewError>;

    /// Reads `bytes` as [`view`](Self::view) does. What can fail later says `name` then, such as ``the input `sales` ``.
    ///
    /// # Errors
    ///
    /// Fails as [`view`](Self::view) does.
    fn view_named<'a>(bytes: &'a [u8], _name: &str) -> Result<Self::Holder<'a>, ViewError> {
        Self::view(bytes)
    }

    /// Reads and keeps `bytes` as [`keep`](Self::keep) does. What can fail later says `name` then.
    ///
    /// # Errors
    ///
    /// Fails as [`view`](Self::view) does.
    fn keep_named(bytes: SharedBytes, _name: &str) -> Result<Self::Kept, ViewError> {
        Self::keep(bytes)
    }
}

/// The reason why a buffer cannot be read as the requested type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// There are fewer bytes than the root alone takes.
    #[error("truncated: a `{schema}` takes at least {needed} bytes, there are {actual}")]
    Truncated {
        /// The schema's name.
        schema: &'static str,
        /// The root's size in bytes.
        needed: usize,
        /// The buffer's size in bytes.
        actual: usize,
    },
    /// The content of the buffer cannot be read at its address.
    #[error("misaligned: a `{schema}` must start at a multiple of {needed} bytes")]
    Misaligned {
        /// The schema's name.
        schema: &'static str,
        /// The alignment, in bytes.
        needed: usize,
    },
    /// The bytes are no archive of this type.
    #[error("not a valid `{schema}`: {reason}")]
    Invalid {
        /// The schema's name.
        schema: &'static str,
        /// The fault.
        reason: String,
    },
    /// The archive has a format that this version does not know.
    #[error("format {found} of `{schema}` is newer than {supported}, the newest known here: update wpipe")]
    NewerFormat {
        /// The schema's name.
        schema: &'static str,
        /// The archive's format.
        found: u32,
        /// The newest format that this version reads.
        supported: u32,
    },
}

impl ViewError {
    pub(crate) fn invalid(schema: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid { schema, reason: reason.into() }
    }
}

impl<A> View for A
where
    A: Schema + Portable + for<'b> CheckBytes<HighValidator<'b, rancor::BoxedError>> + 'static,
{
    const NAME: &'static str = <A as Schema>::NAME;
    const FINGERPRINT: u64 = <A as Schema>::FINGERPRINT;

    type Of<'a> = A;
    type Holder<'a> = &'a A;
    type Kept = Kept<A>;

    fn view(bytes: &[u8]) -> Result<&A, ViewError> {
        access(<A as Schema>::NAME, bytes)
    }

    fn keep(bytes: SharedBytes) -> Result<Kept<A>, ViewError> {
        Kept::new(bytes, <A as View>::view)
    }
}

impl View for [u8] {
    const NAME: &'static str = BYTES;
    const FINGERPRINT: u64 = RAW_FINGERPRINT;

    type Of<'a> = Self;
    type Holder<'a> = &'a Self;
    type Kept = Kept<Self>;

    fn view(bytes: &[u8]) -> Result<&Self, ViewError> {
        Ok(bytes)
    }

    fn keep(bytes: SharedBytes) -> Result<Kept<Self>, ViewError> {
        Kept::new(bytes, Self::view)
    }
}

impl View for str {
    const NAME: &'static Self = TEXT;
    const FINGERPRINT: u64 = RAW_FINGERPRINT;

    type Of<'a> = Self;
    type Holder<'a> = &'a Self;
    type Kept = Kept<Self>;

    fn view(bytes: &[u8]) -> Result<&Self, ViewError> {
        text(bytes).map_err(|error| ViewError::invalid(TEXT, error.to_string()))
    }

    fn keep(bytes: SharedBytes) -> Result<Kept<Self>, ViewError> {
        Kept::new(bytes, Self::view)
    }
}

/// Returns `bytes` as text. The fast check says nothing about a fault, so that the standard library looks for it.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Utf8Error> {
    simdutf8::basic::from_utf8(bytes).or_else(|_| str::from_utf8(bytes))
}

/// Returns an archive's root by checked access, with the common mistakes told apart.
pub(crate) fn access<'a, A>(schema: &'static str, bytes: &'a [u8]) -> Result<&'a A, ViewError>
where
    A: Portable + for<'b> CheckBytes<HighValidator<'b, rancor::BoxedError>>,
{
    let (needed, actual) = (size_of::<A>(), bytes.len());
    if actual < needed {
        return Err(ViewError::Truncated { schema, needed, actual });
    }
    if !bytes.as_ptr().addr().is_multiple_of(align_of::<A>()) {
        return Err(ViewError::Misaligned { schema, needed: align_of::<A>() });
    }
    rkyv::access::<A, rancor::BoxedError>(bytes).map_err(|error| ViewError::invalid(schema, error.to_string()))
}
