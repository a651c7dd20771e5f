//! The laws. Each file begins with its reason.

pub(super) mod circles;
pub(super) mod dependencies;
pub(super) mod ids;
pub(super) mod marks;
pub(super) mod names;
pub(super) mod shape;
pub(super) mod shown;
pub(super) mod sleep;
pub(super) mod unsafety;
