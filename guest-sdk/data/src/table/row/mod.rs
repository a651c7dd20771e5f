//! The rows of a table as structs.
//!
//! * [`Row`] is derived for a struct; [`TypedRows`] are what a table is read as, `written` is how one is made of structs;
//! * `Field` is a type that a field may have: a [`Cell`] or an `Option` of one, each in a file by its kind of
//!   columns;
//! * `derived` is what derived code calls.

mod decimals;
mod derived;
mod field;
mod lists;
mod numbers;
mod texts;
mod times;
mod typed;
mod written;

pub use derived::{Form, column, column_if_there, declare, fill};
pub use field::{Cell, Field};
pub use lists::ListCell;
pub use typed::{IntoTypedRows, Row, TypedRows};
