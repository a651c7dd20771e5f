//! The macros of `wpipe-sdk`. Each lives in a file of its own; here are the entry points only.

mod derive_data;
mod derive_row;
mod export;
mod node;

use proc_macro::TokenStream;
use syn::{DeriveInput, Error, parse_macro_input};

/// Gives a type's archived form a schema, so that the type can be a dataset.
///
/// It stands next to rkyv's `Archive` and `Serialize`. The schema has the name of the type, or that of `#[data(name =
/// "…")]`; `#[data(crate = path)]` gives the path of `wpipe-data`, by default `::wpipe_sdk::data`.
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

/// Makes a struct a row of a table: each of its named fields is a column.
///
/// `table.rows_as::<Sale>()` reads a table as rows, `Table::from_rows(sales)` makes one of them. A field is a number, a text,
/// bytes, a date, a time, a decimal or a list, or an `Option` of one where values may be missing; a text is borrowed from
/// the table as `&'t str`, by the struct's one lifetime. The documentation of the trait `Row` has all types and attributes:
///
/// ```text
/// #[derive(Row)]
/// #[row(rename_all = "camelCase")]
/// struct Sale<'t> {
///     shop: &'t str,
///     #[row(rename = "unit price", alias = "price")]
///     price: f64,
///     sold_at: Option<Timestamp>,
///     #[row(default)]
///     discount: f64,
///     #[row(skip)]
///     total: f64,
/// }
/// ```
///
/// Tuples, enums, unions and generic types are compile errors.
#[proc_macro_derive(Row, attributes(row))]
pub fn derive_row(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    derive_row::expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

/// Makes a function a node.
///
/// The function stays as it is, so that tests call it as any other. Its signature describes the data:
///
/// | in the function | in the node |
/// |---|---|
/// | `name: &T` | the dataset input `name`, read in place; `T` is a `View` |
/// | `name: T` | the parameter `name`; `T` is any type that serde reads |
/// | `name: Partitions<T>` | the partitioned input `name`, loaded one by one |
/// | `name: Output<T>` | the output `name`, built in place |
/// | `name: PartitionedOutput<T>` | the partitioned output `name`, written one by one |
/// | `-> T` | the output with the function's name; `T` is a `Produce` |
/// | `-> Partitioned<T>` | the same, partitioned |
/// | `-> (A, B)` | the outputs `out_0` and `out_1` |
/// | `-> Result<…, E>` | the same, and an error ends the node with what `E` displays |
/// | the first paragraph of its docs | the node's description |
///
/// Inputs are in the order of the arguments; outputs are those among the arguments in theirs, then the returned values.
/// `#[node(outputs("train", "test"))]` names the returned values.
#[proc_macro_attribute]
pub fn node(options: TokenStream, function: TokenStream) -> TokenStream {
    node::expand_or_explain(options.into(), function.into()).into()
}

/// Makes the crate a component with these nodes: `export![split, model::train]`, once per crate.
///
/// Each is the path of a function under [`macro@node`], by its name in its own module: the macro looks there for the
/// companion of the function.
#[proc_macro]
pub fn export(nodes: TokenStream) -> TokenStream {
    export::expand(nodes.into()).unwrap_or_else(Error::into_compile_error).into()
}
