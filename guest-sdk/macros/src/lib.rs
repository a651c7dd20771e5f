//! The macros of `wpipe-sdk`. Each lives in a file of its own; here are the entry points only.

mod derive_data;

use proc_macro::TokenStream;
use syn::{DeriveInput, Error, parse_macro_input};

/// Gives a type's archived form a schema, so that the type can be a dataset.
///
/// Stands next to rkyv's `Archive` and `Serialize`. The schema is called as the type is, or
/// `#[data(name = "…")]`; `#[data(crate = path)]` says where `wpipe-data` is to be found, by default
/// `::wpipe_sdk::data`.
///
/// The schema's fingerprint digests names, order and types of all fields and variants, at any depth: change any of
/// them, and an edge to a component that was built before is refused.
///
/// Generic types, unions, types that contain themselves and rkyv's niches are compile errors.
#[proc_macro_derive(Data, attributes(data))]
pub fn derive_data(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    derive_data::expand(&input).unwrap_or_else(Error::into_compile_error).into()
}
