//! The interface of every format.

use std::fmt::Debug;
use std::ops::Range;

use object_store::PutPayload;
use wpipe_buffer::Buffer;

use crate::destination::Destination;
use crate::fault::Fault;
use crate::source::Source;

use super::{Identity, Mismatch, Stored};

/// The form of a dataset's content in storage. Both directions block and compute: call them on threads that may.
pub(crate) trait Format: Debug + Send + Sync {
    /// Returns the manifest's `type`.
    fn kind(&self) -> &'static str;

    /// Returns the schema of everything in this format; `None` if the content says it itself.
    fn schema(&self) -> Option<Identity>;

    /// Returns true if stored content begins with the buffer's own bytes, so that it is best fetched into its pages.
    fn is_verbatim(&self) -> bool {
        false
    }

    /// Returns true if loads may need parts of an object alone; see [`wanted_parts`](Self::wanted_parts).
    fn reads_parts(&self) -> bool {
        false
    }

    /// Returns the parts of an object that a load needs, as far as the parts tell that are there: none but those if they
    /// are enough; `None` if it needs all of the object.
    fn wanted_parts(&self, _: &Stored) -> Option<Vec<Range<u64>>> {
        None
    }

    /// Decodes stored content.
    fn load(&self, source: Source, expected: &Identity, to: &Destination) -> Result<Buffer, Refusal>;

    /// Reads any stored content to the end, and returns its faults.
    fn check(&self, source: Source, to: &Destination) -> Result<Checked, Fault> {
        let Some(schema) = self.schema() else { return Ok(Checked::WithoutDigest) };
        match self.load(source, &schema, to) {
            Ok(_) => Ok(Checked::Whole),
            Err(Refusal::Fault(fault)) => Err(fault),
            // Everything in this format has that schema.
            Err(Refusal::Schema(_)) => Ok(Checked::WithoutDigest),
        }
    }

    /// Fails if nothing can be stored in this format.
    fn check_savable(&self) -> Result<(), Fault> {
        Ok(())
    }

    /// Returns the content to be stored. The payload may share the buffer's pages.
    fn save(&self, buffer: &Buffer, schema: &Identity) -> Result<PutPayload, Fault>;

    /// Returns true if the stored file is made read-only, so that it can be mapped later on.
    fn read_only(&self) -> bool {
        false
    }
}

/// The result of reading stored content to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    /// It fits its format.
    Whole,
    /// It has no digest that could show a change.
    WithoutDigest,
}

/// The reason why stored content was not loaded.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It is damaged.
    Fault(Fault),
    /// It has another schema.
    Schema(Mismatch),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
