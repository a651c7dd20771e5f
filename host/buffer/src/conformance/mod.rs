//! One suite for every transport: the bytes are the same, whichever transport carries them.
//!
//! A `Guest` stands in for a sandbox: a linear memory with windows in it, whose bytes the test reads and writes as
//! the guest's code would.

#[cfg(target_os = "linux")]
mod alone;
mod guest;
mod isolation;
#[cfg(target_os = "linux")]
mod limits;
#[cfg(target_os = "linux")]
mod moving;
#[cfg(target_os = "linux")]
mod recycling;
mod relocation;
mod rules;
#[cfg(target_os = "linux")]
mod spaces;
mod values;

pub(crate) use guest::Guest;
