//! An input of the running node.

use core::mem::ManuallyDrop;

use wpipe_data::View;

use crate::content::Content;
use crate::contract::{Buffer, explain};

/// The bytes of one input, held while the node runs.
#[derive(Debug)]
pub struct Input {
    name: &'static str,
    /// The content stays attached to the end of the call, and its window stays taken. The sandbox ends then with
    /// everything in it, so detaching the buffer first would be useless work. (Nodes get references to inputs: they
    /// cannot drop them earlier.)
    content: ManuallyDrop<Content>,
}

impl Input {
    pub(crate) fn new(name: &'static str, buffer: Buffer) -> Result<Self, String> {
        match Content::new(buffer) {
            Ok(content) => Ok(Self { name, content: ManuallyDrop::new(content) }),
            Err(error) => Err(format!("failed to read the input `{name}`: {}", explain(error))),
        }
    }

    /// Returns the bytes as a `T`, checked.
    ///
    /// # Errors
    ///
    /// Fails if they are none.
    pub fn view<T: View + ?Sized>(&self) -> Result<T::Holder<'_>, String> {
        let view = T::view_named((*self.content).as_ref(), &format!("the input `{}`", self.name));
        view.map_err(|error| format!("failed to read the input `{}`: {error}", self.name))
    }
}
