//! What every format does.

use std::fmt::Debug;

use object_store::PutPayload;
use wpipe_buffer::Buffer;

use crate::destination::Destination;
use crate::fault::Fault;
use crate::source::Source;

use super::{Identity, Mismatch};

/// How a dataset's content stands in storage. Both directions block and compute: call them where that is welcome.
pub(crate) trait Format: Debug + Send + Sync {
    /// The manifest's `type`.
    fn kind(&self) -> &'static str;

    /// The schema of everything in this format; `None` where the content says it itself.
    fn schema(&self) -> Option<Identity>;

    /// Whether what is stored begins with the buffer's own bytes, so that it is best fetched into its pages.
    fn is_verbatim(&self) -> bool {
        false
    }

    /// Decodes what is stored.
    fn load(&self, source: Source, expected: &Identity, to: &Destination) -> Result<Buffer, Refusal>;

    /// Reads what is stored to the end, whatever it is, and finds what is wrong with it.
    fn check(&self, source: Source, to: &Destination) -> Result<Checked, Fault> {
        let Some(schema) = self.schema() else { return Ok(Checked::WithoutDigest) };
        match self.load(source, &schema, to) {
            Ok(_) => Ok(Checked::Whole),
            Err(Refusal::Fault(fault)) => Err(fault),
            // Everything in this format has that schema.
            Err(Refusal::Schema(_)) => Ok(Checked::WithoutDigest),
        }
    }

    /// An error if nothing can be stored in this format.
    fn check_savable(&self) -> Result<(), Fault> {
        Ok(())
    }

    /// What is to be stored. The payload may share the buffer's pages.
    fn save(&self, buffer: &Buffer, schema: &Identity) -> Result<PutPayload, Fault>;

    /// Whether the stored file is made read-only, so that it can be mapped later on.
    fn read_only(&self) -> bool {
        false
    }
}

/// What reading something to the end has shown of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    /// It is what its format says.
    Whole,
    /// Nothing tells whether its content is what was saved.
    WithoutDigest,
}

/// Why stored content was not loaded.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It is damaged.
    Fault(Fault),
    /// It holds something else.
    Schema(Mismatch),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
